"""Rows to a file, a row at a time: CSV, XLSX, JSON and XML. Nothing is held in memory but the row (XLSX: 12 MB).

    with open(path, "wb") as target:
        count = write("csv", target, columns, rows)

`rows` gives one sequence of values per row, in the order of `columns`. What is written is read back by
`crm.exchange.reading` to the same texts; XLSX has no room for more than 32,767 characters in a cell, and says so.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

import orjson
from django.utils.translation import gettext as _

from crm.exchange.columns import NUMERIC, Column, texts_of
from crm.exchange.guarding import guarded

FORMS = ("csv", "xlsx", "json", "xml")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xml": "application/xml",
}
LONGEST_SHEET_CELL = 32_767
SHORT = LONGEST_SHEET_CELL // 2  # in characters, each of which may count for two
MOST_SHEET_ROWS = 1_048_575  # and the headings
LARGEST_EXACT_WHOLE = 2**53
BLOCK_ROWS = 1_000
# what XML 1.0 has no way to write
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TO_ESCAPE = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

Rows = Iterable[Sequence[Any]]


class UnableToWrite(ValueError):
    """This form has no room for what has to be written; the message says what to choose instead."""


def write(form: str, target: BinaryIO, columns: Sequence[Column], rows: Rows, *, name: str = "rows") -> int:
    """Write all rows; returns how many. Raises UnableToWrite, KeyError for an unknown form.

    `name` is the root element of XML and the name of the sheet.
    """
    return _WRITERS[form](target, columns, rows, name)


def _csv(target: BinaryIO, columns: Sequence[Column], rows: Rows, name: str) -> int:
    """UTF-8 with its mark and ";", which Dutch spreadsheet programs open with a double click."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", errors="replace", write_through=False)
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([guarded(str(column.label)) for column in columns])
    cells = [_guarding(column) for column in columns]
    count = 0
    for row in rows:
        # no call for what most cells are: a text that begins with a letter or a digit
        writer.writerow(
            [
                value if type(value) is str and value[:1].isalnum() else cell(value)
                for cell, value in zip(cells, row, strict=True)
            ]
        )
        count += 1
    text.flush()
    text.detach()
    return count


def _guarding(column: Column):
    if column.form in NUMERIC or column.form != "text":
        return texts_of(column.form)
    return _guarded_text


def _guarded_text(value) -> str:
    """One call for nearly every cell: what begins with a letter or a digit is no formula."""
    if type(value) is not str:
        if value is None:
            return ""
        value = str(value)
    return value if not value or value[0].isalnum() else guarded(value)


def _json(target: BinaryIO, columns: Sequence[Column], rows: Rows, name: str) -> int:
    """A list of records, one on each line; days and moments as ISO 8601, amounts as texts that lose no cent."""
    names = [column.name for column in columns]
    makes = [_for_json(column) for column in columns]
    count, before = 0, b"[\n"
    for row in rows:
        record = {
            name: value if value is None or type(value) is str else make(value)
            for name, make, value in zip(names, makes, row, strict=True)
        }
        # at once: a thousand of them kept to be joined cost more than they save
        target.write(before)
        target.write(_as_json(record))
        before = b",\n"
        count += 1
    target.write(b"\n]\n" if count else b"[\n]\n")
    return count


def _for_json(column: Column):
    """Of values that are there and are no text."""
    if column.form in ("whole", "yes_no"):
        return lambda value: value
    return texts_of(column.form)


def _as_json(record: dict) -> bytes:
    try:
        return orjson.dumps(record)
    except (orjson.JSONEncodeError, TypeError):
        # a lone surrogate, or a number over 64 bits
        return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")


def _xml(target: BinaryIO, columns: Sequence[Column], rows: Rows, name: str) -> int:
    """`<rows><row><column>…</column></row></rows>`; empty values are left out. `xsd` describes it."""
    opens = [f"<{column.name}>" for column in columns]
    closes = [f"</{column.name}>" for column in columns]
    makes = [texts_of(column.form) for column in columns]
    target.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}>\n'.encode())
    count, waiting = 0, []
    for row in rows:
        parts = ["<row>"]
        for opening, closing, make, value in zip(opens, closes, makes, row, strict=True):
            if text := make(value):
                if _TO_ESCAPE.search(text):
                    text = escape(_NOT_IN_XML.sub("", text), {"\r": "&#13;"})
                parts += (opening, text, closing)
        waiting.append("".join(parts) + "</row>\n")
        count += 1
        if len(waiting) == BLOCK_ROWS:
            target.write("".join(waiting).encode())
            waiting.clear()
    target.write("".join(waiting).encode())
    target.write(f"</{name}>\n".encode())
    return count


