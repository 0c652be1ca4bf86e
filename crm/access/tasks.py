"""What runs by the clock."""

from datetime import time

from django.utils import timezone

from crm.access.rules_of_signing_in import forget_events
from crm.core.schedules import daily


@daily(at=time(3, 40))
def forget_old_events() -> int:
    """How many lines of the sign-in log went by their age."""
    return forget_events(timezone.now())
