"""Making a connection, changing it, signing in, testing, pausing: what a person does to a coupling."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from crm.core.change_set import change_set
from integrations.hub import credentials
from integrations.hub.errors import ConfigurationError, CouplingError
from integrations.hub.models import Connection, ConnectionStatus, Delivery, Feed, SignIn
from integrations.hub.protocol import TestResult
from integrations.hub.registry import arrivals, connector_class, signed_in_to
from integrations.hub.services import attention
from integrations.hub.services.claims import status_of
from integrations.hub.services.opening import connector_of, open_connector
from integrations.hub.services.outbox import wake
from integrations.hub.services.retrying import retry, tell_all

SIGN_IN_MINUTES = 15


class UnableToSignIn(Exception):
    """The return from the vendor's page is not one we asked for: unknown, used, too old, or somebody else's."""


@transaction.atomic
def connect(*, channel, connector, administration, title, values) -> Connection:
    """Make a connection, and note everybody it is about.

    `values`: field of the connector → text; its secrets go to sealed rows, never to history.
    """
    with change_set(action="connection.add"):
        kind = connector_class(channel, connector)
        connection = Connection(
            administration=administration,
            channel=channel,
            connector=connector,
            title=title,
            settings=_plain(kind, values),
        )
        connection.full_clean()
        connection.save()
        _store_secrets(connection, kind, values)
        now = timezone.now()
        # nothing is tried before somebody signed in
        trouble = {"trouble_code": "log_in_again", "trouble_since": now} if signs_in(connection) else {}
        ConnectionStatus.objects.create(connection=connection, **trouble)
        Feed.objects.bulk_create(
            [
                Feed(connection=connection, topic=arrival.topic, next_at=now)
                for arrival in arrivals(channel)
                if kind.capabilities.topics.get(arrival.topic) in ("in", "both")
            ]
        )
        tell_all(connection)
    return connection


@transaction.atomic
def change_connection(connection: Connection, *, version, title, values) -> Connection:
    """New settings. A secret that is left empty stays as it was. What stood still because of the old ones goes on.

    Raises ChangedMeanwhile.
    """
    with change_set(action="connection.change"):
        connection = Connection.objects.lock(connection, version)
        kind = connector_class(connection.channel, connection.connector)
        connection.title = title
        connection.settings = {**connection.settings, **_plain(kind, values)}
        connection.full_clean()
        connection.save()
        _store_secrets(connection, kind, values)
        clear_trouble(connection)
    return connection


def _plain(kind, values):
    names = [field.name for field in kind.settings_fields if field.kind != "secret"]
    return {name: values[name] for name in names if name in values}


def _store_secrets(connection, kind, values):
    for field in kind.settings_fields:
        if field.kind == "secret" and values.get(field.name):
            credentials.store(connection.pk, field.name, values[field.name])


@transaction.atomic
def pause(connection: Connection, *, version=None) -> None:
    with change_set(action="connection.pause"):
        row = Connection.objects.lock(connection, version)
        row.state = Connection.State.PAUSED
        row.save()


@transaction.atomic
def resume(connection: Connection, *, version=None) -> None:
    """Go on: also when the breaker was open or the vendor had asked to wait."""
    with change_set(action="connection.resume"):
        row = Connection.objects.lock(connection, version)
        row.state = Connection.State.ON
        row.save()
        ConnectionStatus.objects.filter(connection=row).update(
            rest_until=None, breaker_until=None, failures_in_a_row=0, probes=0
        )
        transaction.on_commit(lambda: wake([row.pk]), robust=True)


@transaction.atomic
def clear_trouble(connection: Connection) -> None:
    """Somebody corrected the connection: what was refused for its sake waits again, and the worker goes on."""
    status_of(connection)
    ConnectionStatus.objects.filter(connection=connection).update(
        trouble_code="", trouble_words="", trouble_since=None, breaker_until=None, failures_in_a_row=0, probes=0
    )
    retry(Delivery.objects.filter(connection=connection, failure="configuration"))
    attention.trouble_over(connection)
    transaction.on_commit(lambda: wake([connection.pk]), robust=True)


def ask_for_test(connection: Connection) -> None:
    """The test runs in the background; its result is on the connection's page."""
    status_of(connection)
    now = timezone.now()
    ConnectionStatus.objects.filter(connection=connection).update(test_asked_at=now)
    transaction.on_commit(lambda: wake([connection.pk]), robust=True)


def try_connection(
    connection: Connection, *, ask=credentials.run_here, away=credentials.run_here, budget=None
) -> dict:
    """Ask the vendor who we are, and keep the answer. What the test learned (a division) completes the settings.

    `away(test)` runs the part with the network; `ask` is the way to the database from there. `budget`: its calls
    count, and there is no test when the budget is used up.
    """
    try:
        result = away(open_connector(connection, ask=ask, budget=budget).test)
    except CouplingError as error:
        result = TestResult(False, error.code, error.vendor_words)
    kept = {
        "ok": result.ok,
        "code": result.code,
        "words": result.vendor_words,
        "facts": [list(fact) for fact in result.facts],
    }
    with transaction.atomic(), change_set(action="connection.test"):
        ConnectionStatus.objects.filter(connection=connection).update(
            tested_at=timezone.now(), test_asked_at=None, test_result=kept
        )
        if result.ok:
            row = Connection.objects.lock(connection)
            row.settings = {**row.settings, **result.settings}
            row.save()
            clear_trouble(row)
    return kept


# ------------------------------------------------------------------------------------------------ signing in


def signs_in(connection: Connection) -> bool:
    """Whether a person signs in at the vendor's own page."""
    try:
        return signed_in_to(connector_of(connection))
    except ConfigurationError:
        return False


def sign_in_address(connection: Connection, *, user, redirect_uri: str) -> str:
    """Where to send the browser of this user. The state comes back with it, once, within a quarter of an hour."""
    state = secrets.token_urlsafe(32)
    now = timezone.now()
    SignIn.objects.filter(started_at__lt=now - timedelta(minutes=SIGN_IN_MINUTES)).delete()
    SignIn.objects.create(connection=connection, user=user, state_hash=_hash(state), started_at=now)
    return open_connector(connection).authorize_url(redirect_uri=redirect_uri, state=state)


def vendor_page(connection: Connection, *, redirect_uri: str, state: str = "demo") -> str:
    """The vendor's page to sign in at, for who has no browser to come back to us."""
    return open_connector(connection).authorize_url(redirect_uri=redirect_uri, state=state)


def finish_sign_in(*, state: str, user) -> Connection:
    """The connection this return belongs to; the state is used up. Raises UnableToSignIn."""
    oldest = timezone.now() - timedelta(minutes=SIGN_IN_MINUTES)
    with transaction.atomic():
        begun = (
            SignIn.objects.select_for_update()
            .filter(state_hash=_hash(state), user=user, started_at__gte=oldest)
            .first()
        )
        if begun is None:
            raise UnableToSignIn
        connection = Connection.objects.get(pk=begun.connection_id)
        begun.delete()
    return connection


def exchange_code(connection: Connection, code: str, *, redirect_uri: str) -> None:
    """Trade the vendor's single-use code for tokens. Raises the four kinds."""
    open_connector(connection).exchange_code(code, redirect_uri=redirect_uri)
    clear_trouble(connection)


def _hash(state):
    return hashlib.sha256(state.encode()).hexdigest()
