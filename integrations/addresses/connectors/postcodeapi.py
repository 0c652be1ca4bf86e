"""postcodeapi.nu v3: a paid service with a key.

Reference: https://www.postcodeapi.nu/docs/ (GET /v3/lookup/{postcode}/{number}). The number of calls is by plan.
Oddities: it knows numbers without letters and additions; nothing found is 404 with a JSON body; a point is [lon, lat];
the sandbox has a base URL of its own.
"""

from integrations.addresses.payloads import RegisteredAddress
from integrations.hub.answers import Dialect, Rule, UnreadableAnswer, json_or_none, read_json
from integrations.hub.errors import ConfigurationError, TemporaryError


class PostcodeApi:
    """`base_url` up to and including the version; `http` the hub's HttpClient; `key` the X-Api-Key."""

    def __init__(self, *, base_url, http, key):
        self._url = f"{base_url.rstrip('/')}/lookup"
        self._http = http
        self._key = key

    def addresses(self, postcode, number, *, timeout_seconds):
        """The address with this postcode (no space) and number, in a list; an empty one when there is none.

        Raises one of the hub's kinds of failure; `http` bounds the call.
        """
        answer = self._http.send(
            "GET",
            f"{self._url}/{postcode}/{number}",
            headers={"X-Api-Key": self._key},
            success=(200, 404),
            reads=_read,
            dialect=_DIALECT,
            secrets=(self._key,),
        )
        found = answer.data
        if found is None:
            return []
        if (found.get("postcode"), found.get("number")) != (postcode, number):
            raise TemporaryError("unexpected_answer")
        lon, lat = _point(found)
        return [
            RegisteredAddress(
                street=str(found["street"]),
                number=number,
                postcode=postcode,
                city=str(found["city"]),
                municipality=str(found.get("municipality") or ""),
                province=str(found.get("province") or ""),
                lat=lat,
                lon=lon,
                knows_additions=False,
            )
        ]


def _read(answer):
    """The address; None when there is none."""
    data = read_json(answer)
    if not isinstance(data, dict):
        raise UnreadableAnswer("unexpected_answer")
    if answer.status == 404:
        if "title" not in data and "error" not in data:
            raise UnreadableAnswer("unexpected_answer")
        return None
    if not data.get("street") or not data.get("city"):
        raise UnreadableAnswer("unexpected_answer")
    return data


def _point(found):
    """(lon, lat), or (None, None) where there is no readable point."""
    location = found.get("location")
    pair = location.get("coordinates") if isinstance(location, dict) else None
    if not isinstance(pair, list) or len(pair) != 2 or any(isinstance(c, (str, bool, type(None))) for c in pair):
        return None, None
    return float(pair[0]), float(pair[1])


def _words(answer):
    data = json_or_none(answer)
    return str(data.get("title") or data.get("error") or "") if isinstance(data, dict) else ""


_DIALECT = Dialect(rules=(Rule(frozenset({401, 403}), ConfigurationError, "wrong_key"),), words=_words)
