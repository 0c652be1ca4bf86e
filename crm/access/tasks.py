"""What runs by the clock."""

from datetime import time, timedelta

from django.utils import timezone

from crm.access.models import AccessEvent
from crm.administrations.retention import days_kept
from crm.core.schedules import daily


@daily(at=time(3, 40))
def forget_old_events() -> int:
    """How many lines of the sign-in log went by their age."""
    return AccessEvent.objects.forget(timezone.now() - timedelta(days=days_kept("access")))
