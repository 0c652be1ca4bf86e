"""In which order the list stands, and how a page is cut out of it: by key, never by counting rows off.

An order is offered where an index carries it (design/performance.md 6): by name, by number, by the last change.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.relations.models import Relation


@dataclass
class Cut:
    """The rows of one page as tuples of the asked columns; cursors are "" where there is no page on that side."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    next: str = ""
    previous: str = ""


class Order:
    """By columns of the relation of which the last tells rows apart; an index has them in this order."""

    def __init__(self, key: str, *columns: str):
        self.key, self.columns = key, columns

    def cut(
        self, relations: QuerySet, names: tuple[str, ...], *, after: str, before: str, descending: bool, size: int
    ) -> Cut:
        """One row more than the page is long tells whether there is a next one."""
        backwards = bool(before)
        down = descending != backwards
        cursor = decode(before or after, len(self.columns))
        rows = relations.order_by(*(f"-{name}" if down else name for name in self.columns))
        if cursor:
            rows = rows.filter(beyond(self.columns, cursor, down))
        wanted = (*names, *self.columns)
        found = list(rows.values_list(*wanted)[: size + 1])
        more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        width = len(self.columns)
        return _cut(found, more, cursor, backwards, lambda row: row[-width:], lambda row: row[:-width])

    def key_of(self, relation: Relation) -> tuple[Any, ...]:
        """What a cursor holds for this relation."""
        return tuple(getattr(relation, name) for name in self.columns)

    def earlier(self, relations: QuerySet, relation: Relation, *, descending: bool) -> QuerySet | None:
        """Those that stand before it; None where that takes too long to count."""
        return relations.filter(beyond(self.columns, list(self.key_of(relation)), not descending))

    def sort(self, rows: list[dict[str, Any]], *, descending: bool) -> list[dict[str, Any]]:
        """The same order over rows that are here already."""
        return sorted(rows, key=lambda row: tuple(row[name] for name in self.columns), reverse=descending)


class ByChange(Order):
    """By the last line of the mutation log: the log is walked, not the relations, and only its newest line counts."""

    def __init__(self):
        super().__init__("changed", "history_date", "history_id")

    def cut(self, relations, names, *, after, before, descending, size):
        backwards = bool(before)
        down = descending != backwards
        cursor = self._moment(decode(before or after, 2))
        log = Relation.history.model.objects
        newer = log.filter(id=OuterRef("id")).filter(
            Q(history_date__gt=OuterRef("history_date"))
            | Q(history_date=OuterRef("history_date"), history_id__gt=OuterRef("history_id"))
        )
        lines = log.filter(~Exists(newer), Exists(relations.order_by().filter(pk=OuterRef("id"))))
        lines = lines.order_by(*(f"-{name}" if down else name for name in self.columns))
        if cursor:
            lines = lines.filter(beyond(self.columns, cursor, down))
        found = list(lines.values_list("id", "history_date", "history_id")[: size + 1])
        more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()
        cut = _cut(found, more, cursor, backwards, lambda row: (row[1].isoformat(), row[2]), lambda row: row[0])
        by_id = {row[-1]: row[:-1] for row in relations.order_by().filter(pk__in=cut.rows).values_list(*names, "pk")}
        cut.rows = [by_id[pk] for pk in cut.rows if pk in by_id]
        return cut

    def key_of(self, relation):
        line = Relation.history.model.objects.filter(id=relation.pk).order_by("-history_date", "-history_id")
        moment, pk = line.values_list("history_date", "history_id")[0]
        return moment.isoformat(), pk

    def earlier(self, relations, relation, *, descending):
        return None

    def _moment(self, cursor: list[Any] | None) -> list[Any] | None:
        try:
            return cursor and [datetime.fromisoformat(cursor[0]), cursor[1]]
        except ValueError:
            return None

    def sort(self, rows, *, descending):
        log = Relation.history.model.objects.filter(id__in=[row["pk"] for row in rows])
        last = dict(log.order_by("history_date", "history_id").values_list("id", "history_id"))
        return sorted(rows, key=lambda row: last.get(row["pk"], 0), reverse=descending)


def _cut(found, more, cursor, backwards, key, rest) -> Cut:
    cut = Cut([rest(row) for row in found])
    if found:
        cut.next = encode(key(found[-1])) if more or backwards else ""
        cut.previous = encode(key(found[0])) if (more if backwards else bool(cursor)) else ""
    return cut


def beyond(columns: tuple[str, ...], cursor: list[Any], down: bool) -> Q:
    """The rows after the cursor, written so that the index is used: `a >= x AND (a > x OR b > y)`."""
    past, at_most = ("lt", "lte") if down else ("gt", "gte")
    first, *rest = columns
    if not rest:
        return Q(**{f"{first}__{past}": cursor[0]})
    further = Q(**{f"{first}__{past}": cursor[0]}) | beyond(tuple(rest), cursor[1:], down)
    return Q(**{f"{first}__{at_most}": cursor[0]}) & further


ORDERS = {one.key: one for one in (Order("name", "sort_key", "pk"), Order("number", "number"), ByChange())}
STANDARD = "name"


def encode(values) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values), ensure_ascii=False).encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> list[Any] | None:
    """The values of a cursor; one that somebody made up is the first page."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(values, list) or len(values) != length or not isinstance(values[-1], int):
        return None
    if length == 2 and not isinstance(values[0], str):
        return None
    return values