_XSD_TYPES = {
    "text": "xs:string",
    "phone": "xs:string",
    "whole": "xs:integer",
    "amount": "xs:decimal",
    "date": "xs:date",
    "moment": "xs:dateTime",
    "yes_no": "xs:boolean",
}


def xsd(columns: Sequence[Column], *, name: str = "rows") -> bytes:
    """The schema of what `write("xml", …)` makes, each column with its label in the language of now."""
    elements = "".join(
        f'          <xs:element name="{column.name}" type="{_XSD_TYPES[column.form]}" minOccurs="0">'
        f"<xs:annotation><xs:documentation>{escape(str(column.label))}</xs:documentation></xs:annotation>"
        f"</xs:element>\n"
        for column in columns
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
  <xs:element name={quoteattr(name)}>
    <xs:complexType>
      <xs:sequence>
        <xs:element name="row" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
          <xs:sequence>
{elements}          </xs:sequence>
        </xs:complexType></xs:element>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>
""".encode()


def _xlsx(target: BinaryIO, columns: Sequence[Column], rows: Rows, name: str) -> int:
    """One sheet. Texts are texts, never formulas; days and amounts are days and numbers; long numbers are texts."""
    import tempfile

    import rustpy_xlsxwriter

    labels = _distinct([str(column.label) for column in columns])
    makes = [_FOR_SHEET.get(column.form, _sheet_text) for column in columns]
    counter = _Counter()

    def records() -> Iterator[dict]:
        for row in rows:
            counter.count += 1
            if counter.count > MOST_SHEET_ROWS:
                raise UnableToWrite(_("A sheet has room for 1,048,575 rows. Choose CSV."))
            yield {
                label: value if type(value) is str and 0 < len(value) < SHORT else make(value)
                for label, make, value in zip(labels, makes, row, strict=True)
            }

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as made:
        found = records()
        first = next(found, None)
        # without a row the library writes no headings either
        every = [dict.fromkeys(labels, "")] if first is None else _chain(first, found)
        rustpy_xlsxwriter.write_worksheet(
            every, made.name, sheet_name=_sheet_name(name), freeze_row=1, bold_headers=True, datetime_format=None
        )
        while block := made.read(1024 * 1024):
            target.write(block)
    return counter.count


class _Counter:
    count = 0


def _chain(first: dict, others: Iterator[dict]) -> Iterator[dict]:
    yield first
    yield from others


def _distinct(labels: list[str]) -> list[str]:
    """Records have a name per column: two equal headings would become one."""
    seen: dict[str, int] = {}
    made = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return made


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", name)[:31].strip() or "rows"


def _sheet_text(value) -> str | None:
    if value is None or value == "":
        return None
    text = value if type(value) is str else str(value)
    if len(text) > SHORT and len(text.encode("utf-16-le", "replace")) // 2 > LONGEST_SHEET_CELL:
        raise UnableToWrite(_("A cell of a sheet has room for 32,767 characters, and a text is longer. Choose CSV."))
    return text


def _sheet_whole(value):
    if value is None or isinstance(value, str):
        return value
    return value if abs(value) < LARGEST_EXACT_WHOLE else str(value)


def _sheet_amount(value):
    """A number where that loses nothing: fifteen digits is what a sheet keeps."""
    if not isinstance(value, Decimal):
        return value
    return float(value) if len(value.as_tuple().digits) <= 15 else format(value, "f")


def _sheet_day(value: date | None):
    """As text: days before 1900 are no days to a sheet, and the others would depend on its language."""
    return None if value is None else value.isoformat()


_FOR_SHEET = {
    "whole": _sheet_whole,
    "amount": _sheet_amount,
    "date": _sheet_day,
    "moment": texts_of("moment"),
    "yes_no": lambda value: value,
}
_WRITERS = {"csv": _csv, "xlsx": _xlsx, "json": _json, "xml": _xml}
