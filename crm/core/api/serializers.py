"""Checks of the shape of what comes in, and the description of what goes out. They never save.

The rules of a value are the model's own, asked by the service; here is only whether a text is a text and a day a day.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

BIGGEST_KEY = 2**63 - 1


class RelatedKey(serializers.PrimaryKeyRelatedField):
    """The id of a record that the caller sees; any other is as one that is not there."""

    default_error_messages = {
        "does_not_exist": _("There is no record with this id."),
        "incorrect_type": _("An id is a whole number."),
    }

    def get_queryset(self):
        manager = super().get_queryset().model._default_manager
        request = self.context.get("request")
        return manager.visible_to(request.user) if request else manager.none()

    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("incorrect_type")
        if not 0 < data <= BIGGEST_KEY:
            self.fail("does_not_exist")
        return super().to_internal_value(data)

    def use_pk_only_optimization(self):
        return True


class RelatedKeySchema(OpenApiSerializerFieldExtension):
    """An id; in an answer for which it was expanded, the beginning of the record."""

    target_class = RelatedKey

    def map_serializer_field(self, auto_schema, direction):
        key = {"type": "integer", "minimum": 1, "maximum": BIGGEST_KEY}
        return key if direction == "request" else {"oneOf": [key, {"type": "object"}]}


class RecordSerializer(serializers.ModelSerializer):
    """`Meta.fields` is what there is, in the order of the answer; `Meta.read_only_fields` what only goes out."""

    serializer_related_field = RelatedKey
    id = serializers.IntegerField(read_only=True)
    version = serializers.IntegerField(read_only=True)

    def build_standard_field(self, field_name, model_field):
        made, kwargs = super().build_standard_field(field_name, model_field)
        kwargs.pop("validators", None)
        return made, kwargs

    def get_unique_together_validators(self):
        return []

    def get_unique_for_date_validators(self):
        return []
