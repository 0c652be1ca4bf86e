"""Secrets: sealed, rotated, and nowhere else."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection as database

from integrations.hub import credentials, services
from integrations.hub.errors import ConfigurationError
from integrations.hub.models import Connection, Credential
from integrations.hub.protocol import TokenPair
from tests.factories.relations import AdministrationFactory

pytestmark = pytest.mark.django_db

CANARY = "kanarie-7f3a91c2"


def connect(**values):
    return services.connect(
        channel="finance",
        connector="exact_online",
        administration=AdministrationFactory(),
        title="Exact Online",
        values={"base_url": "https://start.exactonline.nl", "client_id": "wij", "client_secret": CANARY} | values,
    )


def everything_in_the_database():
    """Every value of every table, as one text."""
    found = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_canary_is_in_no_table_history_or_log(caplog):
    connection = connect()
    services.change_connection(
        connection,
        version=connection.version,
        title="Anders",
        values={"client_id": "wij", "client_secret": f"{CANARY}-2"},
    )
    credentials.CredentialStore(connection.pk).save(TokenPair(f"{CANARY}-3", f"{CANARY}-4"))

    assert "Anders" in everything_in_the_database()
    assert CANARY not in everything_in_the_database()
    assert CANARY not in caplog.text
    assert credentials.read(connection.pk, "client_secret") == f"{CANARY}-2"


def test_secret_left_empty_stays_as_it_was():
    connection = connect()

    services.change_connection(
        connection, version=connection.version, title="Anders", values={"client_id": "wij", "client_secret": ""}
    )

    assert credentials.secrets_of(connection.pk) == {"client_secret": CANARY}


def test_rotation_seals_everything_with_the_newest_key(settings):
    connection = connect()
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, old]

    call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = [new]

    assert credentials.read(connection.pk, "client_secret") == CANARY
    assert set(Credential.objects.values_list("key_id", flat=True)) == {credentials.key_id(new)}


def test_secret_without_its_key_is_a_configuration_error(settings):
    connection = connect()
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(ConfigurationError, match="key_missing"):
        credentials.read(connection.pk, "client_secret")


def test_pair_comes_back_as_it_was_saved():
    pair = TokenPair("access", "refresh", expires_in_seconds=599)
    store = credentials.CredentialStore(connect().pk)

    assert store.read() is None
    store.save(pair)

    assert store.read() == pair


def test_settings_hold_no_secret():
    connection = connect()

    assert Connection.objects.get(pk=connection.pk).settings == {
        "base_url": "https://start.exactonline.nl",
        "client_id": "wij",
    }
    assert [row.settings for row in connection.history.all()] == [
        {"base_url": "https://start.exactonline.nl", "client_id": "wij"}
    ]
