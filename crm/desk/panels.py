"""What the desk shows itself: its entries in the menu, the parts of the first page, and pages of settings."""

from itertools import groupby
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.attention.choices import postpone_choices
from crm.attention.kinds import kind
from crm.attention.queries import grouped, open_for
from crm.core.panels import (
    MenuEntry,
    Section,
    account_entry,
    add_section,
    menu_entry,
)
from crm.desk import queries, working

COUNTED = 99
WORK_SHOWN = 8

# ---------------------------------------------------------------------------------------------------- menu


@menu_entry("work", 10)
def today(request: HttpRequest) -> MenuEntry:
    url = reverse("desk:today")
    asking = open_for(request.user, request.today).order_by().values("pk")[:COUNTED].count()
    return MenuEntry(_("Today"), url, "calendar-check", "v", count=asking or None, current=request.path == url)


@menu_entry("management", 90)
def settings(request: HttpRequest) -> MenuEntry | None:
    """From the rights that were read already: the index asks more closely, the menu of every page must not."""
    rights = rights_of(request.user)
    if not (rights.has(Right.SETTINGS_MANAGE) or rights.has(Right.USERS_MANAGE)):
        return None
    url = reverse("desk:settings")
    return MenuEntry(_("Settings"), url, "gear", current=request.path.startswith(url))


@account_entry(10)
def preferences(request: HttpRequest) -> MenuEntry:
    return MenuEntry(_("Preferences"), reverse("desk:preferences"), "gear")


@account_entry(90)
def help_entry(request: HttpRequest) -> MenuEntry:
    """On a phone the button on top makes place."""
    return MenuEntry(_("Help"), working.help_url(request), "help")


# ------------------------------------------------------------------------------- the parts of the first page


def figures(request: HttpRequest, _subject) -> dict:
    """Relations, members, and for who may see the books debtors and what is open; of the day that is shown."""
    administration = working.chosen(request)
    list_url = reverse("relations:list")
    narrowed = {"administration": administration.pk} if administration else {}
    shown = {
        "relations": (_("Relations"), narrowed),
        "members": (_("Members"), None),
        "debtors": (_("Debtors"), narrowed | {"role": "debtor"}),
    }
    rows = [
        {
            "label": shown[figure.key][0],
            "count": figure.count,
            "more": figure.more,
            "url": "" if shown[figure.key][1] is None else f"{list_url}?{urlencode(shown[figure.key][1])}",
        }
        for figure in queries.figures(request.user, administration, on=request.on)
    ]
    sees_books = rights_of(request.user).has(Right.FINANCIAL_VIEW) and not request.as_of
    return {"figures": rows, "open_amount": queries.open_amount(request.user, administration) if sees_books else None}


def asks(request: HttpRequest, _subject) -> dict | None:
    """What asks for this user. Always today's, so not there while another day is shown."""
    if request.as_of:
        return None
    items = list(open_for(request.user, request.today).select_related("administration")[: WORK_SHOWN + 1])
    return {
        "items": items[:WORK_SHOWN],
        "work": grouped(items[:WORK_SHOWN]),
        "more_items": len(items) > WORK_SHOWN,
        "choices": postpone_choices(request.today),
        "here": reverse("desk:today"),
    }


def coming(request: HttpRequest, _subject) -> dict:
    found = queries.coming(request.user, working.chosen(request), on=request.on)
    return {
        "coming": [
            (day, _in_days((day - request.on).days), list(rows))
            for day, rows in groupby(found, key=lambda one: one.day)
        ],
        "coming_count": len(found),
    }


def _in_days(days: int) -> str:
    return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}


def week(request: HttpRequest, _subject) -> dict:
    """This week's changes; on another day those of that week, up to that day."""
    monday, rows = queries.this_week(
        request.user, working.chosen(request), on=request.on, until=request.on if request.as_of else None
    )
    return {"monday": monday, "week": rows, "since": date_format(monday, "j F")}


def growth(request: HttpRequest, _subject) -> dict:
    """The line is fetched after the page is there: counting all relations may take a second."""
    return {"growth_url": reverse("desk:growth")}


for key, template, context, place, order, label in (
    ("figures", "desk/parts/figures.html", figures, "top", 10, gettext_lazy("Figures")),
    ("asks", "desk/parts/asks.html", asks, "left", 10, gettext_lazy("Asks for you")),
    ("coming", "desk/parts/coming.html", coming, "left", 20, gettext_lazy("About to change")),
    ("growth", "desk/parts/growth.html", growth, "left", 30, gettext_lazy("Relations over time")),
    ("week", "desk/parts/week.html", week, "right", 50, gettext_lazy("This week")),
):
    add_section("dashboard", Section(key, template, context, place, order, label))

# --------------------------------------------------------------------- how what relations ask for is called

kind("relations.overlap", gettext_lazy("Dates that overlap"), icon="swap", verb=gettext_lazy("To the card"), order=40)
