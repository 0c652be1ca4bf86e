"""What a user arranges for themselves."""

from django.db import transaction

from crm.access.models import User
from crm.core.change_set import change_set
from crm.desk.dashboard import rearranged
from crm.desk.models import Preferences


@transaction.atomic
def prefer(user: User, **values) -> Preferences:
    """Keep these columns of the preferences of this user; the row is made at the first choice."""
    with change_set(actor=user, action="desk.prefer"):
        row = Preferences.objects.select_for_update().filter(user=user).first() or Preferences(user=user)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    user.__dict__.pop("_preferences", None)
    return row


@transaction.atomic
def arrange(user: User, *, key: str, move: str) -> Preferences:
    """Move, hide or show one part of the first page; `move` is one of `crm.desk.dashboard`'s."""
    row = Preferences.objects.select_for_update().filter(user=user).first()
    return prefer(user, arrangement=rearranged(row.arrangement if row else {}, key, move))


def arrange_as_made(user: User) -> Preferences:
    """Everything on the first page where it was, nothing hidden."""
    return prefer(user, arrangement={})


@transaction.atomic
def keep_preferences(user: User, *, language: str, shortcuts: bool, theme: str, start_page: str) -> Preferences:
    """Everything on the page of preferences, as one change. The user is changed too: mails are in that language."""
    with change_set(actor=user, action="desk.prefer"):
        locked = User.objects.lock(user)
        locked.language, locked.shortcuts = language, shortcuts
        locked.save()
        return prefer(user, theme=theme, start_page=start_page)
