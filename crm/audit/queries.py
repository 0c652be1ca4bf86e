"""Who changed what, when, from what to what: of one record, of a record with all under it, of a change set.

A page takes a fixed number of queries per model, however many rows it has (design/performance.md 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.audit.records import (
    any_of,
    columns_with_values,
    keys_of,
    last_rows,
    parents_of,
    parts_of,
    places,
    plain_rows,
    predecessors,
    recorded_models,
    visible_keys,
)
from crm.core.models import ChangeSet

PAGE = 50
UNSEEN = "…"


@dataclass(frozen=True)
class Change:
    """One column. `hidden`: this user may know that it changed, not what."""

    name: str
    label: str
    old: str
    new: str
    hidden: bool = False


@dataclass(frozen=True)
class Entry:
    """One history row. `kind`: "+" made, "~" changed, "-" deleted. `under`: what it hangs under, or its name."""

    model: type
    pk: int
    history_id: int
    when: datetime
    kind: str
    under: str
    change_set: ChangeSet | None
    who: str
    changes: list[Change] = field(default_factory=list)

    @property
    def label(self) -> str:
        return capfirst(str(self.model._meta.verbose_name))


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
    return _page({model: Q(change_set_id=change_set.pk) for model in recorded_models()}, user, before, limit)


def count_of_change_set(change_set: ChangeSet) -> int:
    """History rows of a change set, visible or not."""
    return sum(m.history.model.objects.filter(change_set_id=change_set.pk).count() for m in recorded_models())


# ---------------------------------------------------------------------------------------------- parts


def _page(wanted: dict[type, Q], user, before: str, limit: int) -> Page:
    position = {model._meta.label: number for number, model in enumerate(recorded_models())}
    found: list[tuple[tuple, type, Any]] = []
    for model, condition in wanted.items():
        rows = model.history.model.objects.filter(condition & _older(before, position[model._meta.label]))
        rows = rows.select_related("change_set__actor", "history_user").order_by("-history_date", "-history_id")
        found += [
            ((row.history_date, position[model._meta.label], row.history_id), model, row) for row in rows[: limit + 1]
        ]
    found.sort(key=lambda one: one[0], reverse=True)
    page = found[:limit]
    last = page[-1][0] if len(found) > limit else None
    more = f"{last[0].isoformat()}_{last[1]}_{last[2]}" if last else ""
    return Page(_entries([(model, row) for _key, model, row in page], user), more)


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


def _entries(rows: list[tuple[type, Any]], user) -> list[Entry]:
    of_model: dict[type, list[Any]] = {}
    for model, row in rows:
        of_model.setdefault(model, []).append(row)
    before = {
        m: predecessors(m.history.model, [r.history_id for r in rs if r.history_type == "~"])
        for m, rs in of_model.items()
    }
    seen = {m: visible_keys(m, {r.id for r in rs}, user) for m, rs in of_model.items()}
    readable = {m: _readable(m, rs, user) for m, rs in of_model.items()}
    names = _names(of_model, before, user)
    return [
        _entry(model, row, before[model].get(row.history_id), readable[model][row.id], names)
        for model, row in rows
        if row.id in seen[model]
    ]


def _readable(model: type, rows: list[Any], user) -> dict[int, set[str]]:
    """key -> the columns of which this user may see the values, now."""
    rights = rights_of(user)
    newest = {}
    for row in rows:
        newest.setdefault(row.id, row)
    return {pk: rights.readable(model, where) for pk, where in places(model, newest).items()}


def _names(of_model: dict[type, list[Any]], before: dict[type, dict[int, Any]], user) -> dict[type, dict[int, str]]:
    """model -> key -> name, of everything that the page mentions: one query per model (two with what is gone)."""
    wanted: dict[type, set[int]] = {}
    for model, rows in of_model.items():
        for key in _all_keys(model):
            target = key.related_model._meta.concrete_model
            both = [*rows, *before[model].values()]
            wanted.setdefault(target, set()).update(getattr(row, key.attname) for row in both)
        if not parents_of(model):
            wanted.setdefault(model, set()).update(row.id for row in rows)
    return {model: names_of(model, ids - {None}, user) for model, ids in wanted.items()}


def _all_keys(model: type) -> list[models.ForeignKey]:
    return [f for f in columns_with_values(model) if isinstance(f, models.ForeignKey)]


def names_of(model: type, ids: Iterable[int], user) -> dict[int, str]:
    """key -> name of the records that the user may see, also of those that are gone: an account by its IBAN, a number
    in the books by the number."""
    ids = set(ids)
    if not ids:
        return {}
    if parents_of(model):
        seen = visible_keys(model, ids, user)
        live = {row.pk: str(row) for row in plain_rows(model).filter(pk__in=seen)}
        return {pk: live.get(pk) or f"{model._meta.verbose_name} {pk}" for pk in seen}
    rows = model._default_manager.filter(pk__in=ids)
    rows = rows.visible_to(user) if hasattr(rows, "visible_to") else plain_rows(model).filter(pk__in=ids)
    names = {row.pk: str(row) for row in rows}
    gone = ids - set(names)
    if gone and keys_of(model) is not None and hasattr(model, "history"):
        for pk in visible_keys(model, gone, user):
            last = last_rows(model, [pk]).get(pk)
            if last is not None:
                names[pk] = str(last.instance)
    return names


def _entry(model: type, row: Any, old: Any, readable: set[str], names: dict[type, dict[int, str]]) -> Entry:
    parents = [
        names.get(f.related_model._meta.concrete_model, {}).get(getattr(row, f.attname)) for f in parents_of(model)
    ]
    under = ", ".join(name for name in parents if name) if parents else names.get(model, {}).get(row.id, "")
    change_set = row.change_set
    who = change_set.actor if change_set and change_set.actor_id else row.history_user
    return Entry(
        model=model,
        pk=row.id,
        history_id=row.history_id,
        when=row.history_date,
        kind=row.history_type,
        under=under,
        change_set=change_set,
        who=str(who or ""),
        changes=[
            change
            for f in columns_with_values(model)
            # of a new or deleted part the record it hangs under is named already
            if (row.history_type == "~" or f.name not in {parent.name for parent in parents_of(model)})
            and (change := _change(f, old, row, readable, names))
        ],
    )


def _change(column: models.Field, old: Any, row: Any, readable: set[str], names) -> Change | None:
    """Of a changed row what differs, of a new one its values, of a deleted one what they were."""
    if row.history_type == "~" and old is None:
        return None
    was = getattr(old, column.attname) if row.history_type == "~" else None
    now = getattr(row, column.attname)
    if row.history_type == "-":
        was, now = now, None
    if was == now or (was in (None, "") and now in (None, "", False)):
        return None
    if row.history_type == "-" and was in (None, "", False):
        return None
    label = capfirst(str(column.verbose_name))
    if column.name not in readable:
        return Change(column.name, label, "", "", hidden=True)
    return Change(column.name, label, spoken(column, was, names), spoken(column, now, names))


def spoken(column: models.Field, value: Any, names: dict[type, dict[int, str]]) -> str:
    """A value as people say it: a name, a choice in words, a date as on the screens; "" for nothing."""
    if value is None or value == "":
        return ""
    if isinstance(column, models.ForeignKey):
        return names.get(column.related_model._meta.concrete_model, {}).get(value, UNSEEN)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "d-m-Y H:i")
    if isinstance(value, date):
        return date_format(value, "d-m-Y")
    return str(localize(value, use_l10n=True))
