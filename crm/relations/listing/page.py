"""One page of the list, in a flat number of queries: the rows, the count, and one per source of the columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from crm.relations.listing import columns as listing_columns
from crm.relations.listing import filters
from crm.relations.listing.asked import Asked
from crm.relations.listing.columns import BASE, ListColumn, Row
from crm.relations.models import Relation
from crm.relations.search.query import find_for

COUNTED = 1_000
SEARCH_LIMIT = 200


@dataclass
class Page:
    """`count` is exact up to 1,000; `more` says that there are more. Cursors are "" at the ends. `first` is the place
    of the first row, known where the list is short or searched; else None."""

    rows: list[Row]
    columns: list[ListColumn] = field(default_factory=list)
    first: int | None = None
    count: int | None = None
    more: bool = False
    next: str = ""
    previous: str = ""
    exact: int = 0
    alike: int = 0
    alike_words: list[str] = field(default_factory=list)


def narrowed(user, asked: Asked, *, on: date) -> QuerySet:
    """The relations that the filters leave, of those this user may see; nothing while a filter is refused."""
    relations = Relation.objects.visible_to(user, on)
    if asked.refused:
        return relations.none()
    on_now = {one.filter.key: one for one in asked.applied}
    for one in filters.registered():
        if one.key in on_now:
            relations = one.narrow(relations, on_now[one.key].value, user=user, on=on)
        else:
            relations = one.absent(relations, on=on)
    return relations


def everything(user, asked: Asked, *, on: date) -> QuerySet:
    """All that the list has over its pages; what a search lists is cut off at 200."""
    relations = narrowed(user, asked, on=on)
    if asked.q:
        hits = find_for(user, asked.q, on=on, limit=SEARCH_LIMIT)
        hits = [hit for hit in hits if hit.exact or not asked.exactly]
        relations = relations.filter(pk__in=[hit.relation_id for hit in hits])
    return relations


def relation_page(user, asked: Asked, *, on: date, suffix: str = "") -> Page:
    """A page in the order that was asked; with a question and no order, best fit first. `suffix` goes behind the
    addresses of cards."""
    visible = narrowed(user, asked, on=on)
    offered = listing_columns.offered_to(user)
    columns = listing_columns.chosen(offered, asked.columns)
    names = tuple(dict.fromkeys((*BASE, *(name for column in columns for name in column.needs))))
    if asked.refused:
        page = Page([], count=0)
    elif asked.q:
        page = _found_page(user, visible, asked, names, on=on)
    else:
        page = _sorted_page(visible, asked, names)
    page.columns = listing_columns.fill(page.rows, columns, user=user, on=on) if page.rows else columns
    begin = reverse("relations:list")
    for row in page.rows:
        row.url = f"{begin}{row.number}/{suffix}"
    listing_columns.draw(page.rows, page.columns, asked.q)
    return page


def _sorted_page(visible: QuerySet, asked: Asked, names: tuple[str, ...]) -> Page:
    cut = asked.ordering.cut(
        visible, names, after=asked.after, before=asked.before, descending=asked.descending, size=asked.size
    )
    page = Page(rows_of(names, cut.rows), next=cut.next, previous=cut.previous)
    counted = visible.order_by().values("pk")[: COUNTED + 1].count()
    page.count, page.more = min(counted, COUNTED), counted > COUNTED
    if not cut.previous:
        page.first = 1
    elif not cut.next and not page.more:
        page.first = page.count - len(page.rows) + 1
    return page


def rows_of(names: tuple[str, ...], found: list[tuple[Any, ...]]) -> list[Row]:
    return [Row(dict(zip(names, values, strict=True))) for values in found]


def ranked(
    user, visible: QuerySet, asked: Asked, names: tuple[str, ...], *, on: date
) -> tuple[list[dict[str, Any]], bool]:
    """What a search finds among these relations, in order, each a dict of the columns with its `hit`; and whether
    there is more than it lists."""
    hits = {hit.relation_id: hit for hit in find_for(user, asked.q, on=on, limit=SEARCH_LIMIT)}
    wanted = tuple(dict.fromkeys((*names, "sort_key")))
    kept = visible.order_by().filter(pk__in=list(hits)).values_list(*wanted)
    found = {values["pk"]: values for row in kept for values in [dict(zip(wanted, row, strict=True))]}
    rows = [found[pk] | {"hit": hit} for pk, hit in hits.items() if pk in found and (hit.exact or not asked.exactly)]
    if asked.order:
        rows = asked.ordering.sort(rows, descending=asked.descending)
    return rows, len(hits) == SEARCH_LIMIT


def _found_page(user, visible: QuerySet, asked: Asked, names: tuple[str, ...], *, on: date) -> Page:
    found, more = ranked(user, visible, asked, names, on=on)
    start = int(asked.after) if asked.after.isascii() and asked.after.isdecimal() and len(asked.after) < 4 else 0
    size = asked.size
    rows = [Row(values, hit=values["hit"]) for values in found]
    page = Page(rows[start : start + size], first=start + 1, count=len(rows), more=more)
    page.exact = sum(row.hit.exact for row in rows)
    page.alike = len(rows) - page.exact
    page.alike_words = _alike_words(rows)
    page.next = str(start + size) if start + size < len(rows) else ""
    page.previous = str(max(start - size, 0)) if start else ""
    return page


def _alike_words(rows: list[Row]) -> list[str]:
    """At most three words that were taken for what was typed."""
    words = [match.text for row in rows if not row.hit.exact for match in row.hit.why if match.kind == "word"]
    return list(dict.fromkeys(words))[:3]
