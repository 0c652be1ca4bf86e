"""A sheet of an XLSX file. The ZIP around it is looked through before any parser sees it."""

import datetime
import zipfile
from collections.abc import Iterator
from pathlib import Path

from crm.exchange.reader import limits
from crm.exchange.reader.refusals import Refused

BLOCK_BYTES = 1024 * 1024
MACROS = ("vbaproject.bin", "vbadata.xml")


def guard(path: Path) -> None:
    """Refuse what unpacks to too much, leaves its folder, or brings programs or document types along.

    Sizes are counted while unpacking, too: what a ZIP declares of itself may be a lie.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.MOST_ENTRIES:
                raise Refused("zip_entries", most=limits.MOST_ENTRIES)
            for entry in entries:
                _guard_name(entry.filename)
            _guard_size(sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries))
            counted = 0
            for entry in entries:
                counted = _guard_content(archive, entry, counted)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        # RuntimeError: sealed with a password; NotImplementedError: packed in a way nobody uses for sheets
        raise Refused("xlsx") from error


def _guard_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise Refused("zip_path")
    if parts[-1].lower() in MACROS:
        raise Refused("macros")


def _guard_size(unpacked: int, packed: int) -> None:
    if unpacked > limits.MOST_UNPACKED_BYTES:
        raise Refused("unpacks_too_large")
    if unpacked > limits.RATIO_FROM_BYTES and unpacked > max(packed, 1) * limits.MOST_RATIO:
        raise Refused("unpacks_too_large")


def _guard_content(archive, entry, counted: int) -> int:
    is_text = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    size, tail = 0, b""
    with archive.open(entry) as content:
        while block := content.read(BLOCK_BYTES):
            size += len(block)
            if counted + size > limits.MOST_UNPACKED_BYTES:
                raise Refused("unpacks_too_large")
            if size > limits.RATIO_FROM_BYTES and size > max(entry.compress_size, 1) * limits.MOST_RATIO:
                raise Refused("unpacks_too_large")
            if is_text and (b"<!DOCTYPE" in tail + block or b"<!ENTITY" in tail + block):
                raise Refused("document_type")
            tail = block[-16:]
    return counted + size


def rows(path: Path) -> tuple[Iterator[list[str]], dict]:
    """(rows of the first sheet that has any, what was found out). Raises Refused."""
    guard(path)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        names = workbook.sheet_names
        for name in names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.height and sheet.width:
                about = {"sheet": name, "other_sheets": [other for other in names if other != name]}
                return _texts(sheet), about
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("xlsx") from error
    raise Refused("empty")


def _texts(sheet) -> Iterator[list[str]]:
    if sheet.width > limits.MOST_COLUMNS:
        raise Refused("too_many_columns", most=limits.MOST_COLUMNS, found=sheet.width)
    for row in sheet.iter_rows():
        yield [text_of(cell) for cell in row]


def text_of(cell) -> str:
    """A cell as people would type it: whole numbers without ".0", days as 2026-11-25, yes and no as true and false."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    return str(cell)
