"""What django-q runs. The queue only wakes: every task looks in the rows what there is to do."""

from django.utils import timezone

from crm.core.schedules import every
from integrations.hub import services
from integrations.hub.models import Connection, ConnectionStatus


def deliver(connection_id):
    """Test, read and deliver whatever is due over one connection."""
    # from here on a new change asks for the worker again
    ConnectionStatus.objects.filter(connection_id=connection_id).update(wake_asked_at=None)
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None:
        services.deliver_due(connection, on=timezone.localdate())


@every(minutes=1)
def sweep():
    services.sweep(on=timezone.localdate())
