"""Who sees and changes connections: who manages them in that administration."""

from django.db.models import Q
from django.utils import timezone

from crm.access.queries import administration_ids
from crm.access.rights import Right
from crm.access.rules import editable, sees, under, visible
from crm.core import health
from integrations.hub import restoring  # noqa: F401  registers what comes after a restore
from integrations.hub.models import Connection, Delivery, Participation
from integrations.hub.services.sweeping import HEARTBEAT

SILENT_SECONDS = 240
OLDEST_WAITING_SECONDS = 3600


@visible(Connection)
@editable(Connection)
def manages_connection(user, on) -> Q:
    """One of the whole installation is for who manages everything."""
    return Q(administration_id__in=administration_ids(user, Right.CONNECTIONS_MANAGE))


@visible(Participation)
@editable(Participation)
def manages_participation(user, on) -> Q:
    return under("connection", sees(Connection, user, on))


@health.register("connections")
def hub_health() -> health.Health:
    """The sweep runs, nothing that could go waits for more than an hour. What is stuck is counted, and no alarm."""
    silent = health.seconds_since(HEARTBEAT)
    now = timezone.now()
    going = Delivery.objects.filter(
        waiting=True, connection__state=Connection.State.ON, connection__status__trouble_code=""
    )
    oldest = going.order_by("created_at").values_list("created_at", flat=True).first()
    waited = int((now - oldest).total_seconds()) if oldest else 0
    return health.Health(
        silent is not None and silent <= SILENT_SECONDS and waited <= OLDEST_WAITING_SECONDS,
        {
            "seconds_since_sweep": silent,
            "oldest_waiting_seconds": waited,
            "waiting": Delivery.objects.filter(waiting=True).count(),
            "stuck": Delivery.objects.filter(state=Delivery.State.STUCK).count(),
        },
    )
