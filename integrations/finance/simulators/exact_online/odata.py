"""The part of OData that Exact Online speaks: $filter, $select, and its way of writing values."""

import re
from datetime import UTC, datetime
from decimal import Decimal

TOKEN = re.compile(
    r"""\s*(?:(?P<guid>guid'(?P<guid_value>[0-9a-fA-F-]{36})')
    |(?P<datetime>datetime'(?P<datetime_value>[^']*)')
    |(?P<text>'(?P<text_value>(?:[^']|'')*)')
    |(?P<number>-?\d+(?:\.\d+)?)[LlMmdD]?
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>[(),]))""",
    re.VERBOSE,
)
WORD_VALUES = {"true": True, "false": False, "null": None}
COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and a > b,
    "ge": lambda a, b: a is not None and a >= b,
    "lt": lambda a, b: a is not None and a < b,
    "le": lambda a, b: a is not None and a <= b,
}
NOTHING_MORE = (None, None)


class BadRequest(Exception):
    """What a wrong query is answered with: 400 and these words."""


class Filter:
    """A parsed $filter. `matches(row)`; `keys` are (field, value) pairs of which a matching row has at least one, or
    None when the filter is not that simple: with them a store need not look at every row."""

    def __init__(self, text, fields):
        self._fields = fields
        self._tokens = list(_tokens(text))
        self._at = 0
        self.matches, self.keys = self._either()
        if self._peek() != NOTHING_MORE:
            raise BadRequest("Syntax error in the filter")

    def _peek(self):
        return self._tokens[self._at] if self._at < len(self._tokens) else NOTHING_MORE

    def _take(self, kind=None, value=None):
        token = self._peek()
        if token == NOTHING_MORE or (kind and token[0] != kind) or (value and token[1] != value):
            raise BadRequest("Syntax error in the filter")
        self._at += 1
        return token[1]

    def _either(self):
        left, keys = self._both()
        while self._peek() == ("word", "or"):
            self._at += 1
            right, more = self._both()
            left = (lambda a, b: lambda row: a(row) or b(row))(left, right)
            keys = keys + more if keys is not None and more is not None else None
        return left, keys

    def _both(self):
        left, keys = self._one()
        while self._peek() == ("word", "and"):
            self._at += 1
            right, more = self._one()
            left = (lambda a, b: lambda row: a(row) and b(row))(left, right)
            keys = more if keys is None else keys
        return left, keys

    def _one(self):
        if self._peek() == ("sign", "("):
            self._at += 1
            inside = self._either()
            self._take("sign", ")")
            return inside
        word = self._take("word")
        if word == "not":
            test, _ = self._one()
            return (lambda row: not test(row)), None
        if word in ("substringof", "startswith"):
            return self._function(word), None
        field = self._field(word)
        sign = self._take("word")
        if sign not in COMPARE:
            raise BadRequest(f"Unknown operator '{sign}'")
        value = self._value()
        compare = COMPARE[sign]

        def test(row):
            try:
                return compare(row.get(field), value)
            except TypeError as error:
                raise BadRequest(f"Operator '{sign}' incompatible with operand types") from error

        return test, [(field, value)] if sign == "eq" else None

    def _function(self, name):
        self._take("sign", "(")
        if name == "substringof":
            value = self._value()
            self._take("sign", ",")
            field = self._field(self._take("word"))
        else:
            field = self._field(self._take("word"))
            self._take("sign", ",")
            value = self._value()
        self._take("sign", ")")
        needle = str(value).lower()
        if name == "substringof":
            return lambda row: needle in str(row.get(field) or "").lower()
        return lambda row: str(row.get(field) or "").lower().startswith(needle)

    def _field(self, name):
        if name not in self._fields:
            raise BadRequest(f"No property '{name}' exists")
        return name

    def _value(self):
        kind, value = self._peek()
        if kind == "word" and value not in WORD_VALUES:
            raise BadRequest("Syntax error in the filter")
        if kind in (None, "sign"):
            raise BadRequest("Syntax error in the filter")
        self._at += 1
        return WORD_VALUES[value] if kind == "word" else value


def _tokens(text):
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise BadRequest("Syntax error in the filter")
        at = match.end()
        if match["guid"]:
            yield "value", match["guid_value"].lower()
        elif match["datetime"]:
            yield "value", _moment(match["datetime_value"])
        elif match["text"]:
            yield "value", match["text_value"].replace("''", "'")
        elif match["number"]:
            yield "value", Decimal(match["number"]) if "." in match["number"] else int(match["number"])
        else:
            yield ("word", match["word"]) if match["word"] else ("sign", match["sign"])


def _moment(text):
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError as error:
        raise BadRequest("Syntax error in a date") from error


def selected(row, names, kinds):
    """The chosen fields of a row as Exact writes them: dates as /Date(ms)/, a country three wide."""
    return {name: written(row.get(name), kinds[name]) for name in names}


def written(value, kind):
    if value is None:
        return None
    if kind == "date":
        return f"/Date({value})/"
    if kind == "country":
        return value.ljust(3)
    return float(value) if isinstance(value, Decimal) else value
