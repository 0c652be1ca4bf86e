"""PDOK Locatieserver v3_1: the open register of Dutch addresses, without a key.

Reference: https://api.pdok.nl/bzk/locatieserver/search/v3_1/ui/ (GET /free). Fair use, no figure published.
Oddities: free text ranks by score and happily returns a neighbour, so we filter with `fq` and compare again; a point
is written "POINT(lon lat)"; unknown parameters are refused; `numFound: 0` means that there is no such address.
"""

import re
import time

from integrations.addresses.payloads import RegisteredAddress
from integrations.hub.answers import UnreadableAnswer, read_json
from integrations.hub.errors import TemporaryError

ROWS_PER_PAGE = 100  # the most it gives
MAX_PAGES = 10

_POINT = re.compile(r"POINT\((?P<lon>-?\d+(?:\.\d+)?) (?P<lat>-?\d+(?:\.\d+)?)\)", re.ASCII)


class Pdok:
    """`base_url` up to and including the version; `http` the hub's HttpClient."""

    def __init__(self, *, base_url, http):
        self._url = f"{base_url.rstrip('/')}/free"
        self._http = http

    def addresses(self, postcode, number, *, timeout_seconds):
        """Every address with this postcode (no space) and number; an empty list when the register has none.

        Raises one of the hub's kinds of failure. No page is asked for after `timeout_seconds`; the call itself is
        bounded by `http`.
        """
        deadline = time.monotonic() + timeout_seconds
        found = []
        for page in range(MAX_PAGES):
            if page and time.monotonic() >= deadline:
                raise TemporaryError("too_slow")
            total, documents = self._page(postcode, number, start=len(found))
            found += documents
            if not documents or len(found) >= total:
                break
        if len(found) < total:
            raise TemporaryError("incomplete_answer")
        return [_address(document) for document in found if _is_asked_for(document, postcode, number)]

    def _page(self, postcode, number, *, start):
        params = [
            ("q", "*:*"),
            ("fq", "type:adres"),
            ("fq", f"postcode:{postcode}"),
            ("fq", f"huisnummer:{number}"),
            ("rows", str(ROWS_PER_PAGE)),
            ("start", str(start)),
        ]
        return self._http.send("GET", self._url, params=params, reads=_read_page).data


def _read_page(answer):
    """(numFound, documents); anything else is no answer."""
    envelope = read_json(answer)
    response = envelope.get("response") if isinstance(envelope, dict) else None
    if not isinstance(response, dict) or not isinstance(response.get("numFound"), int):
        raise UnreadableAnswer("unexpected_answer")
    documents = response.get("docs")
    if not isinstance(documents, list) or not all(isinstance(document, dict) for document in documents):
        raise UnreadableAnswer("unexpected_answer")
    return response["numFound"], documents


def _is_asked_for(document, postcode, number):
    asked = ("adres", postcode, number)
    return (document.get("type"), document.get("postcode"), document.get("huisnummer")) == asked


def _address(document):
    if not document.get("straatnaam") or not document.get("woonplaatsnaam"):
        raise TemporaryError("unexpected_answer")
    point = _POINT.fullmatch(_text(document, "centroide_ll"))
    return RegisteredAddress(
        street=_text(document, "straatnaam"),
        street_short=_text(document, "straatnaam_verkort"),
        number=document["huisnummer"],
        letter=_text(document, "huisletter"),
        addition=_text(document, "huisnummertoevoeging"),
        postcode=document["postcode"],
        city=_text(document, "woonplaatsnaam"),
        municipality=_text(document, "gemeentenaam"),
        province=_text(document, "provincienaam"),
        bag_number_id=_text(document, "nummeraanduiding_id"),
        bag_object_id=_text(document, "adresseerbaarobject_id"),
        lat=float(point["lat"]) if point else None,
        lon=float(point["lon"]) if point else None,
    )


def _text(document, name):
    value = document.get(name)
    return "" if value is None else str(value)
