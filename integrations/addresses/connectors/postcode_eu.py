"""postcode.eu (Postcode.nl): a paid service with a key and a secret.

Reference: https://developer.postcode.eu/documentation/nl/v1 (GET nl/v1/addresses/postcode/{postcode}/{number}).
Oddities: one answer per number, with its additions as a list of texts in which letter and addition are one ("A", "A2",
"bis"); nothing found is 404 with `exceptionId`; no right to this part of the service is 403.
"""

from base64 import b64encode

from integrations.addresses.payloads import RegisteredAddress
from integrations.hub.answers import Dialect, Rule, UnreadableAnswer, json_or_none, read_json
from integrations.hub.errors import ConfigurationError, TemporaryError

NOT_FOUND = "AddressNotFound"


class PostcodeEu:
    """`base_url` without the "nl/v1"; `http` the hub's HttpClient; `key` and `secret` as the account page shows."""

    def __init__(self, *, base_url, http, key, secret):
        self._url = f"{base_url.rstrip('/')}/nl/v1/addresses/postcode"
        self._http = http
        self._key, self._secret = key, secret

    def addresses(self, postcode, number, *, timeout_seconds):
        """Every address with this postcode (no space) and number; an empty list when there is none.

        Raises one of the hub's kinds of failure; `http` bounds the call.
        """
        answer = self._http.send(
            "GET",
            f"{self._url}/{postcode}/{number}",
            headers={"Authorization": f"Basic {_basic(self._key, self._secret)}"},
            success=(200, 404),
            reads=_read,
            dialect=_DIALECT,
            secrets=(self._key, self._secret),
        )
        if answer.data is None:
            return []
        if (answer.data.get("postcode"), answer.data.get("houseNumber")) != (postcode, number):
            raise TemporaryError("unexpected_answer")
        return _addresses(answer.data)


def _basic(key, secret):
    return b64encode(f"{key}:{secret}".encode()).decode()


def _read(answer):
    """The address; None when there is none, which only its own words say: any server has pages that are not found."""
    data = read_json(answer)
    if not isinstance(data, dict):
        raise UnreadableAnswer("unexpected_answer")
    if answer.status == 404:
        if NOT_FOUND not in str(data.get("exceptionId", "")):
            raise UnreadableAnswer("unexpected_answer")
        return None
    additions = data.get("houseNumberAdditions", [])
    if not data.get("street") or not data.get("city") or not isinstance(additions, list):
        raise UnreadableAnswer("unexpected_answer")
    return data


def _words(answer):
    """Which exception it is; its sentence may hold the address."""
    data = json_or_none(answer)
    return str(data.get("exceptionId", "")) if isinstance(data, dict) else ""


_DIALECT = Dialect(
    rules=(
        Rule(frozenset({401}), ConfigurationError, "wrong_key"),
        Rule(frozenset({403}), ConfigurationError, "no_rights_there"),
    ),
    words=_words,
)


def _addresses(data):
    additions = [str(addition or "") for addition in data.get("houseNumberAdditions", [])] or [""]
    # ids and coordinates are those of the number as it was asked: without an addition
    same = {
        "street": str(data["street"]),
        "number": data["houseNumber"],
        "postcode": data["postcode"],
        "city": str(data["city"]),
        "street_short": _text(data, "streetNen"),
        "municipality": _text(data, "municipality"),
        "province": _text(data, "province"),
    }
    own = {
        "bag_number_id": _text(data, "bagNumberDesignationId"),
        "bag_object_id": _text(data, "bagAddressableObjectId"),
        "lat": _degrees(data, "latitude"),
        "lon": _degrees(data, "longitude"),
    }
    answered = _text(data, "houseNumberAddition")
    return [
        RegisteredAddress(**same, **_suffix(addition), **(own if addition == answered else {}))
        for addition in additions
    ]


def _suffix(addition):
    """A single letter stands for the letter of the house; the rest is not taken apart."""
    if len(addition) == 1 and addition.isascii() and addition.isalpha():
        return {"letter": addition}
    return {"addition": addition}


def _degrees(data, name):
    value = data.get(name)
    return None if value is None or isinstance(value, (str, bool)) else float(value)


def _text(data, name):
    value = data.get(name)
    return "" if value is None else str(value)
