"""Signing in to Exact Online. Source: the contract, section 2.

A refresh token is single-use and rotates; losing the answer means that a person signs in again. So one process at a
time refreshes, under a lease; the new pair is stored before it is used; whoever waited reads again instead of asking.
A new pair may only be asked when the old one is nearly over (after 570 of its 600 seconds). The refresh token dies
after 30 days without use.
"""

from datetime import timedelta
from urllib.parse import urlencode

from integrations.hub.answers import Dialect, Rule, json_or_none
from integrations.hub.errors import ConfigurationError, TemporaryError, UnknownOutcome
from integrations.hub.protocol import TokenPair

from .limits import seconds_to_wait

REFRESH_AFTER_SECONDS = 570
LEASE_SECONDS = 60  # longer than one whole call of 30 s


def _token_words(answer):
    data = json_or_none(answer)
    if not isinstance(data, dict):
        return answer.headers.get("reason", "")
    error = data.get("error")
    if isinstance(error, dict):
        return str((error.get("message") or {}).get("value", ""))
    return " ".join(str(part) for part in (error, data.get("error_description")) if part)


def _says(*phrases):
    return lambda answer: any(phrase in _token_words(answer).lower() for phrase in phrases)


REFUSALS = frozenset({400, 401, 403})
TOKEN_DIALECT = Dialect(
    rules=(
        Rule(REFUSALS, TemporaryError, "token_asked_too_early", _says("not expired", "too early")),
        Rule(REFUSALS, ConfigurationError, "wrong_client", _says("invalid_client", "unauthorized_client")),
        Rule(REFUSALS, ConfigurationError, "wrong_redirect_address", _says("redirect_uri")),
        Rule(REFUSALS, ConfigurationError, "log_in_again"),
    ),
    words=_token_words,
    retry_after=seconds_to_wait,
)


class Tokens:
    """The access token of one connection, fresh when it has to be."""

    def __init__(self, *, base_url, client_id, client_secret, credentials, http, clock):
        self._base_url = base_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._credentials = credentials
        self._http = http
        self._clock = clock

    def authorize_url(self, *, redirect_uri, state):
        query = {
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "state": state,
            "force_login": "0",
        }
        return f"{self._base_url}/api/oauth2/auth?{urlencode(query)}"

    def exchange_code(self, code, *, redirect_uri):
        with self._credentials.lease("tokens", LEASE_SECONDS):
            self._credentials.save(
                self._ask({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}, code)
            )

    def current(self, *, refused=None) -> TokenPair:
        """A pair to call with. `refused`: the access token just answered with 401; it is not given again.

        Raises ConfigurationError("log_in_again") when nobody signed in or the sign-in is over.
        """
        pair = self._read()
        if self._usable(pair, refused):
            return pair
        with self._credentials.lease("tokens", LEASE_SECONDS):
            pair = self._read()  # another worker may have refreshed while we waited
            if not self._usable(pair, refused):
                form = {"grant_type": "refresh_token", "refresh_token": pair.refresh_token}
                try:
                    pair = self._ask(form, pair.refresh_token)
                except UnknownOutcome as error:
                    # The old token may be spent. The next try shows it: either it still works or a person signs in.
                    raise TemporaryError("token_answer_lost", vendor_words=error.vendor_words) from error
                self._credentials.save(pair)  # durable before its first use
        return pair

    def secrets(self, pair):
        """Values that may never show in words of the vendor."""
        return (self._client_secret, pair.access_token, pair.refresh_token)

    def _read(self):
        pair = self._credentials.read()
        if pair is None:
            raise ConfigurationError("log_in_again")
        return pair

    def _usable(self, pair, refused):
        spare = max(pair.expires_in_seconds - REFRESH_AFTER_SECONDS, 0) or 30
        over = pair.obtained_at + timedelta(seconds=pair.expires_in_seconds - spare)
        return pair.access_token != refused and self._clock.now() < over

    def _ask(self, grant, secret):
        answer = self._http.send(
            "POST",
            f"{self._base_url}/api/oauth2/token",
            form={**grant, "client_id": self._client_id, "client_secret": self._client_secret},
            headers={"Accept": "application/json"},
            dialect=TOKEN_DIALECT,
            secrets=(self._client_secret, secret),
        )
        data = answer.data if isinstance(answer.data, dict) else {}
        access, refresh = data.get("access_token"), data.get("refresh_token")
        try:
            expires_in = int(data.get("expires_in", 600))  # arrives as a text too
        except (TypeError, ValueError):
            expires_in = 600
        if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
            raise UnknownOutcome("token_missing", status=answer.status)
        # Dated after the answer: then our 570 seconds never end before the vendor's.
        return TokenPair(access, refresh, self._clock.now(), expires_in)
