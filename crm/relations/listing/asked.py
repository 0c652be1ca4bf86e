"""What the address of the list asks for, and the address of the same list with something else about it.

Everything that decides what one sees stands in the address, so a link shows a colleague the same list, as far as
they may see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from crm.access.queries import rights_of
from crm.relations.listing import columns, filters, orders
from crm.relations.listing.filters import Filter

SIZES = (25, 50, 100)
STANDARD_SIZE = 50
LONGEST_QUESTION = 200
# a saved view marks the links of its list; what the list shows does not depend on it
VIEW = "view"
EVERYTHING = "all"


@dataclass(frozen=True)
class Applied:
    """A filter that is on, with its value and how it stands in the address."""

    filter: Filter
    raw: str
    value: Any


@dataclass(frozen=True)
class Asked:
    """`exactly`: of a search only what fits as typed. `refused`: (filter, as it stands in the address, "hidden" or
    "value") of filters that the user may not use, or with a value that is none; nothing is shown while there are any.
    `columns`: the keys as asked, () for the usual ones. `known`: all of it as parameters of an address."""

    q: str = ""
    applied: tuple[Applied, ...] = ()
    refused: tuple[tuple[Filter, str, str], ...] = ()
    order: str = ""
    columns: tuple[str, ...] = ()
    exactly: bool = False
    size: int = STANDARD_SIZE
    after: str = ""
    before: str = ""
    view: str = ""
    known: dict[str, str] = field(default_factory=dict, compare=False)

    def has(self, key: str) -> bool:
        return any(one.filter.key == key for one in self.applied)

    @property
    def descending(self) -> bool:
        return self.order.startswith("-")

    @property
    def ordering(self) -> orders.Order:
        return orders.ORDERS[self.order.removeprefix("-") or orders.STANDARD]

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.applied or self.refused)

    def parameters(self, **changes: Any) -> dict[str, str]:
        """Of this same list, in a fixed order; a change to "" takes one away, and any change pages from the start."""
        wanted = dict(self.known)
        if not changes:
            wanted |= {"after": self.after, "before": self.before}
        wanted |= {name: str(value) for name, value in changes.items()}
        return {name: value for name, value in wanted.items() if value}

    def link(self, **changes: Any) -> str:
        """The query of the address. Never empty: an address without one opens the view that one begins with."""
        return "?" + (urlencode(self.parameters(**changes), safe=",") or f"{VIEW}={EVERYTHING}")

    def stored(self) -> str:
        """What a saved view keeps: everything but the page and the name of a view."""
        kept = self.parameters(after="", before="", view="")
        return urlencode(kept, safe=",")

    def without_paging(self) -> Asked:
        return replace(self, after="", before="")


def read(user, given: QueryDict) -> Asked:
    """What this address asks, for this user."""
    rights = rights_of(user)
    known: dict[str, str] = {}
    q = given.get("q", "").strip()[:LONGEST_QUESTION]
    if q:
        known["q"] = q
    exactly = bool(q) and given.get("exactly") == "yes"
    if exactly:
        known["exactly"] = "yes"
    applied, refused = [], []
    for one in filters.registered():
        raw = given.get(one.key, "").strip()
        if not raw and one.kind == "relation":
            # without JavaScript the number is typed where a name is looked up
            typed = given.get(f"{one.key}_text", "").strip()
            raw = typed if typed.isdecimal() else ""
        if not raw:
            continue
        known[one.key] = raw
        if not one.allowed(rights):
            refused.append((one, raw, "hidden"))
            continue
        try:
            applied.append(Applied(one, raw, one.read(raw)))
        except filters.NotAValue:
            refused.append((one, raw, "value"))
    order = given.get("order", "")
    if order.removeprefix("-") not in orders.ORDERS or order == orders.STANDARD:
        order = ""
    keys = column_keys(given.getlist("columns"))
    size = given.get("size", "")
    size = int(size) if size in map(str, SIZES) else STANDARD_SIZE
    view = given.get(VIEW, "")
    view = view if view == EVERYTHING or (view.isascii() and view.isdecimal() and len(view) < 15) else ""
    known |= {
        "order": order,
        "columns": ",".join(keys),
        "size": "" if size == STANDARD_SIZE else str(size),
        VIEW: view,
    }
    return Asked(
        q=q,
        applied=tuple(applied),
        refused=tuple(refused),
        order=order,
        columns=keys,
        exactly=exactly,
        size=size,
        after=given.get("after", ""),
        before=given.get("before", ""),
        view=view,
        known=known,
    )


def column_keys(values: Iterable[str]) -> tuple[str, ...]:
    """Keys given as "a,b" or one by one, each once; at most as many as there can be."""
    keys = [key.strip() for value in values for key in value.split(",")]
    known = [key for key in keys if key and len(key) <= 40 and key.replace("_", "").isalnum()]
    return tuple(dict.fromkeys(known))[: columns.MOST]
