"""What happened to a record, from every slice that knows of something: one timeline, newest first.

A slice registers a source in its own `timeline.py`, which core's `ready()` imports. A source answers with at most
`limit` happenings from before a moment, newest first, as far as this user may know of them; how many queries that
takes may not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone


@dataclass(frozen=True, order=True)
class Happening:
    """One line. `text` and `who` may be safe HTML; `tone`: "" ok warn bad; `url`: where more of it stands.

    `source` and `pk` make the place in the timeline exact when two things happened at the same moment.
    """

    at: datetime
    source: str
    pk: int
    icon: str = field(compare=False, default="note")
    text: Any = field(compare=False, default="")
    who: Any = field(compare=False, default="")
    tone: str = field(compare=False, default="")
    url: str = field(compare=False, default="")


@dataclass(frozen=True)
class Source:
    """`read(user, record, *, before, limit)`: happenings before the moment `before` (None: the newest)."""

    key: str
    label: Any
    read: Callable[..., Iterable[Happening]]
    order: int = 100


_sources: dict[type[models.Model], list[Source]] = {}


def add_source(model: type[models.Model], source: Source) -> None:
    """Let the timeline of records of this model tell of something more."""
    _sources.setdefault(model._meta.concrete_model, []).append(source)


def sources(model: type[models.Model]) -> list[Source]:
    return sorted(_sources.get(model._meta.concrete_model, []), key=lambda source: source.order)


@dataclass(frozen=True)
class Timeline:
    """`days`: (day, its happenings), newest first; `next`: pass it as `before` for the older ones, "" at the end."""

    days: list[tuple[date, list[Happening]]]
    next: str = ""

    @property
    def count(self) -> int:
        return sum(len(happenings) for _day, happenings in self.days)


def timeline_of(record: models.Model, user, *, before: str = "", limit: int = 50, only: str = "") -> Timeline:
    """A page of everything that happened to this record; `only`: of one source. A `before` without sense: the newest.

    The record has to come from `visible_to`; each source hides what this user may not know.
    """
    moment = _moment(before)
    found: list[Happening] = []
    for source in sources(type(record)):
        if only in ("", source.key):
            found += source.read(user, record, before=moment, limit=limit + 1)
    found.sort(reverse=True)
    page, more = found[:limit], len(found) > limit
    if more:
        # a page ends between two moments: what happened at the same one stays together
        kept = [one for one in page if one.at > found[limit].at]
        page = kept or page
    days: list[tuple[date, list[Happening]]] = []
    for one in page:
        day = timezone.localdate(one.at)
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(one)
    return Timeline(days, page[-1].at.isoformat() if more else "")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
