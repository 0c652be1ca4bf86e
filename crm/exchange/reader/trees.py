"""Rows in XML and JSON: a list of records, each with plain values by name."""

import json
from collections.abc import Iterator
from pathlib import Path

from crm.exchange.reader import limits
from crm.exchange.reader.refusals import Refused
from crm.exchange.reader.text import encoding_of

Record = dict[str, str]


def xml_records(path: Path) -> Iterator[Record]:
    """`<rows><row><name>…</name></row></rows>`, whatever the elements are called. Nothing outside the file is read."""
    from lxml import etree

    depth, record, root = 0, {}, None
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        for event, element in etree.iterparse(str(path), events=("start", "end"), remove_comments=True, **options):
            if event == "start":
                depth += 1
                if root is None:
                    root = element
                    if element.getroottree().docinfo.doctype:
                        raise Refused("document_type")
                if depth > 3:
                    raise Refused("nested", line=element.sourceline)
                continue
            if depth == 3:
                name = etree.QName(element).localname
                if name in record:
                    raise Refused("name_twice", name=name[:60], line=element.sourceline)
                record[name] = _checked(element.text or "", element.sourceline)
            elif depth == 2:
                yield record
                record = {}
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            depth -= 1
    except etree.XMLSyntaxError as error:
        raise Refused("xml", line=error.lineno or 0) from error


def _checked(text: str, line: int) -> str:
    if len(text) > limits.MOST_CELL_BYTES:
        raise Refused("cell_too_long", line=line)
    return text.strip()


def json_records(path: Path) -> Iterator[Record]:
    """A list of objects, or an object with one list of objects in it."""
    try:
        told = json.loads(path.read_text(encoding=encoding_of(path)), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise Refused("json", line=getattr(error, "lineno", 0)) from error
    if isinstance(told, dict):
        lists = [value for value in told.values() if isinstance(value, list)]
        told = lists[0] if len(lists) == 1 else None
    if not isinstance(told, list):
        raise Refused("no_list")
    for number, item in enumerate(told, 1):
        if not isinstance(item, dict):
            raise Refused("no_record", line=number)
        yield {name: _plain(value, number) for name, value in item.items()}


def _plain(value, number: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise Refused("nested", line=number)
    if "\0" in value:
        raise Refused("binary", line=number)
    return _checked(value, number)


def rows(records: Iterator[Record]) -> Iterator[list[str]]:
    """The names as headings, then the records, each as long as the headings are by then."""
    kept = list(records)
    names = list(dict.fromkeys(name for record in kept for name in record))
    yield names
    for record in kept:
        yield [record.get(name, "") for name in names]
