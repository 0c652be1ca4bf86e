"""The days to which people postpone most."""

from datetime import date, timedelta

from django.utils.translation import gettext as _


def postpone_choices(today: date) -> list[tuple[str, date]]:
    """(what the button says, the day)."""
    return [
        (_("Tomorrow"), today + timedelta(days=1)),
        (_("Next Monday"), today + timedelta(days=7 - today.weekday())),
        (_("In two weeks"), today + timedelta(days=14)),
        (_("In a month"), today + timedelta(days=30)),
    ]
