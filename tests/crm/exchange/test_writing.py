"""What is written is read back, formulas and odd characters included, by the very reader that reads imports."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from crm.exchange.columns import Column
from crm.exchange.guarding import guarded, unguarded
from crm.exchange.reading import read_file
from crm.exchange.writing import FORMS, UnableToWrite, write, xsd

COLUMNS = [
    Column("number", "nummer", "whole"),
    Column("name", "naam"),
    Column("amount", "bedrag", "amount"),
    Column("day", "dag", "date"),
    Column("moment", "moment", "moment"),
    Column("member", "lid", "yes_no"),
    Column("phone", "telefoon", "phone"),
]
MOMENT = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
ROW = [12, "=1+1", Decimal("-1240.50"), date(1890, 2, 3), MOMENT, True, "+31 6 12345678"]
EMPTY = [None, "", None, None, None, None, ""]


def written(form, columns, rows) -> bytes:
    target = io.BytesIO()
    count = write(form, target, columns, iter(rows))
    assert count == len(rows)
    return target.getvalue()


@pytest.fixture
def read_back(tmp_path):
    def read(data: bytes):
        (tmp_path / "in").write_bytes(data)
        table = read_file(tmp_path / "in", tmp_path / "rows")
        return [
            {name: cell for name, cell in zip(table.headings, cells, strict=True) if cell}
            for _line, cells in table.rows()
        ]

    return read


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reads_back_what_was_written(read_back, form):
    amount = "-1240.5" if form == "xlsx" else "-1240.50"

    rows = read_back(written(form, COLUMNS, [ROW, EMPTY]))

    wanted = ["12", "=1+1", amount, "1890-02-03", "2026-11-25T13:30:00+01:00", "true", "+31 6 12345678"]
    headings = [column.name if form in ("json", "xml") else column.label for column in COLUMNS]
    assert rows == [dict(zip(headings, wanted, strict=True))]


def test_a_formula_in_csv_is_harmless_and_a_phone_stays_as_it_is():
    lines = written("csv", COLUMNS, [ROW]).decode("utf-8-sig").split("\r\n")

    assert lines[1] == "12;'=1+1;-1240.50;1890-02-03;2026-11-25T13:30:00+01:00;true;+31 6 12345678"


def test_a_sheet_holds_texts_and_numbers_and_no_formula():
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", COLUMNS, [ROW])))

    row = next(iter(book.active.iter_rows(min_row=2)))
    assert [(cell.value, cell.data_type) for cell in row] == [
        (12, "n"),
        ("=1+1", "s"),
        (-1240.5, "n"),
        ("1890-02-03", "s"),
        ("2026-11-25T13:30:00+01:00", "s"),
        (True, "b"),
        ("+31 6 12345678", "s"),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_give_a_file_with_headings_or_an_empty_list(form):
    data = written(form, COLUMNS, [])

    told = {
        "csv": lambda: data.decode("utf-8-sig") == "nummer;naam;bedrag;dag;moment;lid;telefoon\r\n",
        "xlsx": lambda: openpyxl.load_workbook(io.BytesIO(data)).active.cell(1, 2).value == "naam",
        "json": lambda: json.loads(data) == [],
        "xml": lambda: len(etree.fromstring(data)) == 0,
    }
    assert told[form]()


def test_xml_obeys_its_schema():
    schema = etree.XMLSchema(etree.fromstring(xsd(COLUMNS)))

    assert schema.validate(etree.fromstring(written("xml", COLUMNS, [ROW, EMPTY])))


def test_a_text_too_long_for_a_sheet_is_refused_and_not_cut():
    with pytest.raises(UnableToWrite):
        written("xlsx", COLUMNS[1:2], [["x" * 40_000]])


def test_a_long_number_loses_no_digit_in_a_sheet(read_back):
    assert read_back(written("xlsx", COLUMNS[:1], [[12345678901234567890]])) == [{"nummer": "12345678901234567890"}]


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20) | st.sampled_from(
    ["=1", "'=1", "''=1", " =1", "＝1", "@x", "-", "+", "'", '"=1', "'abc", "-5", "\t=1".strip()]
)


@given(texts)
@settings(max_examples=500)
def test_guarding_comes_back_to_the_same_text(text):
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("form", FORMS)
@given(rows=st.lists(st.tuples(texts.map(str.strip), texts.map(str.strip)), max_size=6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_characters_come_back_in_every_form(read_back, form, rows):
    columns = [Column("a", "a"), Column("b", "b")]
    # U+FFFE and U+FFFF are no characters, and XML has no place for them
    rows = [tuple(text.replace("\ufffe", "").replace("\uffff", "") for text in row) for row in rows]
    wanted = [{name: text for name, text in zip("ab", row, strict=True) if text} for row in rows if any(row)]
    if not wanted:
        return

    assert read_back(written(form, columns, rows)) == wanted
