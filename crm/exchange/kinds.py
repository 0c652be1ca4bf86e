"""What goes out: kinds of rows with their columns, and the sources (a list, a card) that say of whom.

Slices register both in their own `exchange.py`. The engine knows no model: it asks a source for its subjects, a kind
for its rows of those subjects, and writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from crm.access.queries import rights_of
from crm.access.rights import READ_RIGHT, Right
from crm.core.field_classes import PUBLIC
from crm.exchange.columns import Column


@dataclass(frozen=True)
class Kind:
    """`narrow(user, subjects, *, on)`: the rows of this kind of these subjects that this user may take out, in the
    order of the file. `read(user, chosen, *, on, columns)`: those rows as tuples in the order of `columns`, read in
    pieces with a number of queries that does not depend on how many rows there are in a piece.

    `right`: what the kind asks for beside `Right.EXPORT`, in the same administration. `guarded`: classes that `narrow`
    sees to row by row, so that their columns are open in all that is left. `vcard`: columns of which cards are made.
    `per_administration`: a file holds rows of one administration, which is the `administration` of a row.
    """

    key: str
    label: Any
    columns: tuple[Column, ...]
    narrow: Callable[..., QuerySet]
    read: Callable[..., Iterator[tuple]]
    standard: tuple[str, ...] = ()
    right: Right | None = None
    guarded: frozenset[str] = frozenset()
    vcard: tuple[str, ...] = ()
    per_administration: bool = False

    def offered_to(self, user) -> bool:
        return bool(exporting_administrations(user, self.right)) or user.is_superuser

    def closed_columns(self, user) -> set[str]:
        """Names of the columns that this user may not read in every administration that rows can come from."""
        open_classes = exportable_classes(user) | self.guarded
        return {column.name for column in self.columns if column.field_class not in open_classes}

    def offered_columns(self, user) -> list[Column]:
        closed = self.closed_columns(user)
        return [column for column in self.columns if column.name not in closed]

    def chosen_columns(self, user, names) -> list[Column]:
        """The columns with these names, in this order; what is closed or unknown is left out."""
        offered = {column.name: column for column in self.offered_columns(user)}
        return [offered[name] for name in dict.fromkeys(names) if name in offered]

    def rows(self, user, chosen: QuerySet, *, on: date, columns) -> Iterator[tuple]:
        """Rows in the order of `columns`. Raises PermissionError for a column that is closed to this user."""
        if closed := self.closed_columns(user) & {column.name for column in columns}:
            raise PermissionError(f"closed to this user: {', '.join(sorted(closed))}")
        return self.read(user, chosen, on=on, columns=columns)


@dataclass(frozen=True)
class Source:
    """Of whom the rows are. `asked` is what its address says; it is kept with a job and read again by it.

    `subjects(user, asked, *, on)`: a queryset, narrowed to what this user may take out, in the order asked.
    `words(user, asked)`: the same for a person who reads the log; `back(asked)`: the page it was asked on.
    `fold(query)`: an address's QueryDict as `asked`. `kinds`: the keys of the kinds that it has rows of.
    """

    key: str
    label: Any
    subjects: Callable[..., QuerySet]
    words: Callable[..., str]
    back: Callable[[str], str]
    fold: Callable[..., str]
    kinds: tuple[str, ...] = ()


_kinds: dict[str, Kind] = {}
_sources: dict[str, Source] = {}


def register(kind: Kind) -> Kind:
    _kinds[kind.key] = kind
    return kind


def kind(key: str) -> Kind:
    """Raises KeyError for no kind."""
    return _kinds[key]


def kinds() -> list[Kind]:
    """In the order in which they were registered."""
    return list(_kinds.values())


def register_source(source: Source) -> Source:
    _sources[source.key] = source
    return source


def source(key: str) -> Source:
    """Raises KeyError for no source."""
    return _sources[key]


def exporting_administrations(user, right: Right | None = None) -> set[int]:
    """Where this user may take lists out, and has this right too."""
    rights = rights_of(user)
    where = rights.administrations(Right.EXPORT)
    return where if right is None else where & rights.administrations(right)


def exportable_classes(user) -> frozenset[str]:
    """Field classes that this user reads in every administration where they may take lists out."""
    if user.is_superuser:
        return frozenset(READ_RIGHT)
    rights = rights_of(user)
    where = rights.administrations(Right.EXPORT)
    if not where:
        return frozenset({PUBLIC})
    return frozenset(c for c, right in READ_RIGHT.items() if right is None or rights.administrations(right) >= where)
