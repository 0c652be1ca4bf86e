"""Keeps the vocabulary of this process up to date: one query per search, whatever gaps there are among the ids.

Words are only added, so a search reads those after the last one it has seen. What must not go wrong:

- On PostgreSQL a lower id may be committed after a higher one, and a rolled-back id never. Holes among the ids are
  asked for again in the same query until every transaction of the moment they were first missed is over: then nobody
  can fill them any more, and they cost nothing.
- A word that was read inside a transaction may be rolled back, and SQLite gives its id to another word. So what is
  read inside a transaction serves that transaction, as long as the savepoint in which it was read stands, and is kept
  for the process when it commits.
- The last word seen is read again each time; when it is no longer the same, the database was restored or emptied
  and everything is read anew.
"""

# ruff: noqa: S608 - the name of our own table, values are parameters

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from django.db import connections, transaction

from crm.relations.models import Word
from crm.relations.search.words import Hole, Moment, Vocabulary

READ_ANEW_SECONDS = 24 * 60 * 60

_lock = threading.Lock()
_kept: dict[tuple, Vocabulary] = {}


def vocabulary(alias: str = "default") -> Vocabulary:
    """The words as this connection sees them now: one query, at the first call all of them."""
    key = _database(alias)
    known = _of_this_transaction(alias) or _kept.get(key) or Vocabulary()
    if time.monotonic() - known.read_at > READ_ANEW_SECONDS:
        known = Vocabulary()
    before = known
    fresh, now = _read(alias, known, known.holes)
    if known.last and known.last not in {row[:2] for row in fresh}:
        known = Vocabulary()
        fresh, now = _read(alias, known, known.holes)
    if known.unsettled and known.unsettled.since.settled(now):
        known = replace(known, unsettled=None)
        fresh, now = _read(alias, known, (Hole(0, known.last[0], now),))
    snapshot = known.with_rows(fresh, now=now)
    if snapshot is not before:
        _remember(alias, key, snapshot)
    return snapshot


def forget_kept() -> None:
    """Drop what this process keeps: the next search reads everything. For benchmarks of the start."""
    with _lock:
        _kept.clear()


def _database(alias: str) -> tuple:
    settings = connections[alias].settings_dict
    return (alias, settings["ENGINE"], str(settings["NAME"]), settings["HOST"], settings["PORT"])


class _KeepAtCommit:
    """Waits among the functions that run at commit, of which Django forgets those of a savepoint that is rolled back:
    as long as it waits there, its snapshot is what this transaction sees."""

    def __init__(self, key: tuple, snapshot: Vocabulary):
        self.key = key
        self.snapshot = snapshot

    def __call__(self) -> None:
        _keep(self.key, self.snapshot)


def _of_this_transaction(alias: str) -> Vocabulary | None:
    for entry in reversed(connections[alias].run_on_commit):
        if isinstance(entry[1], _KeepAtCommit):
            return entry[1].snapshot
    return None


def _remember(alias: str, key: tuple, snapshot: Vocabulary) -> None:
    connection = connections[alias]
    if not connection.in_atomic_block:
        _keep(key, snapshot)
        return
    for savepoints, waiting, *_ in reversed(connection.run_on_commit):
        if isinstance(waiting, _KeepAtCommit) and savepoints == set(connection.savepoint_ids):
            waiting.snapshot = snapshot  # goes or stays with the same savepoints: no need to wait twice
            return
    transaction.on_commit(_KeepAtCommit(key, snapshot), using=alias, robust=True)


def _keep(key: tuple, snapshot: Vocabulary) -> None:
    """Two threads that read at the same time each made a snapshot; the one that knows most stays."""
    with _lock:
        kept = _kept.get(key)
        if kept is None or snapshot.read_at > kept.read_at or (snapshot.last or (0,))[0] >= (kept.last or (0,))[0]:
            _kept[key] = snapshot


def _read(alias: str, known: Vocabulary, holes: Sequence[Hole]) -> tuple[list[tuple[int, str, int]], Moment]:
    """Words from the last one seen on (that one included), and those that fill a hole; and when that was.

    Rows of (id, text, uses).
    """
    connection = connections[alias]
    sql = f"SELECT id, text, uses FROM {connection.ops.quote_name(Word._meta.db_table)}"
    params: list[int] = []
    if known.last:
        sql += " WHERE id >= %s" + " OR id BETWEEN %s AND %s" * len(holes)
        params = [known.last[0], *(edge for hole in holes for edge in (hole.low, hole.high))]
    seconds = time.monotonic()
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(sql, params)
            return cursor.fetchall(), Moment(seconds)
        # the transactions as this statement sees them, as a row of its own
        cursor.execute(f"{sql} UNION ALL SELECT {_OLDEST}, NULL, {_NEXT}", params)
        rows = cursor.fetchall()
    at = next(at for at in reversed(range(len(rows))) if rows[at][1] is None)
    oldest, _none, following = rows.pop(at)
    return rows, Moment(seconds, oldest, following)


_OLDEST = "txid_snapshot_xmin(txid_current_snapshot())"
_NEXT = "txid_snapshot_xmax(txid_current_snapshot())"
