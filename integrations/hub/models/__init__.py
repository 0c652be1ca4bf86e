from integrations.hub.models.connections import (
    CalendarMark,
    Connection,
    ConnectionStatus,
    Credential,
    Feed,
    Lease,
    Participation,
    SignIn,
)
from integrations.hub.models.deliveries import Delivery, ExternalLink
from integrations.hub.models.runs import Run, RunEntry

__all__ = [
    "CalendarMark",
    "Connection",
    "ConnectionStatus",
    "Credential",
    "Delivery",
    "ExternalLink",
    "Feed",
    "Lease",
    "Participation",
    "Run",
    "RunEntry",
    "SignIn",
]
