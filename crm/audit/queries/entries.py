"""What history rows say, in words: old and new by field, names instead of keys, only what this user may read.

A fixed number of queries per model, however many rows (design/performance.md 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.audit.queries.statements import Line, lying, visible_of, visible_rows
from crm.audit.records import (
    columns_with_values,
    history_of,
    keys_of,
    last_rows,
    parents_of,
    plain_rows,
    predecessors,
    visible_keys,
)
from crm.core.models import ChangeSet

UNSEEN = "…"
_IN_SHORT = 6


@dataclass(frozen=True)
class Change:
    """One column. `hidden`: this user may know that it changed, not what. `flag`: it says yes or no."""

    name: str
    label: str
    old: str
    new: str
    hidden: bool = False
    flag: bool = False

    @property
    def alone(self) -> str:
        """Without its label: a value says enough, yes and no do not."""
        if self.flag:
            return self.label if _("yes") in (self.old, self.new) else ""
        return self.new or self.old


@dataclass(frozen=True)
class Entry:
    """One history row. `kind`: "+" made, "~" changed, "-" deleted. `under`: what it hangs under, or its name;
    `own`: of a part its own name, where that tells of nothing else (an IBAN, an address)."""

    model: type
    pk: int
    history_id: int
    when: datetime
    kind: str
    under: str
    change_set: ChangeSet | None
    who: str
    changes: list[Change] = field(default_factory=list)
    own: str = ""

    @property
    def label(self) -> str:
        return capfirst(str(self.model._meta.verbose_name))

    @property
    def model_label(self) -> str:
        """As an address says it."""
        return self.model._meta.label

    @property
    def is_part(self) -> bool:
        return bool(parents_of(self.model))

    @property
    def in_short(self) -> str:
        """Of what was made or deleted: its first values, as far as this user may read them."""
        values = [said for change in self.changes if not change.hidden and (said := change.alone)]
        return ", ".join(values[:_IN_SHORT]) + (" …" if len(values) > _IN_SHORT else "")


def entries_of(
    rows: list[tuple[type, Any]],
    user,
    *,
    seen: dict[type, set[int]] | None = None,
    before: dict[type, dict[int, Any]] | None = None,
) -> list[Entry]:
    """The (model, history row) pairs that this user may know of, in their order. A row is a `Line`, or a model object.

    `seen`: model -> keys that are known to be visible already; `before`: model -> history id -> the row before it.
    Without them they are asked for.
    """
    of_model: dict[type, list[Any]] = {}
    for model, row in rows:
        of_model.setdefault(model, []).append(row)
    if seen is None:
        seen = visible_of({m: {r.id for r in rs} for m, rs in of_model.items()}, user)
    of_model = {m: kept for m, rs in of_model.items() if (kept := [r for r in rs if r.id in seen[m]])}
    if before is None:
        before = {
            m: predecessors(history_of(m), [r.history_id for r in rs if r.history_type == "~"])
            for m, rs in of_model.items()
        }
    readable = _readable(of_model, user)
    names = _names(of_model, before, user)
    return [
        _entry(model, row, before[model].get(row.history_id), readable[model][row.id], names)
        for model, row in rows
        if row.id in seen[model]
    ]


def _readable(of_model: dict[type, list[Any]], user) -> dict[type, dict[int, set[str]]]:
    """model -> key -> the columns of which this user may see the values, now."""
    rights = rights_of(user)
    if user.is_superuser and user.is_active:
        return {m: dict.fromkeys({row.id for row in rows}, rights.readable(m, ())) for m, rows in of_model.items()}
    newest: dict[type, dict[int, Any]] = {}
    for model, rows in of_model.items():
        of_key = newest.setdefault(model, {})
        for row in rows:
            of_key.setdefault(row.id, row)
    found: dict[type, dict[int, set[str]]] = {}
    for model, lies in lying(newest).items():
        told: dict[frozenset[int], set[str]] = {}
        for pk, where in lies.items():
            place = frozenset(where)
            if place not in told:
                told[place] = rights.readable(model, place)
            found.setdefault(model, {})[pk] = told[place]
    return found


def _names(of_model: dict[type, list[Any]], before: dict[type, dict[int, Any]], user) -> dict[type, dict[int, str]]:
    """model -> key -> name, of everything that the page mentions: one query per model (two with what is gone)."""
    wanted: dict[type, set[int]] = {}
    for model, rows in of_model.items():
        keys = [(f.attname, f.related_model._meta.concrete_model) for f in _all_keys(model)]
        above = {f.attname for f in parents_of(model)}
        for row in rows:
            old = before[model].get(row.history_id)
            for attname, target in keys:
                now, was = getattr(row, attname), getattr(old, attname, None)
                # a key that stayed the same is not told, unless it is what the row hangs under
                if attname in above or old is None or now != was:
                    wanted.setdefault(target, set()).update((now, was))
        if not parents_of(model):
            wanted.setdefault(model, set()).update(row.id for row in rows)
    return {model: names_of(model, ids - {None}, user) for model, ids in wanted.items()}


@cache
def _all_keys(model: type) -> list[models.ForeignKey]:
    return [f for f in columns_with_values(model) if isinstance(f, models.ForeignKey)]


@cache
def _told(model: type, *, changed: bool) -> list[models.Field]:
    """The columns that a row tells of: of a new or deleted part the record it hangs under is named already; a key for
    machines says nothing."""
    above = set() if changed else {key.name for key in parents_of(model)}
    return [f for f in columns_with_values(model) if f.name not in above and not isinstance(f, models.UUIDField)]


def names_of(model: type, ids: Iterable[int], user) -> dict[int, str]:
    """key -> name of the records that the user may see, also of those that are gone: an account by its IBAN, a number
    in the books by the number."""
    ids = set(ids)
    if not ids:
        return {}
    if parents_of(model):
        seen = visible_of({model: ids}, user)[model]
        live = {row.pk: str(row) for row in plain_rows(model).filter(pk__in=seen)}
        return {pk: live.get(pk) or f"{model._meta.verbose_name} {pk}" for pk in seen}
    names = {pk: str(row) for pk, row in visible_rows(model, ids, user).items()}
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
        own=_own_name(model, row, readable),
        changes=_changes(model, row, old, readable, names),
    )


def _changes(model: type, row: Any, old: Any, readable: set[str], names) -> list[Change]:
    columns = _told(model, changed=row.history_type == "~")
    if isinstance(row, Line) and isinstance(old, Line):
        differing = row.differs(old)
        columns = [f for f in columns if f.attname in differing]
    return [change for f in columns if (change := _change(f, old, row, readable, names))]


def _own_name(model: type, row: Any, readable: set[str]) -> str:
    """Told by its own columns only, all of which this user may read: no other record is named in it."""
    if not parents_of(model) or len(keys_of(model)) != 1:
        return ""
    return str(row.instance) if {f.name for f in columns_with_values(model)} <= readable else ""


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
    flag = isinstance(column, models.BooleanField)
    return Change(column.name, label, spoken(column, was, names), spoken(column, now, names), flag=flag)


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
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if column.name == "iban":
        return " ".join(value[at : at + 4] for at in range(0, len(value), 4))
    return str(localize(value, use_l10n=True))
