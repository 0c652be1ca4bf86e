"""The card as it was: a relation with everything under it at an earlier moment, from history, beside what it is today.

What this user may not see today they do not see of then either: rows by `visible_to` (of what is gone: by where it
last lay), columns by their class. Two history queries per kind of thing, however long the history is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.text import capfirst

from crm.access.queries import rights_of
from crm.audit.queries import Act, log_under, names_of, spoken
from crm.audit.records import any_of, columns_with_values, parents_of, parts_of, places, visible_keys
from crm.relations.models import (
    Employment,
    FinancialNumber,
    FinancialRole,
    Relation,
    Relationship,
    RelationUse,
    Standing,
)

# what says nothing to a reader
_LEFT_OUT = {"public_id", "set_at", "cause_detail", "check_state"}
MOMENTS = 40
# rows that do not name themselves without asking the database
_NAMED_BY = {
    Employment: ("person", "organisation", "function"),
    FinancialNumber: ("administration", "number"),
    FinancialRole: ("kind", "administration"),
    Relationship: ("from_relation", "to_relation", "type"),
    RelationUse: ("administration",),
    Standing: ("kind", "administration"),
}


@dataclass(frozen=True)
class Line:
    """One column that this user may read, in words; "" for nothing."""

    column: str
    label: str
    then: str
    now: str

    @property
    def said(self) -> str:
        return self.now or self.then

    @property
    def differs(self) -> bool:
        return self.then != self.now


@dataclass(frozen=True)
class Record:
    """One row at both moments. `state`: "same", "changed", "added" since, or "removed" since."""

    name: str
    state: str
    lines: list[Line] = field(default_factory=list)

    @property
    def changed_lines(self) -> list[Line]:
        return [line for line in self.lines if line.differs]


@dataclass(frozen=True)
class Group:
    label: str
    records: list[Record]

    @property
    def changed(self) -> list[Record]:
        return [record for record in self.records if record.state != "same"]


@dataclass(frozen=True)
class Moment:
    """A moment to choose: just before somebody did something. `at`: what to ask for."""

    act: Act
    at: datetime

    @property
    def made(self) -> bool:
        """Whether the relation itself came with it: before it there was nothing."""
        return any(entry.model is Relation and entry.kind == "+" for entry in self.act.entries)

    @property
    def labels(self) -> list[str]:
        """What was touched: the columns of the relation itself, else each kind of thing once; at most four."""
        found = []
        for entry in self.act.entries:
            own = entry.model is Relation and entry.kind == "~"
            found += [change.label for change in entry.changes] if own else [entry.label]
        named = list(dict.fromkeys(found))
        return named[:4] + (["…"] if len(named) > 4 else [])


@dataclass(frozen=True)
class AsItWas:
    """`existed`: whether the relation was in our books at that moment."""

    groups: list[Group]
    existed: bool

    @property
    def differences(self) -> int:
        return sum(len(group.changed) for group in self.groups)


def moments_of(relation: Relation, user, *, before: str = "") -> tuple[list[Moment], str]:
    """The moments just before each act, newest first; and what to pass as `before` for older ones ("" at the end)."""
    page = log_under(relation, user, before=before, limit=MOMENTS)
    return [Moment(act, min(entry.when for entry in act.entries)) for act in page.acts], page.next


def card_at(user, relation: Relation, moment: datetime) -> AsItWas:
    """Everything of a relation just before `moment` beside what it is now."""
    wanted = {Relation: Q(id=relation.pk)} | {part: any_of(names, relation.pk) for part, names in parts_of(Relation)}
    found = {model: _both(model, condition, moment) for model, condition in wanted.items()}
    seen = {model: visible_keys(model, {*then, *now}, user) for model, (then, now) in found.items()}
    names = _names(found, user)
    groups = []
    for model, (then, now) in found.items():
        readable = _readable(model, then, now, user)
        records = [
            _record(model, relation, then.get(pk), now.get(pk), readable[pk], names)
            for pk in sorted({*then, *now} & seen[model])
        ]
        records = [record for record in records if record.lines]
        records.sort(key=lambda record: record.state == "removed")
        if records:
            label = model._meta.verbose_name if model is Relation else model._meta.verbose_name_plural
            groups.append(Group(capfirst(str(label)), records))
    return AsItWas(groups, existed=bool(found[Relation][0]))


def _both(model: type, condition: Q, moment: datetime) -> tuple[dict[int, Any], dict[int, Any]]:
    """key -> history row just before the moment, and key -> newest one; without what was deleted by then."""
    history = model.history.model.objects

    def rows(**until) -> dict[int, Any]:
        last = history.filter(condition, **until).order_by().values("id").annotate(last=Max("history_id"))
        found = history.filter(history_id__in=last.values("last"))
        return {row.id: row for row in found if row.history_type != "-"}

    return rows(history_date__lt=moment), rows()


def _readable(model: type, then: dict, now: dict, user) -> dict[int, set[str]]:
    rights = rights_of(user)
    return {pk: rights.readable(model, where) for pk, where in places(model, then | now).items()}


def _names(found: dict[type, tuple[dict, dict]], user) -> dict[type, dict[int, str]]:
    """model -> key -> name, of everything that is mentioned: one query per model, two with what is gone."""
    wanted: dict[type, set[int]] = {}
    for model, (then, now) in found.items():
        for column in columns_with_values(model):
            if column.is_relation:
                target = column.related_model._meta.concrete_model
                keys = {getattr(row, column.attname) for row in (*then.values(), *now.values())}
                wanted.setdefault(target, set()).update(keys - {None})
    return {model: names_of(model, ids, user) for model, ids in wanted.items()}


def _record(model: type, relation: Relation, then, now, readable: set[str], names) -> Record:
    own_key: Callable[[Any], bool] = lambda column: (  # noqa: E731  the card itself is named by the page
        column.is_relation
        and column.related_model._meta.concrete_model is Relation
        and all(getattr(row, column.attname) in (relation.pk, None) for row in (then, now) if row)
        and column.name in {key.name for key in parents_of(model)}
    )
    lines = []
    for column in columns_with_values(model):
        if column.name not in readable or column.name in _LEFT_OUT or own_key(column):
            continue
        was = spoken(column, getattr(then, column.attname), names) if then else ""
        became = spoken(column, getattr(now, column.attname), names) if now else ""
        if was or became:
            lines.append(Line(column.name, capfirst(str(column.verbose_name)), was, became))
    state = "added" if then is None else "removed" if now is None else "same"
    if state == "same" and any(line.differs for line in lines):
        state = "changed"
    return Record(_name(model, now or then, lines), state, lines)


def _name(model: type, row, lines: list[Line]) -> str:
    """A row by what tells it from its kind: an address whole, an employment by the other end and the function."""
    if model is Relation:
        return ""
    told_by = _NAMED_BY.get(model)
    if told_by is None:
        return str(row.instance)
    return ", ".join(line.said for name in told_by for line in lines if line.column == name)
