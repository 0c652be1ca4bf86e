"""A column of a file, in or out: its name, its heading, and how a value becomes a text that is read back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.utils import timezone

from crm.core.field_classes import PUBLIC

Form = Literal["text", "whole", "amount", "date", "moment", "yes_no", "phone"]
# forms in which "+31 6" or "-5" is a value and never a formula
NUMERIC: frozenset[Form] = frozenset({"whole", "amount", "phone"})


@dataclass(frozen=True)
class Column:
    """`name` is the key in JSON, XML and mappings; `label` the heading, in the language of who asks."""

    name: str
    label: Any
    form: Form = "text"
    field_class: str = PUBLIC
    headings: tuple[str, ...] = ()  # others under which it comes in
    help: Any = ""
    example: str = ""
    read_only: bool = False  # goes out, does not come in
    parse: Callable[[str], Any] | None = None


def text_of(value, form: Form) -> str:
    """A value as a cell: 2026-11-25, 1240.50, true. The same in every language, so that it is read back anywhere."""
    if value is None or value == "":
        return ""
    return _TEXTS[form](value)


def _amount(value) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _moment(value: datetime) -> str:
    return (timezone.localtime(value) if timezone.is_aware(value) else value).isoformat(timespec="seconds")


def _day(value: date) -> str:
    return value.isoformat()


def _yes_no(value) -> str:
    return "true" if value else "false"


_TEXTS: dict[str, Callable[[Any], str]] = {
    "text": str,
    "phone": str,
    "whole": str,
    "amount": _amount,
    "date": _day,
    "moment": _moment,
    "yes_no": _yes_no,
}


def texts_of(form: Form) -> Callable[[Any], str]:
    """The function for a whole column, chosen once (design/performance.md 5)."""
    make = _TEXTS[form]
    if make is str:
        return lambda value: "" if value is None else value if type(value) is str else str(value)
    return lambda value: "" if value is None or value == "" else make(value)
