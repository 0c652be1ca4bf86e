"""E-mail, phone, number, postcode, KvK, VAT and IBAN in any notation, as one form each. Plain Python.

`stored(source, value)` is the form in the table, `typed(text)` what somebody may have meant by a text.
"""

import re
from dataclasses import dataclass

from crm.relations.folding import fold

LONGEST_VALUE = 100

NUMBER, EMAIL, PHONE, WEBSITE, ADDRESS = "number", "email", "phone", "website", "address"
KVK, RSIN, VAT, OIN, IBAN, FINANCIAL_NUMBER = "kvk", "rsin", "vat", "oin", "iban", "books"

# from how many characters on a beginning is an answer; less would find half the table
SHORTEST_BEGINNING = {
    NUMBER: 3,
    EMAIL: 3,
    PHONE: 5,
    WEBSITE: 4,
    ADDRESS: 4,
    KVK: 4,
    RSIN: 4,
    VAT: 5,
    OIN: 9,
    IBAN: 6,
    FINANCIAL_NUMBER: 3,
}
SOURCES = tuple(SHORTEST_BEGINNING)

_COUNTRY_CALLING_CODE = "31"
_NOT_ALNUM = re.compile(r"[^0-9a-z]+")
_NOT_DIGIT = re.compile(r"[^0-9]+")
_SCHEME = re.compile(r"^[a-z]+://")

_TYPED_PHONE = re.compile(r"^(?:\+|0)[0-9()\s./\-]{3,}$")
_TYPED_DIGITS = re.compile(r"^[0-9][0-9\s.\-]*$")
_TYPED_ADDRESS = re.compile(r"^[1-9][0-9]{3}[a-z]{1,2}(?:[0-9]+[0-9a-z]*)?$")
_TYPED_IBAN = re.compile(r"^[a-z]{2}[0-9]{2}(?:[a-z]{4}[0-9]{0,10}|[a-z]{1,3}|[0-9a-z]{6,30})?$")
_TYPED_VAT = re.compile(r"^(?:[a-z]{2}[0-9]{2,}(?:b[0-9]{0,2})?|[0-9]{9}b[0-9]{0,2})$")
_TYPED_HOST = re.compile(r"^(?:[a-z]+://)?[0-9a-z\-]+(?:\.[0-9a-z\-]+)+(?:/\S*)?$")


@dataclass(frozen=True)
class Lookup:
    """One reading of a text: `value` as stored, and in which sources it may stand, whole or as a beginning."""

    value: str
    whole: tuple[str, ...]
    beginning: tuple[str, ...]


def stored(source: str, value: str) -> str:
    """The form in which a value is kept; "" when there is nothing to look for."""
    return _STORED[source](value.lower().strip())[:LONGEST_VALUE]


def _digits(value: str) -> str:
    return _NOT_DIGIT.sub("", value)


def _alnum(value: str) -> str:
    return _NOT_ALNUM.sub("", value)


def _phone(value: str) -> str:
    """Digits with the country code: "(0)6-1234 5678", "0031 6 …" and "+31 (0)6 …" are all "316…"."""
    value = value.split(";")[0]
    international = value.startswith(("+", "00"))
    digits = _digits(value.replace("(0)", "", 1) if international else value)
    if international:
        return digits.removeprefix("00")
    return _COUNTRY_CALLING_CODE + digits[1:] if digits.startswith("0") else digits


def _host(value: str) -> str:
    host = re.split(r"[/?#]", _SCHEME.sub("", value), maxsplit=1)[0]
    return host.removeprefix("www.")


def _vat(value: str) -> str:
    compact = _alnum(value)
    return f"nl{compact}" if compact[:1].isdigit() else compact


_STORED = {
    NUMBER: _digits,
    EMAIL: fold,
    PHONE: _phone,
    WEBSITE: _host,
    ADDRESS: _alnum,
    KVK: _alnum,
    RSIN: _alnum,
    VAT: _vat,
    OIN: _alnum,
    IBAN: _alnum,
    FINANCIAL_NUMBER: _digits,
}


def typed(text: str) -> tuple[Lookup, ...]:
    """Every reading of a text as one key, spaces and all; empty when it is none: a name, or a name with a key."""
    text = fold(text)
    if "@" in text:
        return () if " " in text else (_lookup(text, EMAIL),)
    compact = _alnum(text)
    readings: dict[str, list[str]] = {}
    if _TYPED_PHONE.match(text):
        readings.setdefault(_phone(text), []).append(PHONE)
    if _TYPED_DIGITS.match(text):
        readings.setdefault(_digits(text), []).extend((NUMBER, FINANCIAL_NUMBER, KVK, RSIN, OIN))
        if len(compact) == 4:
            readings[compact].append(ADDRESS)
        if len(compact) == 7:
            readings.setdefault(f"0{compact}", []).append(KVK)  # the register's older numbers had seven digits
        if len(compact) == 9:
            readings.setdefault(f"nl{compact}", []).append(VAT)
        if len(compact) >= 9 and compact[0] != "0":
            readings[compact].append(PHONE)
    elif _TYPED_ADDRESS.match(compact):
        readings.setdefault(compact, []).append(ADDRESS)
    elif _TYPED_IBAN.match(compact) or _TYPED_VAT.match(compact):
        if _TYPED_IBAN.match(compact):
            readings.setdefault(compact, []).append(IBAN)
        if _TYPED_VAT.match(compact):
            readings.setdefault(_vat(compact), []).append(VAT)
    elif _TYPED_HOST.match(text):
        readings.setdefault(_host(text), []).append(WEBSITE)
    return tuple(_lookup(value, *sources) for value, sources in readings.items() if value)


def _lookup(value: str, *sources: str) -> Lookup:
    value = value[:LONGEST_VALUE]
    return Lookup(
        value=value,
        whole=sources,
        beginning=tuple(s for s in sources if len(value) >= SHORTEST_BEGINNING[s]),
    )


# what stands for one key inside a longer text, longest first: "jansen 1234 AB 12", "de vries 06 12 34 56 78"
_INSIDE = re.compile(
    r"""
      [^\s@]+@[^\s@]*
    | (?<![0-9a-z])[a-z]{2}[0-9]{2}(?:\s?[0-9a-z]{4}){2,7}(?:\s?[0-9a-z]{1,3})?(?![0-9a-z])
    | (?<![0-9a-z+])(?:\+|0)[0-9](?:[()\s./\-]*[0-9]){7,12}(?![0-9a-z])
    | (?<![0-9a-z])[1-9][0-9]{3}\s?[a-z]{2}(?![a-z])(?:\s?[0-9]+(?:[\-\s]?[0-9]*[a-z]?(?![0-9a-z]))?)?
    | \S*[0-9]\S*
    | \S+\.\S{2,}
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Piece:
    """A part of a question: words only (`lookups` empty), or what may be a key."""

    text: str
    lookups: tuple[Lookup, ...] = ()


def pieces(text: str) -> list[Piece]:
    """Split a question into what may be keys and the words between them, in the order typed."""
    text = fold(text)
    whole = typed(text)
    if whole:
        return [Piece(text, whole)]
    found: list[Piece] = []
    end = 0
    for match in _INSIDE.finditer(text):
        lookups = typed(match.group())
        if lookups:
            found.append(Piece(text[end : match.start()].strip()))
            found.append(Piece(match.group(), lookups))
            end = match.end()
    found.append(Piece(text[end:].strip()))
    return [piece for piece in found if piece.text]
