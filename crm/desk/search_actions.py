"""What the command palette (Ctrl+K) can do: go somewhere, make something new, work elsewhere, look at another day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.audit.models import Look
from crm.core import panels
from crm.core.dates import parse_day
from crm.core.searching import fits, marked
from crm.desk import working
from crm.relations.models import Relation

RECENT = 5
LOOKED_BACK = 60
MOST = 12


@dataclass(frozen=True)
class Action:
    """`url` leads there; `press` names what the script presses on the page itself (core/js/search.js)."""

    label: str
    icon: str
    url: str = ""
    press: str = ""
    keys: str = ""
    detail: str = ""
    marks: tuple[str, ...] = ()

    @property
    def label_marked(self) -> SafeString:
        return marked(self.label, self.marks)


@dataclass(frozen=True)
class ActionGroup:
    label: str
    actions: list[Action]


def offered(request: HttpRequest, typed: str, *, came_from: str) -> list[ActionGroup]:
    """The groups with what fits `typed`, all of it when nothing is typed; `came_from`: the address of the page."""
    groups = [
        ActionGroup(_("Opened last"), recent(request)),
        ActionGroup(_("New"), _new(request)),
        ActionGroup(_("Go to"), _menu(request)),
        ActionGroup(_("Administration"), _administrations(request)),
        ActionGroup(_("As of"), _days(request, typed, came_from)),
        ActionGroup(_("This screen"), _screen()),
    ]
    if not typed:
        return [group for group in groups if group.actions]
    found, left = [], MOST
    for group in groups:
        actions = _fitting(group, typed)[:left]
        left -= len(actions)
        if actions:
            found.append(ActionGroup(group.label, actions))
    return found


def _fitting(group: ActionGroup, typed: str) -> list[Action]:
    """Those of the group that fit, best first; a word may also fit the heading: "nieuw pers"."""
    ranked = []
    for at, action in enumerate(group.actions):
        fitted = fits(typed, action.label, group.label, action.detail)
        if fitted is not None:
            ranked.append((fitted[0], at, replace(action, marks=fitted[1])))
        elif action.press == "" and action.detail == typed:  # the day that was typed
            ranked.append((0, at, action))
    return [action for _cost, _at, action in sorted(ranked, key=lambda row: row[:2])]


def recent(request: HttpRequest) -> list[Action]:
    """The cards this user opened last, as far as they may still be seen. Two queries."""
    looks = Look.objects.visible_to(request.user).filter(user=request.user, model=Relation._meta.label)
    opened = list(dict.fromkeys(looks.order_by("-at", "-id").values_list("record", flat=True)[:LOOKED_BACK]))
    found = Relation.objects.visible_to(request.user, request.on).in_bulk(opened)
    return [
        Action(
            row.display_name,
            "person" if row.is_person else "organisation",
            row.get_absolute_url(),
            detail=str(row.number),
        )
        for pk in opened
        if (row := found.get(pk))
    ][:RECENT]


def _new(request: HttpRequest) -> list[Action]:
    if request.as_of:
        return []
    return [_entry(entry, "n") for entry in panels.new_entries(request)]


def _menu(request: HttpRequest) -> list[Action]:
    groups = panels.menu(request)
    return [_entry(entry, "g") for entries in groups.values() for entry in entries] + [
        Action(_("Help"), "help", reverse("desk:help"))
    ]


def _entry(entry: panels.MenuEntry, before: str) -> Action:
    return Action(entry.label, entry.icon, entry.url, keys=f"{before} {entry.key}" if entry.key else "")


def _administrations(request: HttpRequest) -> list[Action]:
    mine = working.mine(request)
    if len(mine) < 2:
        return []
    now = working.chosen(request)
    rows = [(0, _("All administrations"), now is None), *((one.pk, one.name, one == now) for one in mine)]
    return [
        Action(label, "check" if current else "bank", reverse("desk:administration", args=[pk]))
        for pk, label, current in rows
    ]


def _days(request: HttpRequest, typed: str, came_from: str) -> Iterable[Action]:
    """The day that was typed, with or without a word before it; back to today; or the field to type one in."""
    found = [Action(_("Another day …"), "calendar", press="as-of")]
    if request.as_of:
        found.insert(0, Action(_("Back to today"), "calendar-check", _on(None, came_from)))
    day = _day(typed, request.today)
    if day and day != request.on:
        label = date_format(day, "j F Y")
        found.insert(0, Action(label, "history", _on(day, came_from), detail=typed))
    return found


def _day(typed: str, today: date) -> date | None:
    """ "1-5-2024", "1 mei 2024", "peildatum 1-5-2024"."""
    words = typed.split()
    for start, word in enumerate(words):
        if not word[0].isdigit():
            continue
        day = parse_day(" ".join(words[start:]), today=today)
        if day and 1900 <= day.year <= 2200:
            return day
    return None


def _on(day: date | None, came_from: str) -> str:
    asked = {"on": f"{day:%d-%m-%Y}" if day else "", "next": came_from}
    return f"{reverse('core:as_of')}?{urlencode(asked)}"


def _screen() -> list[Action]:
    return [
        Action(_("Light"), "sun", press="theme:light"),
        Action(_("Dark"), "moon", press="theme:dark"),
        Action(_("As my computer"), "gear", press="theme:"),
        Action(_("Keys"), "keyboard", press="keys", keys="?"),
        Action(_("Print"), "print", press="print"),
        Action(_("Sign out"), "log-out", press="sign-out"),
    ]
