"""A connector, ready to use: its settings, its secrets, the way out over HTTP and the budget of calls."""

import os
import threading
from datetime import timedelta

from django.conf import settings

from integrations.hub import credentials
from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError, TemporaryError
from integrations.hub.http import HttpClient
from integrations.hub.models import Connection, ConnectionStatus
from integrations.hub.protocol import SystemClock
from integrations.hub.registry import UnknownConnector, connector_class

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class CallBudget:
    """Counts the calls of one connection per minute and per day; refuses the one that would be too many.

    Counted in memory by whoever holds the lane, read from and written to `ConnectionStatus` by its main thread.
    """

    def __init__(self, status: ConnectionStatus, *, per_minute=None, per_day=None, clock=None):
        self._limits = (per_minute, per_day)
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._began = [status.minute_began, status.day_began]
        self._calls = [status.minute_calls, status.day_calls]

    def before_call(self, method, url):
        """Raises TemporaryError("call_budget") with the seconds until the window is over."""
        with self._lock:
            now = self._clock.now()
            self._roll(now)
            for limit, calls, began, window in zip(self._limits, self._calls, self._began, (MINUTE, DAY), strict=True):
                if limit is not None and calls >= limit:
                    wait = (began + window - now).total_seconds()
                    raise TemporaryError("call_budget", retry_after_seconds=wait)
            self._calls = [calls + 1 for calls in self._calls]

    def write_to(self, status: ConnectionStatus) -> None:
        with self._lock:
            status.minute_began, status.day_began = self._began
            status.minute_calls, status.day_calls = self._calls

    def _roll(self, now):
        for place, window in enumerate((MINUTE, DAY)):
            if self._began[place] is None or now - self._began[place] >= window:
                self._began[place], self._calls[place] = now, 0


class _Meter:
    """Hangs the budget of the moment under the client, which lives longer."""

    budget = None

    def before_call(self, method, url):
        if self.budget is not None:
            self.budget.before_call(method, url)


_clients: dict[tuple, tuple[HttpClient, _Meter]] = {}
_clients_lock = threading.Lock()


def client_for(connection_id: int, budget: CallBudget | None) -> HttpClient:
    """The HTTP client of this connection in this process, with its open connections."""
    inside = tuple(settings.CONNECTION_INSIDE_HOSTS)
    with _clients_lock:
        place = (os.getpid(), connection_id, inside)
        if place not in _clients:
            meter = _Meter()
            client = HttpClient(allow_address=AddressGuard(allowed=inside), before_call=meter.before_call)
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


def open_connector(connection: Connection, *, ask=credentials.run_here, budget=None, clock=None):
    """An instance of the connector. Raises ConfigurationError when it cannot be made."""
    try:
        connector = connector_class(connection.channel, connection.connector)
    except UnknownConnector as error:
        raise ConfigurationError("connector_unknown") from error
    return connector(
        settings_of(connection, connector),
        credentials.CredentialStore(connection.pk, ask=ask),
        client_for(connection.pk, budget),
        clock or SystemClock(),
    )
