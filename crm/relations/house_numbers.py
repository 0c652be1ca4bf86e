"""Dutch postcodes and house numbers: read as people type them, written as the screen and an envelope want them.

Pure Python. Source: the house number of the BAG (number 1-99999, one letter A-Z, an addition) and NEN 5825 for labels.
"""

import re
from dataclasses import dataclass

_POSTCODE = re.compile(r"[1-9][0-9]{3}[A-Z]{2}")
# Never given out; somebody may still type one, so it is a warning and no error.
LETTERS_NOT_GIVEN_OUT = frozenset({"SA", "SD", "SS"})

_PO_BOX = re.compile(r"\s*(postbus|antwoordnummer)\b", re.IGNORECASE)

_HYPHENS = "‐‑‒–—-"
_HOUSE_NUMBER = re.compile(
    r"(?P<number>[0-9]{1,5})(?![0-9])"
    r"(?P<letter>[A-Za-z](?![^\W\d_]))?"  # one letter directly behind; "12bis" has none
    rf"[\s{_HYPHENS}]*(?P<addition>.*)",
)


class NotAPostcode(ValueError):
    """The text is no Dutch postcode (four digits of which the first is not 0, two letters)."""


class NotAHouseNumber(ValueError):
    """The text does not begin with a number from 1 to 99999."""


def normalised_postcode(text):
    """ "7551 ec" → "7551EC". Raises NotAPostcode."""
    postcode = "".join(text.split()).upper()
    if not _POSTCODE.fullmatch(postcode):
        raise NotAPostcode(text)
    return postcode


def is_postcode(text):
    try:
        normalised_postcode(text)
    except NotAPostcode:
        return False
    return True


def shown_postcode(postcode):
    """ "7551EC" → "7551 EC"; anything that is no Dutch postcode comes back as it is."""
    return f"{postcode[:4]} {postcode[4:]}" if _POSTCODE.fullmatch(postcode) else postcode


def is_unusual_postcode(postcode):
    """Whether a normalised postcode has letters that PostNL does not give out: worth a warning."""
    return postcode[4:] in LETTERS_NOT_GIVEN_OUT


def is_po_box(street):
    """Whether a street is a post office box or reply number: on no map and in no register of addresses."""
    return bool(_PO_BOX.match(street))


@dataclass(frozen=True)
class HouseNumber:
    """`number` 1-99999; `letter` one letter or ""; `addition` the rest or ""; letters as they were typed."""

    number: int
    letter: str = ""
    addition: str = ""

    def __str__(self):
        """As the screen shows it, and such that `parse_house_number` reads the same again: "12", "12A III", "12-1"."""
        return f"{self.number}{self.letter}{self._separator(' ' if self.letter else '')}{self.addition}"

    @property
    def on_label(self):
        """As NEN 5825 writes it behind the street: "10A2", "1-5A3", "1 BEN"."""
        return f"{self.number}{self.letter}{self._separator('')}{self.addition}"

    @property
    def suffix(self):
        """Letter and addition as one, for comparing what was written differently: "a III", "A-III" → "AIII"."""
        return "".join(char for char in self.letter + self.addition if char.isalnum()).upper()

    def _separator(self, after_letter):
        if not self.addition:
            return ""
        if self.letter:
            return after_letter
        return "-" if self.addition[0].isdecimal() else " "


def parse_house_number(text):
    """Read "12", "12a", "12-1", "12-a III" from one field; raises NotAHouseNumber.

    The digits are the number; a single letter directly behind them is the letter; the rest, without the hyphens and
    spaces before it, is the addition. Never guesses: "12-1" is number 12 with addition "1", not 12 up to and
    including 1.
    """
    found = _HOUSE_NUMBER.fullmatch(" ".join(text.split()))
    if not found or int(found["number"]) == 0:
        raise NotAHouseNumber(text)
    return HouseNumber(int(found["number"]), found["letter"] or "", found["addition"])


def address_lines(*, street, house_number, postcode, city):
    """The last two lines of a Dutch label by NEN 5825: ("Voorbeeldstr 10A2", "1234 AB  VOORBEELDSTAD").

    `street` is the short form where there is one; `house_number` a HouseNumber; two spaces before the city.
    """
    return f"{street} {house_number.on_label}", f"{shown_postcode(postcode)}  {city.upper()}"
