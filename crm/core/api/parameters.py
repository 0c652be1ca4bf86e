"""What stands behind the question mark of an address, read strictly: a name or a value that is none is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.core.api.problems import Problem
from crm.core.field_classes import PUBLIC

BIGGEST_KEY = 2**63 - 1

Row = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A filter of a list. `narrow(rows, raw, user, on)` raises Problem; `allowed(rights)`: else it is refused."""

    name: str
    narrow: Callable[..., QuerySet]
    allowed: Callable[[Any], bool] = lambda rights: True
    description: Any = ""
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True)
class Expansion:
    """What `?expand=` brings along: `fill(rows, user, on)` puts it in the rows of a page, in one query."""

    name: str
    fill: Callable[..., None]
    # columns that `fill` needs in the rows
    needs: tuple[str, ...] = ()
    # of what it adds; None: it stands in the place of a field
    schema: dict[str, Any] | None = None


@dataclass
class Asked:
    """What a request asks of a list or a record. `names` of columns in the order in which they are answered."""

    names: tuple[str, ...]
    expand: tuple[str, ...]
    on: date | None
    today: date
    full: bool

    @property
    def day(self) -> date:
        return self.on or self.today


def key_of(pk: Any) -> int:
    """A key out of an address. Raises Problem (404) for what is none."""
    text = str(pk)
    if text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= BIGGEST_KEY:
        return int(text)
    raise Problem("not_found")


def words_of(given: str | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(dict.fromkeys(word.strip() for word in given.split(",") if word.strip()))


def day_of(given: str | None) -> date | None:
    if given is None:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or len(given) != 10 or not 1900 <= day.year <= 2200:
        raise Problem("bad_parameter", _("on is a day such as 2026-11-25, between 1900 and 2200."))
    return day


def column_parameter(name: str, column: str, parse: Callable[[str], Any], *, field_class: str = PUBLIC, **words):
    """A filter on the whole value of a column; `parse` raises ValueError for what is none."""

    def narrow(rows: QuerySet, raw: str, *, user, on) -> QuerySet:
        try:
            value = parse(raw)
        except (ValueError, ValidationError) as wrong:
            raise Problem("bad_parameter", _("%(name)s cannot have this value.") % {"name": name}) from wrong
        return rows.filter(**{column: value})

    return Parameter(name, narrow, lambda rights: field_class in rights.readable_classes(), **words)


def whole_number(raw: str) -> int:
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 20 and int(raw) <= BIGGEST_KEY):
        raise ValueError(raw)
    return int(raw)
