"""BAG API v2 of Kadaster: the register of Dutch addresses itself, with a key.

Reference: https://lvbag.github.io/BAG-API/ (GET /adressen). At most 50 calls a second and 50,000 a day per key.
Oddities: nothing found is 200 without `_embedded`; an unknown key is 401 or 403, the documents differ; after the last
call of a day it answers 429 until midnight; the same address may be there twice, once as a side address; it tells no
municipality, province or coordinates.
"""

import time

from integrations.addresses.payloads import RegisteredAddress
from integrations.hub.answers import Dialect, Rule, UnreadableAnswer, json_or_none, read_json, retry_after_seconds
from integrations.hub.errors import ConfigurationError, TemporaryError

PAGE_SIZE = 100  # the most it gives
MAX_PAGES = 10
DAY_LIMIT_RESET = "kadaster-ratelimit-daylimit-reset"  # seconds until the count of the day begins anew


class Bag:
    """`base_url` up to and including the version; `http` the hub's HttpClient; `key` the X-Api-Key."""

    def __init__(self, *, base_url, http, key):
        self._url = f"{base_url.rstrip('/')}/adressen"
        self._http = http
        self._key = key

    def addresses(self, postcode, number, *, timeout_seconds):
        """Every address with this postcode (no space) and number, main addresses first; empty when there is none.

        Raises one of the hub's kinds of failure. No page is asked for after `timeout_seconds`; the call itself is
        bounded by `http`.
        """
        deadline = time.monotonic() + timeout_seconds
        found = []
        for page in range(1, MAX_PAGES + 1):
            if page > 1 and time.monotonic() >= deadline:
                raise TemporaryError("too_slow")
            documents, more = self._page(postcode, number, page)
            if page > 1 and not documents:
                raise TemporaryError("incomplete_answer")
            found += documents
            if not more:
                break
        else:
            raise TemporaryError("incomplete_answer")
        asked = [document for document in found if _is_asked_for(document, postcode, number)]
        return [_address(document) for document in sorted(asked, key=_is_side_address)]

    def _page(self, postcode, number, page):
        """(documents, whether there are more)."""
        params = {"postcode": postcode, "huisnummer": str(number), "page": str(page), "pageSize": str(PAGE_SIZE)}
        headers = {"X-Api-Key": self._key, "Accept": "application/hal+json"}
        answer = self._http.send(
            "GET",
            self._url,
            params=params,
            headers=headers,
            reads=_read_page,
            dialect=_DIALECT,
            secrets=(self._key,),
        )
        return answer.data


def _read_page(answer):
    envelope = read_json(answer)
    if not isinstance(envelope, dict) or not isinstance(links := envelope.get("_links", {}), dict):
        raise UnreadableAnswer("unexpected_answer")
    if "_embedded" not in envelope:
        if not set(envelope) <= {"_links"}:  # an error page with status 200 is not "there is none"
            raise UnreadableAnswer("unexpected_answer")
        return [], False
    embedded = envelope["_embedded"]
    documents = embedded.get("adressen") if isinstance(embedded, dict) else None
    if not isinstance(documents, list) or not all(isinstance(document, dict) for document in documents):
        raise UnreadableAnswer("unexpected_answer")
    return documents, "next" in links


def _words(answer):
    """Title, detail and code of an application/problem+json answer, without the parameters: they hold the address."""
    problem = json_or_none(answer)
    if not isinstance(problem, dict):
        return ""
    return " ".join(str(problem[name]) for name in ("title", "code") if problem.get(name))


def _retry_after(answer, now):
    told = retry_after_seconds(answer, now)
    reset = answer.headers.get(DAY_LIMIT_RESET, "").strip()
    if told is None and answer.status == 429 and reset.isascii() and reset.isdecimal():
        return float(reset)
    return told


_DIALECT = Dialect(
    rules=(Rule(frozenset({401, 403}), ConfigurationError, "wrong_key"),), words=_words, retry_after=_retry_after
)


def _is_asked_for(document, postcode, number):
    return (document.get("postcode"), document.get("huisnummer")) == (postcode, number)


def _is_side_address(document):
    return document.get("indicatieNevenadres") in (True, "true", "J")


def _address(document):
    if not document.get("openbareRuimteNaam") or not document.get("woonplaatsNaam"):
        raise TemporaryError("unexpected_answer")
    return RegisteredAddress(
        street=_text(document, "openbareRuimteNaam"),
        street_short=_text(document, "korteNaam"),
        number=document["huisnummer"],
        letter=_text(document, "huisletter"),
        addition=_text(document, "huisnummertoevoeging"),
        postcode=document["postcode"],
        city=_text(document, "woonplaatsNaam"),
        bag_number_id=_text(document, "nummeraanduidingIdentificatie"),
        bag_object_id=_text(document, "adresseerbaarObjectIdentificatie"),
    )


def _text(document, name):
    value = document.get(name)
    return "" if value is None else str(value)
