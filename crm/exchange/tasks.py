"""Back-ups by the clock. The work is a process of its own: a large back-up takes longer than the queue lets a task."""

from datetime import time

from crm.core.schedules import daily
from crm.exchange.services import begin_backup


@daily(at=time(1, 30))
def nightly_backup() -> bool:
    """Start making a back-up, and once a month checking it too. False without a key to seal one with."""
    return begin_backup("nightly")
