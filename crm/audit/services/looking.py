"""The log of opened cards: noted in the memory of the process, written in batches, forgotten by age.

Noting costs a page no query. A batch is written when it is full or a few seconds old, by a thread of its own, and when
the process ends in an orderly way. A process that is killed loses what it noted since: at most
`settings.LOOKS_WRITTEN_AFTER_SECONDS` of it, or as much as one batch.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from crm.audit.models import Look
from crm.audit.opening import Opening
from crm.audit.records import history_of, plain_rows

logger = logging.getLogger(__name__)

BATCH = 200
# reloading a card, or going through its tabs, is one look
SAME_LOOK = timedelta(minutes=1)
# what cannot be written for so long is lost: the log may not fill the memory
MOST_KEPT = 10_000


@dataclass(frozen=True)
class _Noted:
    """As the page knew it: which record has this number is looked up when the batch is written."""

    at: datetime
    user_id: int
    door: str
    opening: Opening
    value: str


class _Buffer:
    def __init__(self):
        self.lock = threading.Lock()
        self.noted: deque[_Noted] = deque(maxlen=MOST_KEPT)
        self.last: dict[tuple, datetime] = {}
        self.timer: threading.Timer | None = None

    def add(self, look: _Noted) -> bool:
        """Whether it is a new look. Starts the clock of the batch."""
        key = (look.user_id, look.door, look.opening.model, look.opening.column, look.value)
        with self.lock:
            before = self.last.get(key)
            if before is not None and look.at - before < SAME_LOOK:
                return False
            if len(self.last) > MOST_KEPT:
                self.last = {one: at for one, at in self.last.items() if look.at - at < SAME_LOOK}
            self.last[key] = look.at
            self.noted.append(look)
            self._start_clock(0 if len(self.noted) >= BATCH else settings.LOOKS_WRITTEN_AFTER_SECONDS)
        return True

    def _start_clock(self, seconds: float | None) -> None:
        if settings.LOOKS_WRITTEN_AFTER_SECONDS is None or (self.timer is not None and seconds):
            return
        self.timer = threading.Timer(seconds, _flush_and_hang_up)
        self.timer.daemon = True
        self.timer.start()

    def take(self) -> list[_Noted]:
        with self.lock:
            taken = list(self.noted)
            self.noted.clear()
            self.timer = None
        return taken

    def put_back(self, looks: list[_Noted]) -> None:
        with self.lock:
            self.noted.extendleft(reversed(looks))

    def forget(self) -> None:
        with self.lock:
            self.noted.clear()
            self.last.clear()


_buffer = _Buffer()


def note_look(user, opening: Opening, value, *, door: str, at: datetime | None = None) -> bool:
    """Note that this user opened the card of a record that they may see; `value` is what the address said of it.

    The same one within a minute: nothing, and False.
    """
    return _buffer.add(_Noted(at or timezone.now(), user.pk, str(door), opening, str(value)))


def flush() -> int:
    """Write what this process has noted; returns how many. What the database refuses is kept for the next time."""
    noted = _buffer.take()
    if not noted:
        return 0
    try:
        with transaction.atomic():
            rows = _rows(noted)
            Look.objects.bulk_create(rows)
    except DatabaseError:
        _buffer.put_back(noted)
        logger.warning("%d looks could not be written; they are kept for the next time", len(noted), exc_info=True)
        return 0
    return len(rows)


def forget_noted() -> None:
    """Drop what was noted and not yet written."""
    _buffer.forget()


def _rows(noted: list[_Noted]) -> list[Look]:
    """A query for the users, and one or two per kind of record, however many there are."""
    users = plain_rows(get_user_model()).filter(pk__in={one.user_id for one in noted})
    known = set(users.values_list("pk", flat=True))
    keys: dict[Opening, dict[str, int]] = {}
    for opening in {one.opening for one in noted}:
        values = {one.value for one in noted if one.opening == opening}
        keys[opening] = _keys(apps.get_model(opening.model), opening.column, values)
    return [
        Look(
            at=one.at, user_id=one.user_id, door=one.door, model=one.opening.model, record=keys[one.opening][one.value]
        )
        for one in noted
        if one.user_id in known and one.value in keys[one.opening]
    ]


def _keys(model: type[models.Model], column: str, values: set[str]) -> dict[str, int]:
    """value -> key, also of what was deleted since it was looked at."""
    column = "id" if column == "pk" else column
    wanted = {f"{column}__in": values}
    found = {str(value): pk for value, pk in plain_rows(model).filter(**wanted).values_list(column, "pk")}
    if gone := values - set(found):
        rows = history_of(model).objects.filter(**{f"{column}__in": gone})
        found |= {str(value): pk for value, pk in rows.values_list(column, "id")}
    return found


def _flush_and_hang_up() -> None:
    """As a thread of its own does it: its connection is its own too."""
    try:
        flush()
    finally:
        connection.close()


@atexit.register
def flush_at_the_end() -> None:
    if settings.configured and getattr(settings, "LOOKS_WRITTEN_AFTER_SECONDS", None) is not None:
        _flush_and_hang_up()
