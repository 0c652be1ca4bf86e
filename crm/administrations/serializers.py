"""The shape of an administration, as the API gives it."""

from crm.administrations.models import Administration
from crm.core.api.serializers import RecordSerializer


class AdministrationSerializer(RecordSerializer):
    class Meta:
        model = Administration
        fields = ("id", "version", "name", "legal_name", "email", "archived_on")
