"""Every change the hub makes. The rest of the product calls these; `receivers` calls `enqueue`."""

from integrations.hub.services.calendar import catch_up
from integrations.hub.services.connecting import (
    UnableToSignIn,
    ask_for_test,
    change_connection,
    clear_trouble,
    connect,
    exchange_code,
    finish_sign_in,
    pause,
    resume,
    sign_in_address,
    try_connection,
    vendor_page,
)
from integrations.hub.services.keeping import tidy
from integrations.hub.services.lane import deliver_due, next_due
from integrations.hub.services.outbox import enqueue, wake
from integrations.hub.services.participating import set_participation
from integrations.hub.services.previewing import dry_run, preflight
from integrations.hub.services.pulling import read_now
from integrations.hub.services.retrying import retry, tell_all, try_now
from integrations.hub.services.sweeping import sweep
from integrations.hub.services.waking import wake_at

__all__ = [
    "UnableToSignIn",
    "ask_for_test",
    "catch_up",
    "change_connection",
    "clear_trouble",
    "connect",
    "deliver_due",
    "dry_run",
    "enqueue",
    "exchange_code",
    "finish_sign_in",
    "next_due",
    "pause",
    "preflight",
    "read_now",
    "resume",
    "retry",
    "set_participation",
    "sign_in_address",
    "sweep",
    "tell_all",
    "tidy",
    "try_connection",
    "try_now",
    "vendor_page",
    "wake",
    "wake_at",
]
