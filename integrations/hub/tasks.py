"""What django-q runs. The queue only wakes: every task looks in the rows what there is to do."""

from django.utils import timezone

from integrations.hub.models import Connection, ConnectionStatus
from integrations.hub.services.lane import deliver_due


def deliver(connection_id):
    """Deliver what is due over one connection."""
    # from here on a new change asks for the worker again
    ConnectionStatus.objects.filter(connection_id=connection_id).update(wake_asked_at=None)
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None:
        deliver_due(connection, on=timezone.localdate())
