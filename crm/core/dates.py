"""Days as Dutch people write them."""

import re
from datetime import date, timedelta

WORDS = {
    "vandaag": 0,
    "today": 0,
    "morgen": 1,
    "tomorrow": 1,
    "overmorgen": 2,
    "gisteren": -1,
    "yesterday": -1,
    "eergisteren": -2,
}
MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
ENGLISH_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]

_NUMBERS = re.compile(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{2}|\d{4})$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_COMPACT = re.compile(r"^(\d{2})(\d{2})(\d{4})$")
_NAMED = re.compile(r"^(\d{1,2})\s+([a-z]{3,})\.?\s+(\d{2}|\d{4})$")


def parse_day(text: str, *, today: date) -> date | None:
    """The day that "1-12-26", "01/12/2026", "1 dec 2026", "2026-12-01" or "morgen" means; None when it means none.

    Two digits of a year are the century that lies nearest: up to twenty years ahead is this one.
    """
    text = " ".join(text.strip().lower().split())
    if text in WORDS:
        return today + timedelta(days=WORDS[text])
    if found := _ISO.match(text):
        year, month, day = found.groups()
    elif found := _NUMBERS.match(text) or _COMPACT.match(text):
        day, month, year = found.groups()
    elif found := _NAMED.match(text):
        day, name, year = found.groups()
        month = next(
            (n for names in (MONTHS, ENGLISH_MONTHS) for n, full in enumerate(names, 1) if full.startswith(name)), 0
        )
        month = 3 if name == "mrt" else month
    else:
        return None
    full_year = int(year)
    if len(year) == 2:
        full_year += today.year // 100 * 100
        full_year -= 100 if full_year > today.year + 20 else 0
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        return None
