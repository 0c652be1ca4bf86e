"""Texts that a spreadsheet would run as a formula, made harmless and brought back (design/reliability.md 26).

`unguarded(guarded(x)) == x` for every text: the apostrophe is taken off only where the guard puts one.
"""

import re

# also after blanks, quotation marks and apostrophes, and in full width
_RISKY = re.compile(r"[\s\"']*[=+\-@＝＋－＠]|[\t\r\n]")
_MAY_START = frozenset("=+-@＝＋－＠\"' \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0")


def guarded(text: str) -> str:
    """The text for a cell of CSV: with an apostrophe in front when a spreadsheet would take it for a formula."""
    if text and (text[0] in _MAY_START or not text[0].isprintable()) and _RISKY.match(text):
        return f"'{text}"
    return text


def unguarded(text: str) -> str:
    """The text that a cell of CSV was made of."""
    return text[1:] if text.startswith("'") and _RISKY.match(text[1:]) else text
