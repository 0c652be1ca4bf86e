"""Which pages are the card of a record: opening one is noted in the log of looks.

A slice names its routes here by name; the middleware does the rest, so a view cannot forget it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """`model`: its label. `argument`: of the route; `column`: what that argument is of the record."""

    model: str
    argument: str
    column: str


_openings: dict[str, Opening] = {}


def opens(route: str, *, model: str, argument: str, column: str) -> None:
    """`opens("relations:card", model="relations.Relation", argument="number", column="number")`."""
    _openings[route] = Opening(model, argument, column)


def opening_of(route: str) -> Opening | None:
    return _openings.get(route)


def opened_models() -> list[str]:
    return sorted({one.model for one in _openings.values()})


for _route in ("relations:card", "relations:tab", "relations:edit", "relations:as-it-was"):
    opens(_route, model="relations.Relation", argument="number", column="number")
for _page in ("person", "organisation", "relation"):
    opens(f"admin:relations_{_page}_change", model="relations.Relation", argument="object_id", column="pk")
