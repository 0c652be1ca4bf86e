"""A worker that met something due soon asks for itself again at that moment, instead of leaving it to the next sweep.

One timer per process and connection, which waits without holding a worker or a database connection. It is a help and
no promise: with the process killed, the sweep finds the row.
"""

import threading
from datetime import datetime, timedelta

from django.db import connections
from django.utils import timezone

from integrations.hub.services.outbox import wake

SOON = timedelta(seconds=65)  # what is due later, the sweep of that minute finds

_timers: dict[int, tuple[datetime, threading.Timer]] = {}
_lock = threading.Lock()


def wake_at(connection_id: int, moment: datetime) -> threading.Timer | None:
    """Ask for the worker at that moment, when that is soon; None when it is not, or an earlier timer runs already."""
    now = timezone.now()
    if moment - now > SOON:
        return None
    with _lock:
        due, running = _timers.get(connection_id, (None, None))
        if running is not None and running.is_alive() and due <= moment:
            return None
        if running is not None:
            running.cancel()
        timer = threading.Timer(max((moment - now).total_seconds(), 0), _wake, [connection_id])
        timer.daemon = True
        _timers[connection_id] = (moment, timer)
        timer.start()
    return timer


def _wake(connection_id):
    with _lock:
        if _timers.get(connection_id, (None, None))[1] is threading.current_thread():
            del _timers[connection_id]
    try:
        wake([connection_id])
    finally:
        connections.close_all()
