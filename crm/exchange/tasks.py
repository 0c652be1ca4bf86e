"""Back-ups by the clock. The work is a process of its own: a large back-up takes longer than the queue lets a task."""

import subprocess
import sys
from datetime import time

from django.conf import settings

from crm.core.schedules import daily


@daily(at=time(1, 30))
def nightly_backup() -> bool:
    """Start making a back-up, and once a month checking it too. False without a key to seal one with."""
    if not settings.BACKUP_KEYS:
        return False
    subprocess.Popen(
        [sys.executable, settings.BASE_DIR / "manage.py", "backup", "nightly"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True
