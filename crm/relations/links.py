"""What one can click on a card: a place on the map, a route, an e-mail, a phone number, a website.

Every function returns the link, or None when what was stored makes no safe link and is shown as text. Nothing is
fetched: no map is embedded, so showing a card tells nobody anything. Pure Python.

Sources: Google Maps URLs (api=1, at most 2,048 characters, no key), the OpenStreetMap wiki, RFC 6068 (mailto),
RFC 3966 (tel).
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

import phonenumbers

from crm.relations.house_numbers import is_po_box

MAX_MAP_LINK_CHARACTERS = 2048
MAX_MAIL_LINK_CHARACTERS = 1900  # mail programs and Windows cut longer ones; beyond it a mailing is the way
WEBSITE_REL = "noopener noreferrer"

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"[^/:?#@]+\.[^/:?#@]+:[0-9]+(?:[/?#]|$)")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\<>\"]")
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+@[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]+")


# ------------------------------------------------------------------------------------------------- the map

MapProvider = Literal["google", "osm"]


@dataclass(frozen=True)
class Place:
    """An address as the map needs it: texts as the screen shows them ("7551 EC"), coordinates in WGS 84 degrees."""

    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    lat: float | None = None
    lon: float | None = None

    def __str__(self):
        lines = (f"{self.street} {self.house_number}", f"{self.postcode} {self.city}", self.country)
        return ", ".join(" ".join(line.split()) for line in lines if line.strip())


def map_link(place, *, provider: MapProvider = "google", visiting=None):
    """The place on a map. `visiting`: shown instead when `place` is a PO box, which is on no map."""
    place = _findable(place, visiting)
    if place is None:
        return None
    if provider == "google":
        return _within_limit("https://www.google.com/maps/search/?", {"api": "1", "query": str(place)})
    if place.lat is not None and place.lon is not None:
        lat, lon = f"{place.lat:.5f}", f"{place.lon:.5f}"
        return f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=18/{lat}/{lon}"
    return _within_limit("https://www.openstreetmap.org/search?", {"query": str(place)})


def route_link(place, *, origin=None, visiting=None):
    """Directions to the place, from `origin` (the office, a Place) where given; else the map asks where from."""
    place = _findable(place, visiting)
    if place is None:
        return None
    query = {"api": "1", "destination": str(place)}
    if origin is not None and str(origin):
        query["origin"] = str(origin)
    return _within_limit("https://www.google.com/maps/dir/?", query)


def _findable(place, visiting):
    if is_po_box(place.street):
        place = visiting
    if place is None or is_po_box(place.street) or not str(place):
        return None
    return place


def _within_limit(start, query):
    link = start + urlencode(query, quote_via=quote)
    return link if len(link) <= MAX_MAP_LINK_CHARACTERS else None


# --------------------------------------------------------------------------------------- e-mail and phone


def mail_link(address, *, subject="", body=""):
    """mailto: one address; None when it does not look like one. Line breaks in `body` become %0D%0A."""
    recipient = _mail_recipient(address)
    return recipient and f"mailto:{recipient}{_mail_fields(subject=subject, body=body)}"


def mail_link_to_many(addresses, *, subject="", body=""):
    """mailto: with everybody in bcc, so that none sees the others.

    None when the link passes 1,900 characters (offer a mailing instead), or when an address does not look like one.
    """
    recipients = [_mail_recipient(address) for address in dict.fromkeys(addresses)]
    if not recipients or None in recipients:
        return None
    fields = _mail_fields(subject=subject, body=body)
    link = f"mailto:?bcc={','.join(recipients)}{fields.replace('?', '&', 1)}"
    return link if len(link) <= MAX_MAIL_LINK_CHARACTERS else None


def _mail_recipient(address):
    address = address.strip()
    return quote(address, safe="@") if _EMAIL.fullmatch(address) else None


def _mail_fields(**fields):
    filled = {name: "\r\n".join(text.splitlines()) for name, text in fields.items() if text}
    return f"?{urlencode(filled, quote_via=quote, safe='')}" if filled else ""


def phone_link(number, *, country="NL"):
    """tel: in E.164, with ;ext= where the number has an extension; None when it is no valid number.

    `country` (ISO 3166 alpha-2, the relation's) reads national numbers such as "020 123 45 67".
    """
    try:
        parsed = phonenumbers.parse(number, country.upper())
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    extension = f";ext={parsed.extension}" if parsed.extension else ""
    return f"tel:{phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)}{extension}"


# ------------------------------------------------------------------------------------------------ websites


def website_link(text):
    """The address of a website with https:// added where it has no scheme; to be shown with rel=WEBSITE_REL.

    None for any scheme but http and https, for a name and password in the address, and for what is no address.
    """
    text = text.strip()
    if _SCHEME.match(text) and not _HOST_AND_PORT.match(text):
        link = text
    else:
        link = f"https://{text.removeprefix('//')}"
    try:
        parts = urlsplit(link)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host.strip(".") or "@" in parts.netloc:
        return None
    return None if _UNSAFE.search(link) else link
