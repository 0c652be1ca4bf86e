"""Administrations, to be read: their ids are what relations and roles are made in."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from crm.administrations.models import Administration
from crm.administrations.serializers import AdministrationSerializer
from crm.core.api import routes
from crm.core.api.resources import RecordEndpoint


class AdministrationEndpoint(RecordEndpoint):
    resource, model, serializer_class = "administrations", Administration, AdministrationSerializer
    orders = {"name": ("name",), "id": ("id",)}

    def homes(self, ids: Sequence[int]) -> dict[int, set[int]]:
        return {pk: {pk} for pk in ids}


routes.register("administrations", AdministrationEndpoint, gettext_lazy("administrations"), writes=False)
