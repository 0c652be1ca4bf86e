"""Where a relation stands in the list it was opened from: "2 of 128", the one before it and the one after it.

The address of a card that was opened from a narrowed or sorted list carries that list's query: `?list=q%3Dbrink`. So
the place survives a reload, a bookmark and a colleague, and Back is simply the list's own address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from crm.relations.listing import asked as listing_asked
from crm.relations.listing.asked import Asked
from crm.relations.listing.orders import encode
from crm.relations.listing.page import COUNTED, narrowed, ranked
from crm.relations.models import Relation

PARAMETER = "list"
LONGEST = 2_000


@dataclass(frozen=True)
class Place:
    """`at` of `count`, as far as counting goes (1,000; beyond that `at` is None); numbers of the relations beside it.

    `suffix` goes behind the address of a card that is opened in the same list.
    """

    at: int | None
    count: int
    more: bool
    previous: int | None
    following: int | None
    suffix: str
    list_url: str


def suffix_of(asked: Asked) -> str:
    """What the links of a list add to the address of a card; "" for the whole list by name, which needs no telling."""
    kept = asked.parameters(columns="", size="", view="", after="", before="")
    return f"?{urlencode({PARAMETER: urlencode(kept, safe=',')})}" if kept else ""


def place_in_list(request: HttpRequest, relation: Relation) -> Place | None:
    """None when the card was not opened from a list, or no longer stands in it. At most six queries."""
    query = request.GET.get(PARAMETER, "")
    if not query or len(query) > LONGEST:
        return None
    asked = listing_asked.read(request.user, QueryDict(query))
    place = _searched if asked.q else _sorted
    return place(request.user, asked, relation, on=request.on)


def _searched(user, asked: Asked, relation: Relation, *, on: date) -> Place | None:
    rows, more = ranked(user, narrowed(user, asked, on=on), asked, ("pk", "number"), on=on)
    numbers = [row["number"] for row in rows]
    if relation.number not in numbers:
        return None
    at = numbers.index(relation.number)
    previous = numbers[at - 1] if at else None
    following = numbers[at + 1] if at + 1 < len(numbers) else None
    return _place(asked, at + 1, len(numbers), more, previous, following)


def _sorted(user, asked: Asked, relation: Relation, *, on: date) -> Place | None:
    visible = narrowed(user, asked, on=on)
    if not visible.filter(pk=relation.pk).exists():
        return None
    order = asked.ordering
    key = encode(order.key_of(relation))
    found = {}
    for side in ("after", "before"):
        cut = order.cut(
            visible, ("number",), **{"after": "", "before": "", side: key}, descending=asked.descending, size=1
        )
        found[side] = cut.rows[0][0] if cut.rows else None
    counted = visible.order_by().values("pk")[: COUNTED + 1].count()
    earlier = order.earlier(visible, relation, descending=asked.descending)
    at = None if earlier is None else earlier.order_by().values("pk")[: COUNTED + 1].count() + 1
    return _place(
        asked,
        at if at is not None and at <= COUNTED else None,
        min(counted, COUNTED),
        counted > COUNTED,
        found["before"],
        found["after"],
    )


def _place(asked: Asked, at, count, more, previous, following) -> Place:
    list_url = f"{reverse('relations:list')}{asked.link(after='', before='')}"
    return Place(at, count, more, previous, following, suffix_of(asked), list_url)
