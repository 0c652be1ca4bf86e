"""Filters of a list that ask only of rows that one sees, and offer only those."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.core.exceptions import ValidationError


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A filter on a foreign key, that offers only the rows one sees."""

    def field_choices(self, field, request, model_admin):
        visible = field.related_model._default_manager.visible_to(request.user)
        return field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": visible.values("pk")},
        )


class Under:
    """A filter on rows that hang under those of the list: only those that one sees count.

    Otherwise asking "debtor" would tell of whom one sees that they are debtor in somebody else's administration.
    """

    def queryset(self, request, queryset):
        if not self.used_parameters:
            return queryset
        name = self.field_path.split("__")[0]
        key = queryset.model._meta.get_field(name).field
        asked = {path.removeprefix(f"{name}__"): value for path, value in self.used_parameters.items()}
        try:
            rows = key.model._default_manager.visible_to(request.user).filter(
                build_q_object_from_lookup_parameters(asked)
            )
            return queryset.filter(pk__in=rows.values(key.attname))
        except (ValueError, ValidationError) as wrong:
            raise IncorrectLookupParameters(wrong) from wrong


class ScopedRelatedUnder(Under, ScopedRelatedFilter):
    pass


class ScopedChoicesUnder(Under, admin.ChoicesFieldListFilter):
    pass
