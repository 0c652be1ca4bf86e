"""Files that people give us, read in a process of their own (design/reliability.md 24).

Whatever the file does to that process, its parent goes on and has a sentence for whoever sent it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.exchange.guarding import unguarded
from crm.exchange.reader import limits

SENTENCES = {
    "empty": gettext_noop("The file is empty: there is no line with headings."),
    "too_large": gettext_noop("The file is larger than %(most)d MB. Split it."),
    "encoding": gettext_noop("The characters of this file cannot be read. Save it as “CSV UTF-8”."),
    "csv": gettext_noop("Line %(line)d cannot be read as CSV. Save the list as CSV again."),
    "cell_too_long": gettext_noop(
        "Line %(line)d holds a cell of more than 64,000 characters. Is a quotation mark open there?"
    ),
    "line_too_long": gettext_noop("Line %(line)d is longer than a line can be. Is this a list?"),
    "binary": gettext_noop("This is no list: it holds characters that are no text (line %(line)d)."),
    "old_office": gettext_noop("This is a file of an old Excel. Save it as .xlsx or CSV."),
    "xlsx": gettext_noop("This Excel file is damaged, or sealed with a password. Save it again without one."),
    "zip_entries": gettext_noop("This Excel file has more than %(most)d parts. Save only the sheet with the list."),
    "zip_path": gettext_noop("This file has parts outside its own folder. It was not made by a spreadsheet program."),
    "macros": gettext_noop("This Excel file holds macros. Save it as .xlsx, without them."),
    "unpacks_too_large": gettext_noop("This file unpacks to more than we read. Save only the sheet with the list."),
    "document_type": gettext_noop("This file brings a document type along, which we do not read. Leave it out."),
    "too_many_columns": gettext_noop("The list has %(found)d columns; at most %(most)d are read."),
    "too_many_rows": gettext_noop("The list has more than %(most)d rows. Split it."),
    "row_too_long": gettext_noop(
        "Line %(line)d has %(cells)d cells, and there are %(headings)d headings. Is there a separator in a value?"
    ),
    "xml": gettext_noop("Line %(line)d is no well-formed XML."),
    "json": gettext_noop("The file is no well-formed JSON (line %(line)d)."),
    "no_list": gettext_noop("Expected a list of records in this JSON file."),
    "no_record": gettext_noop("Item %(line)d is no record with names and values."),
    "nested": gettext_noop("Values have to be plain: something lies inside a value near %(line)d."),
    "name_twice": gettext_noop("“%(name)s” stands twice in one record (line %(line)d)."),
    "too_much": gettext_noop("This file asks more memory or time than a list should. Split it, or save it as CSV."),
}


class UnreadableFile(ValidationError):
    """The file is not one we can read; the message says what to do. `code` is one of SENTENCES."""

    def __init__(self, code: str, **values):
        super().__init__(_(SENTENCES[code]) % values if values else _(SENTENCES[code]), code=code)


@dataclass(frozen=True)
class Table:
    """What came out of a file. `about`: sheet and other sheets, or encoding and separator."""

    form: str
    headings: list[str]
    count: int
    rows_file: Path
    about: dict

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line in the file, cells as long as the headings), one at a time; without CSV's guard against formulas."""
        is_csv = self.form == "csv"
        with open(self.rows_file, encoding="utf-8") as lines:
            for text in lines:
                line, *cells = json.loads(text)
                yield line, [unguarded(cell) for cell in cells] if is_csv else cells


def read_file(source: Path, rows_file: Path) -> Table:
    """Read a list from `source` (CSV, XLSX, XML or JSON, told by its bytes) into `rows_file`.

    Takes at most half a minute. Raises UnreadableFile.
    """
    if source.stat().st_size > limits.MOST_BYTES:
        raise UnreadableFile("too_large", most=limits.MOST_BYTES // (1024 * 1024))
    told = run_reader(source, rows_file)
    if code := told.get("refused"):
        rows_file.unlink(missing_ok=True)
        raise UnreadableFile(code, **told["values"])
    about = {name: value for name, value in told.items() if name not in ("form", "headings", "rows", "peak_megabytes")}
    return Table(told["form"], told["headings"], told["rows"], rows_file, about)


def run_reader(source: Path, rows_file: Path) -> dict:
    """What the process that reads tells: form, headings, rows and peak_megabytes, or "refused" with its values."""
    command = [sys.executable, "-I", "-c", READER, str(settings.BASE_DIR), str(source), str(rows_file)]
    # one arena for the threads of libraries: memory is counted, also what is only set aside
    environment = {"LANG": "C", "MALLOC_ARENA_MAX": "1"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=limits.MOST_SECONDS + 5,
            env=environment,
        )
        if done.returncode == 0:
            return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        pass
    return {"refused": "too_much", "values": {}}


# isolated (-I) from variables and the user's own packages, so its own folder has to be told
READER = (
    "import sys, pathlib; sys.path.insert(0, sys.argv[1]); from crm.exchange.reader.main import main;"
    " main(*map(pathlib.Path, sys.argv[2:]))"
)
