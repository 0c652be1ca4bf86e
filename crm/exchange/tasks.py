"""Back-ups by the clock. The work is a process of its own: a large back-up takes longer than the queue lets a task."""

from datetime import time, timedelta

from django.utils import timezone

from crm.administrations.retention import days_kept
from crm.core.schedules import daily, every
from crm.exchange import exporting
from crm.exchange.models import ExportLog
from crm.exchange.services import begin_backup


@daily(at=time(1, 30))
def nightly_backup() -> bool:
    """Start making a back-up, and once a month checking it too. False without a key to seal one with."""
    return begin_backup("nightly")


@daily(at=time(3, 45))
def forget_old_exports() -> int:
    """How many lines of the log of exports went by their age."""
    return ExportLog.objects.forget(timezone.now() - timedelta(days=days_kept("exports")))


@every(minutes=10)
def tidy_export_files() -> int:
    """Make what a killed worker left unmade; remove what nobody may fetch any more. Returns how many were removed."""
    exporting.make_left_files()
    return exporting.remove_old_files(now=timezone.now())
