"""Once a minute: whatever is due without anybody having asked the worker for it. The queue may lose everything."""

from django.utils import timezone

from crm.core import health
from integrations.hub.models import Connection, ConnectionStatus, Delivery, Feed
from integrations.hub.services import calendar
from integrations.hub.services.outbox import wake

HEARTBEAT = "hub"


def sweep(*, on, now=None) -> list[int]:
    """Go through the calendar up to `on`, and wake every connection that has something due; returns their ids."""
    now = now or timezone.now()
    health.beat(HEARTBEAT)
    calendar.catch_up(on=on)
    due = connections_with_work(now)
    wake(due, now=now)
    return due


def connections_with_work(now) -> list[int]:
    """Waiting rows, leases that ran out and feeds of connections that are on; tests of the paused ones too."""
    waiting = Delivery.objects.filter(waiting=True, not_before__lte=now).values("connection_id")
    unsettled = Delivery.objects.filter(in_flight=True, lease_until__lte=now).values("connection_id")
    feeds = Feed.objects.filter(next_at__lte=now).values("connection_id")
    ids = {row["connection_id"] for rows in (waiting, unsettled, feeds) for row in rows.distinct()}
    on = set(Connection.objects.on().filter(pk__in=ids).values_list("pk", flat=True))
    tests = ConnectionStatus.objects.exclude(test_asked_at=None).values_list("connection_id", flat=True)
    return sorted(on | set(tests))
