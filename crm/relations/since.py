"""What changed of a relation since another day, beside its card as it was on that day.

Columns and rows without dates: from the mutation log, the first old value and the last new one. What has dates of its
own: what began and what ended since, whenever that was written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from crm.audit.queries import Entry, log_under
from crm.core.dated import Dated
from crm.core.templatetags.core import day as shown_date
from crm.relations.known_on import Known
from crm.relations.models import BankAccount, ContactMoment, Employment, FinancialNumber, Relation, Relationship

READ = 200
SHOWN = 15


@dataclass(frozen=True)
class Since:
    """One change. `on`: the day it was written down, or the day on which it began or ended."""

    on: date
    label: str
    text: str = ""
    old: str | None = None
    new: str | None = None
    who: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Changes:
    """`more`: there is more than is shown, in the mutation log."""

    shown: list[Since]
    count: int
    more: bool


def changed_since(user, relation: Relation, lists: dict[str, list], known: Known, *, today: date) -> Changes:
    """What is otherwise today than on the day of `known`, newest first; of a day to come what is planned until then.

    Takes the queries of the log of a record; of a day to come none.
    """
    if known.planned:
        coming = sorted(_of_dates(lists, relation, today, known.day), key=lambda one: one.on)
        return Changes(coming[:SHOWN], len(coming), more=False)
    page = log_under(relation, user, limit=READ)
    entries = [entry for entry in page.entries if entry.when >= known.moment]
    found = _of_log(entries, known) + _of_main_account(lists, entries) + _of_dates(lists, relation, known.day, today)
    found.sort(key=lambda one: one.on, reverse=True)
    return Changes(found[:SHOWN], len(found), more=len(found) > SHOWN or (bool(page.next) and entries == page.entries))


def _of_log(entries: list[Entry], known: Known) -> list[Since]:
    net: dict[tuple, Since] = {}
    found = []
    for entry in reversed(entries):  # oldest first: the first old value stays, the last new one wins
        on, who = entry.when.date(), entry.who or _("the program")
        if entry.kind == "~" and entry.model is not BankAccount:
            _add_changes(net, entry, on, who)
        elif not issubclass(entry.model, Dated) and entry.model not in (ContactMoment, BankAccount, FinancialNumber):
            if known.recorded and entry.kind == "+" and _came_along(entry, known):
                continue
            said = _("added") if entry.kind == "+" else _("removed")
            value = next((c for c in entry.changes if c.name != "kind" and not c.hidden), None)
            text = (value.new if entry.kind == "+" else value.old) if value else ""
            found.append(Since(on, f"{entry.label} {said}", text=text, who=who))
    return found + [one for one in net.values() if one.hidden or one.old != one.new]


def _of_main_account(lists: dict[str, list], entries: list[Entry]) -> list[Since]:
    """Another main account is one change, of the IBAN, however many rows it took."""
    then, now = next((row for row in lists["accounts"] if row.main), None), lists["main_today"]
    if str(then or "") == str(now or ""):
        return []
    entry = next((e for e in entries if e.model is BankAccount), None)
    if entry is None:
        return []
    who = entry.who or _("the program")
    return [Since(entry.when.date(), "IBAN", old=str(then or ""), new=str(now or ""), who=who)]


def _came_along(entry: Entry, known: Known) -> bool:
    return bool(entry.change_set and entry.change_set.pk == known.first.change_set_id)


def _add_changes(net: dict[tuple, Since], entry: Entry, on: date, who: str) -> None:
    for change in entry.changes:
        if change.name in ("valid_from", "valid_until"):
            continue  # a date tells of itself, below
        key = (entry.model, entry.pk, change.name)
        label = change.label if entry.model is Relation else f"{entry.label}: {change.label.lower()}"
        old = net[key].old if key in net else change.old
        net[key] = Since(on, label, old=old, new=change.new, who=who, hidden=change.hidden)


def _of_dates(lists: dict[str, list], relation: Relation, after: date, until: date) -> list[Since]:
    """What began or ended after one day up to and including another."""
    found = []
    for name in ("employments", "ties", "addresses", "standings", "roles"):
        for row in lists[name]:
            if isinstance(row, Relationship) and relation.pk not in (row.from_relation_id, row.to_relation_id):
                continue
            label, what = str(row._meta.verbose_name).capitalize(), _named(row, relation)
            if after < row.valid_from <= until:
                said = _("%(what)s, from %(day)s") % {"what": what, "day": shown_date(row.valid_from)}
                found.append(Since(row.valid_from, label, text=said))
            if row.valid_until and after < row.valid_until <= until:
                said = _("%(what)s, until %(day)s") % {"what": what, "day": shown_date(row.valid_until)}
                found.append(Since(row.valid_until, label, text=said))
    return found


def _named(row: models.Model, relation: Relation) -> Any:
    """A row by what it is about: the person, the other end of the tie, the address itself."""
    if isinstance(row, Employment):
        return row.organisation.display_name if row.person_id == relation.pk else row.person.display_name
    if isinstance(row, Relationship):
        forward = row.from_relation_id == relation.pk
        other = row.to_relation if forward else row.from_relation
        return f"{other.display_name} {row.type.reverse_name if forward else row.type.name}"
    if hasattr(row, "get_kind_display") and hasattr(row, "administration"):
        return f"{row.get_kind_display()} {row.administration}"
    return str(row)
