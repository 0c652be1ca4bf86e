"""What every payload can do: become the same bytes, and the same hash, in every process and on every database.

The hub keeps the bytes of the first try and sends those at every later one; the hash tells whether there is anything
to tell at all. Pure Python.
"""

import hashlib
import json
import types
import unicodedata
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Self, Union, get_args, get_origin, get_type_hints


class Payload:
    """Base of the frozen dataclasses of a channel. Fields: text, bool, int, Decimal, date, aware datetime, None,
    other payloads, and tuples of these. No float: it is not the same everywhere."""

    def canonical(self) -> bytes:
        """UTF-8 JSON with sorted keys and no blanks; texts in NFC, amounts without trailing zeros, moments in UTC."""
        return _as_json(_plain(self)).encode()

    def sha256(self) -> str:
        """Hex hash of the kind of payload and its canonical bytes."""
        return self.sha256_of(self.canonical())

    @classmethod
    def sha256_of(cls, canonical: bytes) -> str:
        """The hash of a payload of this kind with these canonical bytes, for who has made them already."""
        return hashlib.sha256(cls.__name__.encode() + b"\n" + canonical).hexdigest()

    @classmethod
    def from_canonical(cls, content: bytes) -> Self:
        """The payload again. Fields unknown by now are left out, missing ones take their default; else ValueError."""
        try:
            return _built(cls, json.loads(content))
        except (TypeError, KeyError, ArithmeticError) as error:
            raise ValueError(f"these bytes are no {cls.__name__}") from error


# one encoder for all: `json.dumps` with arguments builds a new one each time
_as_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@cache
def _names(kind):
    return tuple(field.name for field in fields(kind))


def _plain(value):
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, Payload):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("an amount is a finite number")
        return format(value.normalize() + 0, "f")  # + 0 turns -0 into 0
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"a payload holds no {type(value).__name__}")


def _built(kind, data) -> Any:
    """The value of this kind from what JSON made of it."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kinds = [option for option in get_args(kind) if option is not types.NoneType]
        return None if data is None else _built(kinds[0], data)
    if origin is tuple:
        return tuple(_built(get_args(kind)[0], item) for item in data)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _built(hint, data[name]) for name, hint in hints.items() if name in data})
    if kind is Decimal:
        return Decimal(data)
    if kind in (date, datetime):
        return kind.fromisoformat(data)
    return data
