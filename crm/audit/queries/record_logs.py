"""Who changed what, when, from what to what: of one record, of a record with all under it, of a change set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models import Q

from crm.audit.queries.entries import Entry, entries_of
from crm.audit.queries.unions import models_of
from crm.audit.records import any_of, history_of, parts_of, recorded_models
from crm.core.models import ChangeSet

PAGE = 50
_MOST_AT_ONCE = 2_000


@dataclass(frozen=True)
class Act:
    """What belonged together, as far as it is on this page."""

    change_set: ChangeSet | None
    when: datetime
    who: str
    entries: list[Entry]


@dataclass(frozen=True)
class Page:
    """`next`: what to pass as `before` for the older rows, "" at the end."""

    entries: list[Entry]
    next: str

    @property
    def acts(self) -> list[Act]:
        return [
            Act(rows[0].change_set, rows[0].when, rows[0].who, rows)
            for rows in (
                list(group)
                for _key, group in groupby(self.entries, key=lambda e: e.change_set.pk if e.change_set else e.when)
            )
        ]


def log_of(record: models.Model, user, *, before: str = "", limit: int = PAGE) -> Page:
    """The log of one record, newest first; empty when the user may not see it."""
    model = record._meta.concrete_model
    return _page({model: Q(id=record.pk)}, user, before, limit)


def log_under(record: models.Model, user, *, before: str = "", limit: int = PAGE) -> Page:
    """The log of a record with everything that hangs under it, also what was deleted."""
    model = record._meta.concrete_model
    wanted = {model: Q(id=record.pk)}
    for part, attnames in parts_of(model):
        wanted[part] = any_of(attnames, record.pk)
    return _page(wanted, user, before, limit)


def log_of_change_set(change_set: ChangeSet, user, *, before: str = "", limit: int = PAGE) -> Page:
    """What one change set wrote, as far as the user may see the records."""
    return _page({model: Q(change_set_id=change_set.pk) for model in models_of(change_set)}, user, before, limit)


def count_of_change_set(change_set: ChangeSet) -> int:
    """History rows of a change set, visible or not: to weigh the work, not to show."""
    return sum(history_of(m).objects.filter(change_set_id=change_set.pk).count() for m in models_of(change_set))


def _page(wanted: dict[type, Q], user, before: str, limit: int) -> Page:
    """Reads on where rows are hidden, so that a page is as full, and ends as, one without them would."""
    found: list[Entry] = []
    rows_at_once = limit + 1
    while True:
        rows, more = _rows(wanted, before, rows_at_once)
        found += entries_of([(model, row) for _key, model, row in rows], user)
        if not more or len(found) > limit:
            break
        before, rows_at_once = _cursor(rows[-1][0]), min(rows_at_once * 2, _MOST_AT_ONCE)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return Page(shown, _cursor((last.when, _position(last.model), last.history_id)) if last else "")


def _rows(wanted: dict[type, Q], before: str, limit: int) -> tuple[list[tuple[tuple, type, Any]], bool]:
    """The newest rows of all the tables together, and whether there are more."""
    found: list[tuple[tuple, type, Any]] = []
    for model, condition in wanted.items():
        rows = history_of(model).objects.filter(condition & _older(before, _position(model)))
        rows = rows.select_related("change_set__actor", "history_user").order_by("-history_date", "-history_id")
        found += [((row.history_date, _position(model), row.history_id), model, row) for row in rows[: limit + 1]]
    found.sort(key=lambda one: one[0], reverse=True)
    return found[:limit], len(found) > limit


def _position(model: type) -> int:
    return recorded_models().index(model)


def _cursor(key: tuple[datetime, int, int]) -> str:
    return f"{key[0].isoformat()}_{key[1]}_{key[2]}"


def _older(before: str, position: int) -> Q:
    """Written so that the index on (history_date, history_id) is used. A cursor that makes no sense: the newest."""
    if not before:
        return Q()
    try:
        moment, model_position, history_id = before.rsplit("_", 2)
        when, at, last = datetime.fromisoformat(moment), int(model_position), int(history_id)
    except ValueError:
        return Q()
    older = Q(history_date__lt=when)
    if position < at:
        return Q(history_date__lte=when)
    if position == at:
        return Q(history_date__lte=when) & (older | Q(history_id__lt=last))
    return older
