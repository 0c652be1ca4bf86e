"""What was known of records on another day, from their history: only the ids of a page, never a whole model.

Two kinds of time meet here. What has dates of its own ("works there since") is asked of the rows as they are now: that
is what we know best. Columns without dates (a name, an e-mail address) are taken from the history at the end of that
day. Of a record that came into our books later, the first that was written of it is the best there is, and `recorded`
says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from crm.core.field_classes import classes_of
from crm.relations import names
from crm.relations.models import NAME_SOURCES, Employment, Relation, Relationship

# dated by themselves, or no fact of the day: always as they are now
_OF_TODAY = {
    "administration",
    "number",
    "public_id",
    "deceased_on",
    "ended_on",
    "end_reason",
    "valid_from",
    "valid_until",
}


def end_of(day: date) -> datetime:
    """The first moment after this day, in the time zone of the office."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def rows_known(model: type[models.Model], ids: Iterable[int], moment: datetime) -> dict[int, Any]:
    """key -> its last history row from before this moment, a deletion included; without one, its first. One query."""
    ids = set(ids)
    if not ids:
        return {}
    found: dict[int, Any] = {}
    for row in model.history.model.objects.filter(id__in=ids).order_by("id", "history_date", "history_id"):
        if row.id not in found or row.history_date < moment:
            found[row.id] = row
    return found


def recorded_at(relation: Relation) -> Any:
    """The history row with which the relation came into our books. None only where there is no history. One query."""
    return (
        relation.history.model.objects.filter(id=relation.pk, history_type="+")
        .select_related("change_set")
        .order_by("history_id")
        .first()
    )


@dataclass
class Known:
    """A relation on another day: `relation` with the columns of then, `now` as it is.

    `planned`: the day has yet to come. `recorded`: None, or the moment it came into our books when that was after the
    day. `differs`: the names of the columns that are otherwise today.
    """

    relation: Relation
    now: Relation
    day: date
    planned: bool
    first: Any = None
    differs: set[str] = field(default_factory=set)

    @property
    def moment(self) -> datetime:
        return end_of(self.day)

    @property
    def recorded(self) -> datetime | None:
        return self.first.history_date if self.first and self.first.history_date >= self.moment else None


def relation_known(relation: Relation, day: date, *, today: date) -> Known:
    """Two queries."""
    row = rows_known(Relation, [relation.pk], end_of(day)).get(relation.pk)
    if row is None:
        return Known(relation, relation, day, planned=day > today)
    then = copy(relation)
    differs = set()
    for name in classes_of(Relation):
        column = Relation._meta.get_field(name)
        if name in _OF_TODAY or not hasattr(row, column.attname):
            continue
        value = getattr(row, column.attname)
        if value != getattr(relation, column.attname):
            differs.add(name)
        then.__dict__[column.attname] = value if not isinstance(column, models.FileField) else str(value or "")
    then.__dict__["display_name"] = names.display_name_of({name: getattr(then, name) for name in NAME_SOURCES})
    return Known(then, relation, day, day > today, recorded_at(relation), differs)


def parts_known(known: Known, live: list[models.Model], model: type[models.Model]) -> list[models.Model]:
    """Rows without dates under a relation as they were known then, for who may see those of today (`live`, of which at
    most as many as a card shows). Each has `now`: the row of today, None when it is gone. One query.

    The rows of a relation that was recorded after the day are those that were recorded together with it.
    """
    history = model.history.model
    rows = history.objects.filter(relation_id=known.now.pk).order_by("id", "history_date", "history_id")
    if known.recorded:
        rows = rows.filter(history_type="+", change_set_id=known.first.change_set_id)
    else:
        rows = rows.filter(history_date__lt=known.moment)
    last = {row.id: row for row in rows}
    today = {row.pk: row for row in live}
    found = []
    for row in last.values():
        if row.history_type == "-":
            continue
        part = row.instance
        part.now = today.get(row.id)
        found.append(part)
    return found


def dated_known(rows: list[models.Model], moment: datetime) -> None:
    """Give rows with dates of their own the other columns as they were known then. One query.

    `was_otherwise`: the columns that differ today, each with its value `now`.
    """
    if not rows:
        return
    model = type(rows[0])._meta.concrete_model
    keys = {f.name for f in model._meta.concrete_fields if f.is_relation}
    plain = [name for name in classes_of(model) if name not in _OF_TODAY | keys]
    known = rows_known(model, [row.pk for row in rows], moment)
    for row in rows:
        then = known.get(row.pk)
        row.was_otherwise = {}
        for name in plain:
            if then is not None and getattr(then, name) != getattr(row, name):
                row.was_otherwise[name] = {"now": getattr(row, name)}
                row.__dict__[name] = getattr(then, name)


def named_as_then(rows: list[models.Model], moment: datetime) -> None:
    """Give the relations at the other ends of employments and ties the names they had. One query."""
    ends = []
    for row in rows:
        if isinstance(row, Employment):
            ends += [row.person, row.organisation]
        elif isinstance(row, Relationship):
            ends += [row.from_relation, row.to_relation]
    known = rows_known(Relation, {end.pk for end in ends}, moment)
    for end in ends:
        row = known.get(end.pk)
        if row is not None:
            end.__dict__["display_name"] = names.display_name_of({name: getattr(row, name) for name in NAME_SOURCES})
