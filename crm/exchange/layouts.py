"""Ready files for other programs: which columns, under which headings, how long at most. Data, not code.

What comes with the product is a data file of the slice that registers it; what an office corrects is a row
(`FileLayout`) that wins, so that a vendor who renames a field needs no new version of ours.
"""

import csv
import io
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.exchange.columns import NUMERIC, Column, texts_of
from crm.exchange.guarding import guarded
from crm.exchange.models import FileLayout

# what may be cut where a program has less room; anything else that does not fit stays empty, for half an address of
# mail or half an account number is a wrong one
MAY_BE_CUT = frozenset(
    {"name", "search_name", "attention", "holder", "street", "address_line", "city", "given_name", "family_name"}
)
MOST_COLUMNS = 100


@dataclass(frozen=True)
class LayoutColumn:
    """`source`: the name of a column, or "" for `constant` in every row. `longest`: characters, 0 for no end."""

    heading: str
    source: str = ""
    constant: str = ""
    longest: int = 0


@dataclass(frozen=True)
class Layout:
    """`text` has a line per column, as `read_columns` reads it. `corrected`: an office's own instead of ours."""

    key: str
    label: str
    separator: str
    text: str
    kinds: tuple[str, ...]
    corrected: bool = False

    def columns(self, kind: str) -> list[LayoutColumn]:
        return read_columns(self.text, variant=self.kinds.index(kind))


_shipped: dict[str, Layout] = {}


def register_layouts(path: Path, *, kinds: tuple[str, ...]) -> None:
    """Offer the layouts of a data file for these kinds; the place of a kind says which of "a | b" is its own."""
    for key, values in tomllib.loads(path.read_text(encoding="utf-8")).items():
        _shipped[key] = Layout(key, values["label"], values["separator"], values["columns"].strip(), kinds)


def layouts(kind: str | None = None) -> list[Layout]:
    """As they hold now, for a kind or all of them; one query."""
    found = {one.key: one for one in FileLayout.objects.all()}
    return [
        _corrected(layout, found.get(layout.key))
        for layout in _shipped.values()
        if kind is None or kind in layout.kinds
    ]


def layout(key: str) -> Layout:
    """Raises KeyError for none."""
    return _corrected(_shipped[key], FileLayout.objects.filter(key=key).first())


def _corrected(layout: Layout, row: FileLayout | None) -> Layout:
    if row is None:
        return layout
    return Layout(layout.key, layout.label, row.separator, row.text, layout.kinds, corrected=True)


def read_columns(text: str, *, variant: int = 0, known: Iterable[str] | None = None) -> list[LayoutColumn]:
    """The columns that the lines say. Raises ValidationError with each line that cannot be read, and why.

    `known`: names of columns there are; None takes any.
    """
    columns, errors = [], []
    names = None if known is None else set(known)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            columns.append(_column(line, variant, names))
        except ValueError as wrong:
            errors.append(_("Line %(number)d, “%(line)s”: %(why)s") % {"number": number, "line": line, "why": wrong})
    if not columns and not errors:
        errors.append(_("Write at least one column."))
    if len(columns) > MOST_COLUMNS:
        errors.append(_("No more than %(most)d columns.") % {"most": MOST_COLUMNS})
    if errors:
        raise ValidationError(errors)
    return columns


def _column(line: str, variant: int, known: set[str] | None) -> LayoutColumn:
    heading, colon, rest = line.partition(":")
    source, longest = rest.strip(), 0
    before, comma, after = source.rpartition(",")
    if comma and after.strip().isdecimal():
        source, longest = before.strip(), int(after)
    heading, source = _variant(heading, variant), _variant(source, variant)
    if not colon or not heading or not source:
        raise ValueError(_("expected “heading: column” or “heading: column, length”."))
    if source.startswith('"'):
        if len(source) < 2 or not source.endswith('"'):
            raise ValueError(_("a fixed text stands between two quotation marks."))
        return LayoutColumn(heading, constant=source[1:-1], longest=longest)
    if known is not None and source not in known:
        raise ValueError(_("there is no column “%(name)s”.") % {"name": source})
    return LayoutColumn(heading, source, longest=longest)


def _variant(text: str, variant: int) -> str:
    parts = [part.strip() for part in text.split(" | ")]
    return parts[min(variant, len(parts) - 1)]


def write_layout(
    target: BinaryIO, layout: Layout, kind: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> int:
    """CSV in UTF-8 with its mark, in the columns of the layout; returns how many rows.

    A column that is not among `columns` (closed to who asks) stays empty.
    """
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", errors="replace")
    text.write("\ufeff")
    wanted = layout.columns(kind)
    writer = csv.writer(text, delimiter=layout.separator, lineterminator="\r\n")
    writer.writerow([guarded(column.heading) for column in wanted])
    places = {column.name: place for place, column in enumerate(columns)}
    cells = [_cell(column, places, columns) for column in wanted]
    count = 0
    for row in rows:
        writer.writerow([cell(row) for cell in cells])
        count += 1
    text.flush()
    text.detach()
    return count


def _cell(wanted: LayoutColumn, places: dict[str, int], columns: Sequence[Column]) -> Callable[[Sequence], str]:
    if not wanted.source or wanted.source not in places:
        return lambda row: wanted.constant
    place = places[wanted.source]
    column = columns[place]
    make = texts_of(column.form)
    fits = _fitting(wanted)
    if column.form in NUMERIC or column.form != "text":
        return lambda row: fits(make(row[place]))
    return lambda row: guarded(fits(make(row[place])))


def _fitting(wanted: LayoutColumn) -> Callable[[str], str]:
    longest = wanted.longest
    if not longest:
        return lambda text: text
    if wanted.source in MAY_BE_CUT:
        return lambda text: text[:longest].rstrip()
    return lambda text: text if len(text) <= longest else ""
