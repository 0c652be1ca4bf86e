"""CSV as it comes: any of three separators, UTF-8, UTF-16 or cp1252, a quoted line end in a cell."""

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from crm.exchange.reader.limits import MOST_CELL_BYTES
from crm.exchange.reader.refusals import Refused

SEPARATORS = ";,\t|"
BLOCK_BYTES = 1024 * 1024
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: Path) -> str:
    """By its mark; else UTF-16 when every other byte of the first line is empty; else UTF-8 when all of it is; else
    cp1252, which is what Dutch office programs wrote for twenty years."""
    with open(path, "rb") as file:
        start = file.read(4096)
        for mark, encoding in MARKS:
            if start.startswith(mark):
                return encoding
        if len(start) >= 4:
            if start[1::2].count(0) > len(start) * 0.3 and not start[0::2].count(0):
                return "utf-16-le"
            if start[0::2].count(0) > len(start) * 0.3 and not start[1::2].count(0):
                return "utf-16-be"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def rows(path: Path) -> tuple[Iterator[list[str]], dict]:
    """(rows of cells, what was found out about the file). Raises Refused, also while the rows are read."""
    encoding = encoding_of(path)
    with open(path, encoding=encoding, newline="", errors="strict") as file:
        try:
            first = file.readline(MOST_CELL_BYTES * 4)
        except UnicodeDecodeError as error:
            raise Refused("encoding", encoding=encoding) from error
    if not first.strip():
        # a blank first line: the separator is in the first that is not
        first = _first_line(path, encoding)
    separator = separator_of(first)
    return _rows(path, encoding, separator), {"encoding": encoding, "separator": separator}


def _first_line(path: Path, encoding: str) -> str:
    with open(path, encoding=encoding, newline="", errors="replace") as file:
        for line in file:
            if line.strip():
                return line
    raise Refused("empty")


def separator_of(line: str) -> str:
    """The one that stands most often outside quotation marks; ";" when none does."""
    outside, quoted = [], False
    for character in line:
        if character == '"':
            quoted = not quoted
        elif not quoted:
            outside.append(character)
    counts = {separator: outside.count(separator) for separator in SEPARATORS}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else ";"


def _rows(path: Path, encoding: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(MOST_CELL_BYTES)
    with open(path, encoding=encoding, newline="", errors="strict") as file:
        reader = csv.reader(_lines(file), delimiter=separator)
        try:
            yield from reader
        except csv.Error as error:
            code = "cell_too_long" if "field larger" in str(error) else "csv"
            raise Refused(code, line=reader.line_num) from error
        except UnicodeDecodeError as error:
            raise Refused("encoding", encoding=encoding) from error


def _lines(file: io.TextIOBase) -> Iterator[str]:
    """Lines of a bounded length: a file without line ends is not read into memory as one."""
    longest = MOST_CELL_BYTES * 16
    for number, line in enumerate(iter(lambda: file.readline(longest), ""), 1):
        if "\0" in line:
            raise Refused("binary", line=number)
        if len(line) == longest and not line.endswith(("\n", "\r")):
            raise Refused("line_too_long", line=number)
        yield line
