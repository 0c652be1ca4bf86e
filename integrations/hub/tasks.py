"""What django-q runs. The queue only wakes: every task looks in the rows what there is to do."""

from datetime import time

from django.utils import timezone

from crm.core.schedules import daily, every
from integrations.hub import services
from integrations.hub.models import Connection, ConnectionStatus


def deliver(connection_id):
    """Test, read and deliver whatever is due over one connection; be back when there is more to do soon."""
    # from here on a new change asks for the worker again
    ConnectionStatus.objects.filter(connection_id=connection_id).update(wake_asked_at=None)
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is not None:
        services.deliver_due(connection, on=timezone.localdate())
        moment = services.next_due(connection, now=timezone.now())
        if moment is not None:
            services.wake_at(connection_id, moment)


@every(minutes=1)
def sweep():
    services.sweep(on=timezone.localdate())


@daily(at=time(3, 40))
def tidy():
    services.tidy(on=timezone.localdate())
