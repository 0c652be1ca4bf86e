"""What runs by the clock. Kinds of jobs register on import: undoing more than can be done at once."""

from datetime import time, timedelta

from django.utils import timezone

from crm.administrations.retention import days_kept
from crm.audit.models import Look
from crm.audit.services import JOB_KIND
from crm.core.schedules import daily

__all__ = ["JOB_KIND"]


@daily(at=time(3, 50))
def forget_old_looks() -> int:
    """How many lines of the log of opened cards went by their age."""
    return Look.objects.forget(timezone.now() - timedelta(days=days_kept("looks")))
