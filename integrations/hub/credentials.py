"""Secrets of connections: sealed with the first key of FIELD_ENCRYPTION_KEYS, opened with any of them, never shown.

design/reliability.md 22: encrypted, key id stored, rotation, write-only, in no history, log, queue or error text.
"""

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from integrations.hub.errors import ConfigurationError, TemporaryError
from integrations.hub.models import Credential
from integrations.hub.protocol import TokenPair

TOKENS = "tokens"
POLL_SECONDS = 0.1


def key_id(key: str) -> str:
    """A short name of a key that tells nothing about it."""
    return hashlib.sha256(b"key id " + key.encode()).hexdigest()[:12]


def seal(text: str) -> tuple[str, str]:
    """(sealed text, id of the key)."""
    key = settings.FIELD_ENCRYPTION_KEYS[0]
    return Fernet(key).encrypt(text.encode()).decode(), key_id(key)


def unseal(sealed: str) -> str:
    """Raises ConfigurationError("key_missing") when none of our keys opens it."""
    try:
        return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS]).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ConfigurationError("key_missing") from error


def store(connection_id: int, name: str, text: str) -> None:
    sealed, key = seal(text)
    Credential.objects.update_or_create(
        connection_id=connection_id, name=name, defaults={"sealed": sealed, "key_id": key}
    )


def read(connection_id: int, name: str) -> str | None:
    sealed = Credential.objects.filter(connection_id=connection_id, name=name).values_list("sealed", flat=True).first()
    return None if sealed is None else unseal(sealed)


def secrets_of(connection_id: int) -> dict[str, str]:
    """Every secret a person typed, by field; not the tokens."""
    rows = Credential.objects.filter(connection_id=connection_id).exclude(name=TOKENS)
    return {name: unseal(sealed) for name, sealed in rows.values_list("name", "sealed")}


_sealed_elsewhere: list[Callable[[], int]] = []


def register_rotation(rotate_too: Callable[[], int]) -> None:
    """A channel that seals something of its own seals it again too; the function returns how many."""
    _sealed_elsewhere.append(rotate_too)


def rotate() -> int:
    """Seal again, with the newest key, what an older one sealed; returns how many. The old keys may go afterwards."""
    current = key_id(settings.FIELD_ENCRYPTION_KEYS[0])
    rotated = sum(rotate_too() for rotate_too in _sealed_elsewhere)
    for row in Credential.objects.exclude(key_id=current).iterator():
        sealed, key = seal(unseal(row.sealed))
        # a pair that was refreshed meanwhile is sealed with the newest key already
        rotated += Credential.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed, key_id=key)
    return rotated


def run_here(question):
    """The plain way to reach the database: in this thread."""
    return question()


class CredentialStore:
    """The tokens of one connection, as `protocol.CredentialStore` says.

    `ask(question)` runs a function where the database is: the worker's sending threads pass a door to its main thread.
    """

    def __init__(self, connection_id: int, *, ask=run_here):
        self._connection_id = connection_id
        self._ask = ask

    def read(self) -> TokenPair | None:
        text = self._ask(lambda: read(self._connection_id, TOKENS))
        if text is None:
            return None
        kept = json.loads(text)
        return TokenPair(
            kept["access_token"],
            kept["refresh_token"],
            datetime.fromisoformat(kept["obtained_at"]),
            kept["expires_in_seconds"],
        )

    def save(self, pair: TokenPair) -> None:
        text = json.dumps(
            {
                "access_token": pair.access_token,
                "refresh_token": pair.refresh_token,
                "obtained_at": pair.obtained_at.astimezone(UTC).isoformat(),
                "expires_in_seconds": pair.expires_in_seconds,
            }
        )
        self._ask(lambda: store(self._connection_id, TOKENS, text))

    @contextmanager
    def lease(self, name: str, seconds: float):
        holder = f"{uuid.uuid4().hex}-{threading.get_ident()}"[:40]
        deadline = time.monotonic() + seconds
        while not self._ask(lambda: take_lease(self._connection_id, name, holder, seconds)):
            if time.monotonic() >= deadline:
                raise TemporaryError("busy_elsewhere", retry_after_seconds=5)
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self._ask(lambda: give_lease_back(self._connection_id, name, holder))


def take_lease(connection_id: int, name: str, holder: str, seconds: float) -> bool:
    """Take the lock, or one that its holder let run out. One statement, so that only one gets it."""
    now = timezone.now()
    moment = database.ops.adapt_datetimefield_value
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hub_lease (connection_id, name, holder, until) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (connection_id, name) DO UPDATE SET holder = excluded.holder, until = excluded.until"
            " WHERE hub_lease.until <= %s RETURNING holder",
            [connection_id, name, holder, moment(now + timedelta(seconds=seconds)), moment(now)],
        )
        return cursor.fetchone() is not None


def give_lease_back(connection_id: int, name: str, holder: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM hub_lease WHERE connection_id = %s AND name = %s AND holder = %s",
            [connection_id, name, holder],
        )
