"""What the keys dialog changes."""

from django.db import transaction

from crm.access.models import User
from crm.core.change_set import change_set


@transaction.atomic
def keep_shortcuts(user: User, *, on: bool) -> None:
    """Single keys on or off for this user, whichever computer they sit at. What is so already writes nothing."""
    with change_set(actor=user, action="desk.prefer"):
        locked = User.objects.lock(user)
        locked.shortcuts = on
        locked.save()
    user.shortcuts = on
