"""A connector, ready to use: its settings, its secrets, the way out over HTTP and the budget of calls."""

import os
import threading
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from integrations.hub import credentials
from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError, TemporaryError
from integrations.hub.http import HttpClient
from integrations.hub.models import Connection, ConnectionStatus
from integrations.hub.protocol import SystemClock
from integrations.hub.registry import UnknownConnector, connector_class

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FOR_PEOPLE = 0.25  # of a minute's calls: a first fill or an import leaves them to who changes one record
ERRORS_SECONDS = 3600.0
COUNTED_ERRORS = frozenset({400, 401, 403, 404})
CALL_FIELDS = ("minute_began", "minute_calls", "day_began", "day_calls", "hour_errors")


def call_limits(connection: Connection, capabilities) -> tuple[int | None, int | None]:
    """(calls per minute, calls per day): the vendor's, or what this customer agreed with them.

    The agreed ones stand in `Connection.settings` as `calls_per_minute` and `calls_per_day`, whole numbers.
    """
    agreed = connection.settings
    return (
        agreed.get("calls_per_minute", capabilities.calls_per_minute),
        agreed.get("calls_per_day", capabilities.calls_per_day),
    )


class CallBudget:
    """Counts the calls of one connection per minute and per day; refuses the one that would be too many.

    Counted in memory by whoever holds the lane, read from and written to `ConnectionStatus` by its main thread.
    """

    def __init__(self, status: ConnectionStatus, *, per_minute=None, per_day=None, errors_per_hour=None, clock=None):
        self._errors_per_hour = errors_per_hour
        self._errors = {endpoint: list(moments) for endpoint, moments in status.hour_errors.items()}
        self._limits = (per_minute, per_day)
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._began = [status.minute_began, status.day_began]
        self._calls = [status.minute_calls, status.day_calls]

    def before_call(self, method, url):
        """Raises TemporaryError("call_budget") with the seconds until the window is over, or "error_budget" while one
        more error could make the vendor block this endpoint."""
        with self._lock:
            now = self._clock.now()
            self._refuse_after_errors(endpoint_of(url), now.timestamp())
            self._roll(now)
            for limit, calls, began, window in zip(self._limits, self._calls, self._began, (MINUTE, DAY), strict=True):
                if limit is not None and calls >= limit:
                    wait = (began + window - now).total_seconds()
                    raise TemporaryError("call_budget", retry_after_seconds=wait)
            self._calls = [calls + 1 for calls in self._calls]

    def bulk_waits_seconds(self) -> float:
        """How long bulk work has to wait: the rest of this minute is for the changes of people. 0: it may go."""
        per_minute = self._limits[0]
        if per_minute is None:
            return 0.0
        with self._lock:
            now = self._clock.now()
            self._roll(now)
            if self._calls[0] < per_minute * (1 - FOR_PEOPLE):
                return 0.0
            return max((self._began[0] + MINUTE - now).total_seconds(), 0.0)

    def write_to(self, status: ConnectionStatus) -> None:
        with self._lock:
            status.minute_began, status.day_began = self._began
            status.minute_calls, status.day_calls = self._calls
            now = self._clock.now().timestamp()
            self._errors = {name: kept for name in self._errors if (kept := self._recent(name, now))}
            status.hour_errors = {name: list(moments) for name, moments in self._errors.items()}

    def after_call(self, method, url, status):
        """Counts what vendors count who block an endpoint after too many errors in an hour."""
        if status in COUNTED_ERRORS and self._errors_per_hour is not None:
            with self._lock:
                self._errors.setdefault(endpoint_of(url), []).append(self._clock.now().timestamp())

    def _refuse_after_errors(self, endpoint, now):
        if self._errors_per_hour is None:
            return
        recent = self._recent(endpoint, now)
        if len(recent) >= self._errors_per_hour:
            raise TemporaryError("error_budget", retry_after_seconds=recent[0] + ERRORS_SECONDS - now)

    def _recent(self, endpoint, now):
        return [moment for moment in self._errors.get(endpoint, ()) if now - moment < ERRORS_SECONDS]

    def _roll(self, now):
        for place, window in enumerate((MINUTE, DAY)):
            if self._began[place] is None or now - self._began[place] >= window:
                self._began[place], self._calls[place] = now, 0


def endpoint_of(url: str) -> str:
    """The path without keys: of `/api/v1/123/crm/Accounts(guid'…')?$select=ID` that is `api/v1/#/crm/Accounts`."""
    parts = [part.partition("(")[0] for part in urlsplit(url).path.split("/")]
    return "/".join("#" if part.isdigit() else part for part in parts if part)


class _Meter:
    """Hangs the budget of the moment under the client, which lives longer."""

    budget = None

    def before_call(self, method, url):
        if self.budget is not None:
            self.budget.before_call(method, url)

    def after_call(self, method, url, status):
        if self.budget is not None:
            self.budget.after_call(method, url, status)


_clients: dict[tuple, tuple[HttpClient, _Meter]] = {}
_clients_lock = threading.Lock()


def client_for(connection_id: int, budget: CallBudget | None) -> HttpClient:
    """The HTTP client of this connection in this process, with its open connections."""
    inside = tuple(settings.CONNECTION_INSIDE_HOSTS)
    with _clients_lock:
        place = (os.getpid(), connection_id, inside)
        if place not in _clients:
            meter = _Meter()
            client = HttpClient(
                allow_address=AddressGuard(allowed=inside),
                before_call=meter.before_call,
                after_call=meter.after_call,
            )
            _clients[place] = (client, meter)
        client, meter = _clients[place]
        meter.budget = budget
        return client


def settings_of(connection: Connection, connector: type) -> dict[str, str]:
    """Every field of the connector, secrets included. Raises ConfigurationError when one that must be is missing."""
    values = {**connection.settings, **credentials.secrets_of(connection.pk)}
    for field in connector.settings_fields:
        values.setdefault(field.name, field.default)
        if field.required and not values[field.name]:
            raise ConfigurationError("settings_missing")
    return values


def connector_of(connection: Connection) -> type:
    """The class of the connector. Raises ConfigurationError when there is none (any more)."""
    try:
        return connector_class(connection.channel, connection.connector)
    except UnknownConnector as error:
        raise ConfigurationError("connector_unknown") from error


def open_connector(connection: Connection, *, ask=credentials.run_here, budget=None, clock=None):
    """An instance of the connector. Raises ConfigurationError when it cannot be made."""
    connector = connector_of(connection)
    return connector(
        settings_of(connection, connector),
        credentials.CredentialStore(connection.pk, ask=ask),
        client_for(connection.pk, budget),
        clock or SystemClock(),
    )
