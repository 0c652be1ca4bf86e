"""Lists as people send them, and files that nobody should send: each is read or gets a sentence, in bounded memory."""

import io
import json
import random
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.exchange.reading import SENTENCES, UnreadableFile, read_file, run_reader

MEMBERS = [["nummer", "naam", "plaats"], ["1", "Brinck, van den", "’s-Hertogenbosch"], ["2", "Müller", ""]]


@pytest.fixture
def read(tmp_path):
    """Function of bytes: (headings, rows) as they were read."""

    def of(data: bytes):
        source = tmp_path / f"in-{random.randrange(10**12)}"
        source.write_bytes(data)
        table = read_file(source, source.with_suffix(".rows"))
        rows = [cells for _line, cells in table.rows()]
        assert len(rows) == table.count
        return [table.headings, *rows]

    return of


def refusal(read, data: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(data)
    assert "%(" not in refused.value.message
    return refused.value.code


def as_csv(rows, separator=";", end="\r\n"):
    return end.join(separator.join(f'"{cell}"' if separator in cell else cell for cell in row) for row in rows) + end


def workbook(rows) -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(target)
    return target.getvalue()


def zipped(**entries) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_is_read_in_every_encoding_with_every_separator(read, encoding, separator):
    assert read(as_csv(MEMBERS, separator).encode(encoding)) == MEMBERS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_with_every_line_end(read, end):
    assert read(as_csv(MEMBERS, end=end).encode()) == MEMBERS


def test_csv_keeps_quotation_marks_and_line_ends_in_a_cell(read):
    assert read(b'naam;notitie\nJan;"zei ""ja""\nen ging; weg"\n') == [
        ["naam", "notitie"],
        ["Jan", 'zei "ja"\nen ging; weg'],
    ]


def test_a_sheet_is_read_as_people_would_type_it(read):
    import datetime

    told = workbook([["a", "b", "c", "d"], [12, 1.5, datetime.date(2026, 11, 25), True], [None, "=1+1", "007", None]])

    assert read(told) == [["a", "b", "c", "d"], ["12", "1.5", "2026-11-25", "true"], ["", "", "007", ""]]


def test_xml_and_json_give_the_same_rows(read):
    xml = b"<leden><lid><nummer>1</nummer><naam>Jan &amp; Piet</naam></lid><lid><naam>X</naam></lid></leden>"
    told = json.dumps([{"nummer": 1, "naam": "Jan & Piet"}, {"naam": "X"}]).encode()

    assert read(xml) == read(told) == [["nummer", "naam"], ["1", "Jan & Piet"], ["", "X"]]


def test_lines_are_numbered_as_in_the_file(tmp_path):
    source = tmp_path / "in"
    source.write_bytes(b"a;b\n\n1;2\n;\n3;4\n")

    table = read_file(source, tmp_path / "rows")

    assert list(table.rows()) == [(3, ["1", "2"]), (5, ["3", "4"])]


BOMB = b"0" * (300 * 1024 * 1024)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><a><r><c>&b;</c></r></a>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a><r><c>1</c></r></a>'
HOSTILE = {
    "nothing": (lambda: b"", "empty"),
    "blanks": (lambda: b" \r\n\r\n", "empty"),
    "zeros": (lambda: bytes(5000), "empty"),
    "only separators": (lambda: b";;;\n;;;\n", "empty"),
    "a NUL in a cell": (lambda: b"a;b\n1;2\0\n", "binary"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "binary"),
    "a PDF": (lambda: b"%PDF-1.7 ...", "binary"),
    "an old Excel file": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "old_office"),
    "bytes of no encoding": (lambda: b"a;b\n\x81\x8d\x8f;\x90\n", "encoding"),
    "half of UTF-16": (lambda: "a;b\n1;2\n".encode("utf-16") + b"\x00", "encoding"),
    "one field of 30 MB": (lambda: b"a;b\n" + b"x" * 30_000_000, "line_too_long"),
    "one quoted field of 30 MB": (lambda: b'a;b\n1;"' + b"x\n" * 15_000_000, "cell_too_long"),
    "a cell over the limit": (lambda: b"a;b\n1;" + b"x" * 70_000 + b"\n", "cell_too_long"),
    "200,000 columns": (lambda: b";".join([b"k"] * 200_000) + b"\n", "too_many_columns"),
    "300,000 rows": (lambda: b"a;b\n" + b"1;2\n" * 300_000, "too_many_rows"),
    "a row longer than the headings": (lambda: b"a;b\n1;2;3\n", "row_too_long"),
    "no ZIP behind the mark": (lambda: b"PK\x03\x04" + bytes(200), "xlsx"),
    "a ZIP without a workbook": (lambda: zipped(a="b"), "xlsx"),
    "a bomb": (lambda: zipped(xl__workbook=b"", xl__big=BOMB), "unpacks_too_large"),
    "a bomb that calls itself a sheet": (
        lambda: zipped(**{"xl__worksheets__sheet1.xml": BOMB}),
        "unpacks_too_large",
    ),
    "5,000 entries": (lambda: zipped(**{f"e{n}": "" for n in range(5000)}), "zip_entries"),
    "a path out of the folder": (lambda: zipped(**{"..__..__etc__passwd": "x"}), "zip_path"),
    "a path from the root": (lambda: zipped(__etc__passwd="x"), "zip_path"),
    "macros": (lambda: zipped(**{"xl__vbaProject.bin": "x"}), "macros"),
    "a document type in a sheet": (lambda: zipped(**{"xl__workbook.xml": ENTITIES}), "document_type"),
    "a document type over a block's edge": (
        lambda: zipped(**{"a.xml": b" " * (1024 * 1024 - 4) + b"<!DOCTYPE x>"}),
        "document_type",
    ),
    "entities": (lambda: ENTITIES, "document_type"),
    "an outside entity": (lambda: OUTSIDE, "document_type"),
    "a billion laughs": (
        lambda: (
            b'<!DOCTYPE l [<!ENTITY a "ha">'
            + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1 if n else 0) * 10) for n in range(1, 10))
            + b"]><l><r><c>&a9;</c></r></l>"
        ),
        None,
    ),
    "XML 100,000 deep": (lambda: b"<a>" * 100_000, None),
    "XML that ends early": (lambda: b"<a><b><c>x</c></b>", "xml"),
    "XML of one huge text": (lambda: b"<a><b><c>" + b"x" * 20_000_000 + b"</c></b></a>", None),
    "an attribute bomb": (
        lambda: b"<a><b " + b" ".join(b'a%d="x"' % n for n in range(300_000)) + b"/></a>",
        None,
    ),
    "the same name twice": (lambda: b"<a><b><c>1</c><c>2</c></b></a>", "name_twice"),
    "HTML": (lambda: b"<html><body><table><tr><td>1</td></tr></table><br></body></html>", None),
    "JSON 100,000 deep": (lambda: b"[" * 100_000, "json"),
    "JSON that is no list": (lambda: b'{"a": 1}', "no_list"),
    "JSON of plain values": (lambda: b"[1, 2]", "no_record"),
    "JSON with a list inside": (lambda: b'[{"a": [1]}]', "nested"),
    "JSON with NaN in it": (lambda: b'[{"a": {"b": NaN}}]', "nested"),
    "JSON with a NUL": (lambda: b'[{"a": "x\\u0000"}]', "binary"),
    "JSON with a number of 200,000 digits": (lambda: b'[{"a": ' + b"9" * 200_000 + b"}]", "cell_too_long"),
    "JSON with 400 names": (lambda: json.dumps([{f"n{n}": 1 for n in range(400)}]).encode(), "too_many_columns"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_gets_a_sentence(read, name):
    make, expected = HOSTILE[name]

    code = refusal(read, make())

    assert code == expected if expected else code in SENTENCES


@pytest.mark.parametrize(
    "text", ["\u202eevil", "\ufeffx", "\ud7ff", "=cmd|' /C calc'!A0", "'=1+1", "../../etc/passwd"]
)
def test_strange_texts_come_through_as_texts(read, text):
    assert read(json.dumps([{"a": text}]).encode()) == [["a"], [text.strip()]]


def test_half_a_character_pair_is_replaced(read):
    assert read(b'[{"a": "x\\ud800y"}]') == [["a"], ["x?y"]]


@pytest.mark.parametrize("name", ["rows of CSV", "rows of a sheet", *HOSTILE])
def test_reading_stays_under_300_megabytes(tmp_path, name):
    source = tmp_path / "in"
    row = ["12345678", "Jansen", "Utrecht", "3511 AB", "j.jansen@example.org", "030-1234567", "lid", "2020-01-01"]
    if name == "rows of CSV":
        source.write_bytes(b"a;b;c;d;e;f;g;h\n" + (";".join(row) + "\n").encode() * 200_000)
    elif name == "rows of a sheet":
        source.write_bytes(workbook([row] * 20_000))
    else:
        source.write_bytes(HOSTILE[name][0]())

    told = run_reader(source, tmp_path / "rows")

    assert told.get("peak_megabytes", 0) < 300
    assert ("refused" in told) == (name in HOSTILE)


cells = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_spreadsheet_writes_is_read_again(read, rows):
    import csv

    target = io.StringIO()
    csv.writer(target, delimiter=";").writerows([["a", "b"], *rows])

    wanted = [[cell.strip() for cell in row] for row in rows]
    assert read(target.getvalue().encode("utf-8-sig")) == [["a", "b"], *(row for row in wanted if any(row))]
