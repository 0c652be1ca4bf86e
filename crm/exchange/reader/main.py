"""The process that reads a file somebody gave us: with little memory, little time and nothing else at hand.

    main(file, rows)

Writes one JSON list of texts per row into <rows>, the headings first, and one line of JSON on standard output: what
was found out, or why the file was refused. Knows no Django and no database.
"""

import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from crm.exchange.reader import limits, sheets, text, trees
from crm.exchange.reader.refusals import Refused

OLD_OFFICE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"


def restrain() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (limits.MOST_MEMORY_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (limits.MOST_ADDRESS_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.MOST_SECONDS, limits.MOST_SECONDS + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.MOST_UNPACKED_BYTES,) * 2)


def rows_of(path: Path) -> tuple[str, Iterator[list[str]], dict]:
    """(form, rows, what was found out), by what the bytes say; never by the name."""
    with open(path, "rb") as file:
        start = file.read(4096)
    if not start.strip(b"\0 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise Refused("empty")
    if start.startswith(OLD_OFFICE):
        raise Refused("old_office")
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")):
        raise Refused("binary", line=1)
    if start.startswith(ZIP):
        found, about = sheets.rows(path)
        return "xlsx", found, about
    plain = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    if plain.startswith(b"<"):
        return "xml", trees.rows(trees.xml_records(path)), {}
    if plain.startswith((b"[", b"{")):
        return "json", trees.rows(trees.json_records(path)), {}
    found, about = text.rows(path)
    return "csv", found, about


def write_rows(found: Iterator[list[str]], target) -> tuple[list[str], int]:
    """(headings, number of rows). Blank rows are left out; a row longer than the headings is refused by its line."""
    headings, count = None, 0
    for line, row in enumerate(found, 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > limits.MOST_COLUMNS and any(cell.strip() for cell in row[limits.MOST_COLUMNS :]):
            raise Refused("too_many_columns", most=limits.MOST_COLUMNS, found=len(row))
        if headings is None:
            headings = _without_empty_end([cell.strip() for cell in row])
            continue
        if any(cell.strip() for cell in row[len(headings) :]):
            raise Refused("row_too_long", line=line, cells=len(row), headings=len(headings))
        cells = (row + [""] * len(headings))[: len(headings)]
        for cell in cells:
            if len(cell) > limits.MOST_CELL_BYTES:
                raise Refused("cell_too_long", line=line)
            if "\0" in cell:
                raise Refused("binary", line=line)
        count += 1
        if count > limits.MOST_ROWS:
            raise Refused("too_many_rows", most=limits.MOST_ROWS)
        # half a character pair has no place in a database
        target.write(json.dumps([line, *(_whole(cell.strip()) for cell in cells)]) + "\n")
    if headings is None:
        raise Refused("empty")
    return headings, count


def _whole(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode("utf-8")


def _without_empty_end(headings: list[str]) -> list[str]:
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise Refused("empty")
    return headings


def main(source: Path, target: Path) -> None:
    restrain()
    try:
        form, found, about = rows_of(source)
        with open(target, "w", encoding="utf-8") as written:
            headings, count = write_rows(found, written)
        told = {"form": form, "headings": [_whole(heading) for heading in headings], "rows": count, **about}
    except Refused as refused:
        told = {"refused": refused.code, "values": refused.values}
    except (MemoryError, RecursionError):
        told = {"refused": "too_much", "values": {}}
    sys.stdout.write(json.dumps(told | {"peak_megabytes": peak_megabytes()}))


def peak_megabytes() -> int:
    """The most memory this process held; `getrusage` would count what its parent held before it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
