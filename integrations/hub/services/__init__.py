"""Every change the hub makes. The rest of the product calls these; `receivers` calls `enqueue`."""

from integrations.hub.services.lane import deliver_due
from integrations.hub.services.outbox import enqueue, wake

__all__ = ["deliver_due", "enqueue", "wake"]
