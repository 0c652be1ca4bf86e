"""Exact Online's REST API: paths, paging, errors. Source: the contract, sections 1, 5, 6 and 7."""

import re
from urllib.parse import urlsplit

from integrations.hub.answers import Dialect, Rule, json_or_none
from integrations.hub.errors import ConfigurationError, CouplingError, PermanentError, TemporaryError, UnknownOutcome

from .limits import ErrorBudget, seconds_to_wait

MAX_PAGES = 2000
ERRORS = ErrorBudget()  # per process: instances of the connector come and go
TECHNICAL = re.compile(
    r"time-?out|deadlock|object reference|unexpected|onverwacht|probeer het later|try again|internal server"
    r"|er is een fout",
    re.IGNORECASE,
)
HEADERS = {"Accept": "application/json"}


def error_words(answer):
    """What Exact says: the message of its error, else the header `Reason`; nothing for a page of a proxy."""
    data = json_or_none(answer)
    error = data.get("error") if isinstance(data, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    value = message.get("value") if isinstance(message, dict) else message
    return str(value or answer.headers.get("reason", "")).strip()


def _already_there(answer):
    return "reeds aanwezig" in error_words(answer).lower() or "already exists" in error_words(answer).lower()


def _business_refusal(answer):
    """Validation of the business arrives as HTTP 500 with a message; a real 500 has none, or a technical one."""
    data = json_or_none(answer)
    words = error_words(answer) if isinstance(data, dict) and "error" in data else ""
    return bool(words) and not TECHNICAL.search(words)


DIALECT = Dialect(
    rules=(
        Rule(frozenset({401}), ConfigurationError, "log_in_again"),
        Rule(frozenset({403}), ConfigurationError, "no_rights_there"),
        Rule(frozenset({404}), PermanentError, "not_found_there"),
        Rule(frozenset({400, 409, 500}), TemporaryError, "already_there", _already_there),
        Rule(frozenset({500}), PermanentError, "refused", _business_refusal),
    ),
    words=error_words,
    retry_after=seconds_to_wait,
)


def quoted(text):
    """A text literal of a filter."""
    return "'" + text.replace("'", "''") + "'"


def guid(value):
    """A guid literal; refuses what is none, so that no stored id can become part of a filter. ValueError."""
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
        raise ValueError("not a guid")
    return f"guid'{value.lower()}'"


class Api:
    def __init__(self, *, base_url, client_id, division, tokens, http, clock):
        self.base_url = base_url
        self._client_id = client_id
        self._division = division
        self._tokens = tokens
        self._http = http
        self._clock = clock

    def me(self):
        """The signed-in user: a dict with CurrentDivision and UserName. For the test and the first set-up only: the
        current division changes when that user switches on screen."""
        answer = self._send("GET", "/api/v1/current/Me", params={"$select": "CurrentDivision,UserName"}, endpoint="Me")
        envelope = answer.data.get("d") if isinstance(answer.data, dict) else None
        rows = envelope.get("results", [envelope]) if isinstance(envelope, dict) else envelope
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
            raise TemporaryError("unexpected_answer", status=answer.status)
        return rows[0]

    def rows(self, path, *, select, filter=None, top=None, division=None):
        """All rows of a list, over all its pages."""
        params = {"$select": select}
        if filter:
            params["$filter"] = filter
        if top:
            params["$top"] = str(top)
        url, found = self._path(path, division), []
        for _ in range(MAX_PAGES):
            rows, further = _rows(self._send("GET", url, params=params, endpoint=path))
            found += rows
            if not further or (top and len(found) >= top):
                return found
            url, params = self._same_origin(further), None
        raise TemporaryError("pages_without_end")

    def create(self, path, body):
        """The created entity; its ID is there. Not idempotent: UnknownOutcome when no usable answer came."""
        answer = self._send("POST", self._path(path), json=body, success=(201,), endpoint=path)
        entity = answer.data.get("d") if isinstance(answer.data, dict) else None
        if not isinstance(entity, dict) or not entity.get("ID"):
            raise UnknownOutcome("id_missing", status=answer.status)
        return entity

    def change(self, path, external_id, body):
        """PUT with the changed fields only; 204 with an empty body is the vendor's yes."""
        url = f"{self._path(path)}({guid(external_id)})"
        self._send("PUT", url, json=body, success=(200, 204), endpoint=path)

    def _path(self, path, division=None):
        division = division or self._division
        if not str(division).isdigit():
            raise ConfigurationError("division_missing")
        return f"/api/v1/{division}/{path}"

    def _same_origin(self, url):
        mine, theirs = urlsplit(self.base_url), urlsplit(url)
        if (mine.scheme, mine.netloc) != (theirs.scheme, theirs.netloc):
            raise ConfigurationError("redirect_refused")
        return url.removeprefix(f"{mine.scheme}://{mine.netloc}")

    def _send(self, method, path, *, endpoint, params=None, json=None, success=(200,)):
        """One call with a valid token; a refused token is renewed once."""
        budget = (self.base_url, self._client_id, self._division, endpoint)
        pair = self._tokens.current()
        more = {"Prefer": "return=representation"} if method == "POST" else {}
        for last_try in (False, True):
            ERRORS.check(budget, self._clock.now())
            try:
                return self._http.send(
                    method,
                    self.base_url + path,
                    params=params,
                    json=json,
                    headers={**HEADERS, **more, "Authorization": f"Bearer {pair.access_token}"},
                    success=success,
                    dialect=DIALECT,
                    secrets=self._tokens.secrets(pair),
                )
            except CouplingError as error:
                ERRORS.note(budget, error.status, self._clock.now())
                if error.status != 401 or last_try:
                    raise
            pair = self._tokens.current(refused=pair.access_token)


def _rows(answer):
    """(rows, url of the next page or None) of a list."""
    envelope = answer.data.get("d") if isinstance(answer.data, dict) else None
    rows = envelope.get("results") if isinstance(envelope, dict) else envelope
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TemporaryError("unexpected_answer", status=answer.status)
    further = envelope.get("__next") if isinstance(envelope, dict) else None
    return rows, further
