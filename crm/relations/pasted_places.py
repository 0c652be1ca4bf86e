"""The address in a pasted text: Dutch, Belgian or German, on one line or spread over some. Plain Python."""

import re
from dataclasses import dataclass

from crm.relations.house_numbers import NotAHouseNumber, parse_house_number

COUNTRIES = {
    "nederland": "NL", "netherlands": "NL", "the netherlands": "NL", "holland": "NL",
    "belgie": "BE", "belgië": "BE", "belgium": "BE", "belgique": "BE",
    "duitsland": "DE", "deutschland": "DE", "germany": "DE",
}  # fmt: skip
_COUNTRY = re.compile(r"(?<![\w.])(" + "|".join(sorted(COUNTRIES, key=len, reverse=True)) + r")(?![\w.])", re.I)
_CITY = r"(?P<city>['’]?[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’./-]*(?: (?!tel\b|t:|fax\b)(?:\(?[A-Za-zÀ-ÿ'’./-]+\)?)){0,4})"
_DUTCH = re.compile(rf"(?<![\w-])(?:NL[- ]?)?(?P<postcode>[1-9]\d{{3}} ?[A-Z]{{2}})(?![A-Za-z])[ ,]+{_CITY}", re.U)
_DUTCH_ALONE = re.compile(r"(?<![\w-])(?:NL[- ]?)?(?P<postcode>[1-9]\d{3} ?[A-Z]{2})(?![\w-])")
_BELGIAN = re.compile(rf"(?<![\w/.+-])(?:BE?[- ])?(?P<postcode>[1-9]\d{{3}})[ ,]+{_CITY}", re.U)
_BELGIAN_MARKED = re.compile(rf"(?<![\w/.+-])BE?[- ](?P<postcode>[1-9]\d{{3}})[ ,]+{_CITY}", re.U)
_GERMAN = re.compile(rf"(?<![\w/.+-])(?:DE?[- ])?(?P<postcode>\d{{5}})[ ,]+{_CITY}", re.U)
_PO_BOX = re.compile(
    r"\b(?P<street>Postbus|Antwoordnummer|Postfach|P\.?O\.? ?Box)\s+(?P<number>\d[\d .]{0,8}\d|\d)", re.I
)
_NUMBER = (
    r"(?P<number>\d{1,5} ?[A-Za-z]?(?:[ /-]{0,3}(?:\d{1,4}|[IVX]{1,4}|[A-Za-z]|bis|hs|huis|rood|zwart|bus ?\w{1,5}"
    r"|box ?\w{1,5}|boîte ?\w{1,4})){0,2})"
)
# the middle part: a number inside the name, "Straße des 17. Juni 135", "Plein 1944 nr. 2"
_STREET = re.compile(
    r"^(?P<street>[^\d@:|]*[^\W\d_][^@:|\d]*?(?:\d{1,4}\.?(?: [^@:|\d]+?)?)?),? +(?:(?:huis)?(?:nr|no|nummer)\.? ?)?"
    rf"{_NUMBER}[ .,]*$",
    re.U | re.I,
)
_STREET_TAIL = re.compile(
    r"(straat|str\.?|weg|laan|plein|kade|gracht|singel|dijk|steeg|hof|pad|markt|plantsoen|dreef|park|baan|lei|ring|"
    r"straße|strasse|platz|allee|gasse|damm|ufer|steenweg|kaai|wal|poort|brink|veld|eind|haven|kamp|berg)$",
    re.I,
)
LABEL = re.compile(
    r"^\W*(bezoekadres|postadres|adres|address|kantooradres|vestigingsadres|correspondentieadres|besuchsadresse|"
    r"postanschrift|visiting address|postal address|a|adr)\.?\s*[:.]\s*",
    re.I,
)


@dataclass(frozen=True)
class Place:
    """An address as it was found. `country` "" when nothing says so. `box`: a post office box."""

    street: str = ""
    house_number: str = ""
    house_letter: str = ""
    house_addition: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    box: bool = False


def country_in(text: str) -> str:
    found = _COUNTRY.search(text)
    return COUNTRIES[found[1].lower()] if found else ""


def without_country(text: str) -> str:
    return _COUNTRY.sub(" ", text)


def locality_in(text: str, country: str) -> tuple[dict, str] | None:
    """({"postcode", "city", "country"}, the text without them); None when there is no postcode.

    `country` is what the rest of the signature points to, "" for nothing: five digits alone could be anything, so a
    German or Belgian postcode needs its letter or a sign of that country.
    """
    for form, code in _forms(country):
        if found := form.search(text):
            city = _tidy_city(found.groupdict().get("city") or "")
            if code != "NL" and not city[:1].isupper():
                continue
            left = (
                text[: found.start()] + " " + (found.groupdict().get("city") or "")[len(city) :] + text[found.end() :]
            )
            postcode = re.sub(r"\s+", "", found["postcode"]).upper()
            shown = f"{postcode[:4]} {postcode[4:]}" if code == "NL" else postcode
            return {"postcode": shown, "city": city, "country": code}, left
    return None


def _forms(country: str):
    yield _DUTCH, "NL"
    if country == "DE":
        yield _GERMAN, "DE"
    if country == "BE":
        yield _BELGIAN, "BE"
    yield _BELGIAN_MARKED, "BE"
    yield re.compile(r"(?<![\w/.+-])DE?[- ]" + _GERMAN.pattern.split("(?:DE?[- ])?", 1)[1]), "DE"
    yield _DUTCH_ALONE, "NL"


def _tidy_city(city: str) -> str:
    return re.split(r"\s+(?:Tel|Telefoon|T|M|E|Mob|NL|BE|DE)\b\.?", city.strip())[0].strip(" ,.-/")


def street_in(text: str, *, near_postcode: bool) -> dict | None:
    """Street and number of a text that is nothing else; without a postcode near it only by how the street ends."""
    text = LABEL.sub("", text).strip(" ,.;-–|")
    if found := _PO_BOX.search(text):
        number = re.sub(r"[ .]", "", found["number"])
        return {"street": found["street"], "house_number": number, "box": True, "left": _around(text, found)}
    found = _STREET.match(text)
    if not found:
        return None
    street = re.sub(r"\s+(?:huis)?(?:nr|nummer)\.?$", "", found["street"].strip(" ,"), flags=re.I)
    if not near_postcode and not _STREET_TAIL.search(street):
        return None
    if not (street[:1].isupper() or street[:1] in "'’") or len(street) > 60:
        return None
    try:
        number = parse_house_number(re.sub(r"\s*/\s*", "-", found["number"].strip()))
    except NotAHouseNumber:
        return None
    return {
        "street": street,
        "house_number": str(number.number),
        "house_letter": number.letter,
        "house_addition": number.addition,
        "box": False,
        "left": "",
    }


def _around(text: str, found: re.Match) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}".strip(" ,")
