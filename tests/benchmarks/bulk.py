"""One chunk of the bulk door: 5,000 relations get a note, with history, and nobody listens. performance.md 3 and 12.

The limit is the UPDATE and the INSERT … SELECT of the history, with the new values in a temporary table. Of the
queries six are the design's own steps; the others make and drop that table, begin and end, lock (PostgreSQL) and
read for the guards.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from crm.core import bulk
from crm.core.change_set import ChangeSet, change_set
from crm.relations.models import Relation

CHUNK = 5_000
RATIO = 1.5
GROWTH = 12
QUERIES = 13
MEMORY_MB = 60
HISTORY = Relation.history.model._meta.db_table
TABLE = Relation._meta.db_table


@dataclass
class Work:
    ids: list[int]
    values: dict[int, dict[str, str]]
    newest_history: int
    change_set: int


def prepare(size):
    ids = list(Relation.objects.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    newest = Relation.history.order_by("-history_id").values_list("history_id", flat=True).first() or 0
    act = ChangeSet.objects.create(door="shell", action="benchmark")
    return Work(ids, {pk: {"notes": f"Gebeld over {pk}"} for pk in ids}, newest, act.pk)


def reset(work):
    listed = ", ".join(map(str, work.ids))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET notes = '', version = 1 WHERE id IN ({listed})")
        cursor.execute(f"DELETE FROM {HISTORY} WHERE history_id > %s", [work.newest_history])


def ours(work):
    with change_set(action="benchmark"):
        written = bulk.update(Relation, work.values)
    return len(written.changed)


def limit(work):
    kept = [f.column for f in Relation.history.model._meta.concrete_fields if not f.column.startswith("history_")]
    kept = [column for column in kept if column != "change_set_id"]
    listed = ", ".join(f'"{column}"' for column in kept)
    live = ", ".join(f'r."{column}"' for column in kept)
    rows = [(pk, values["notes"]) for pk, values in work.values.items()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_values")
        cursor.execute("CREATE TEMPORARY TABLE bench_values (pk bigint PRIMARY KEY, notes text)")
        if connection.vendor == "postgresql":
            with cursor.copy("COPY bench_values FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany("INSERT INTO bench_values VALUES (%s, %s)", rows)
        cursor.execute(
            f"UPDATE {TABLE} AS r SET notes = v.notes, version = r.version + 1 FROM bench_values v WHERE r.id = v.pk"
        )
        cursor.execute(
            f"INSERT INTO {HISTORY} ({listed}, history_date, history_type, history_change_reason, change_set_id)"
            f" SELECT {live}, %s, '~', NULL, %s FROM {TABLE} r JOIN bench_values v ON v.pk = r.id",
            [timezone.now(), work.change_set],
        )
        changed = cursor.rowcount
    return changed


def check(work, answer, best):
    assert (answer, best) == (CHUNK, CHUNK)
    changed = Relation.history.filter(history_id__gt=work.newest_history, history_type="~")
    assert changed.count() == CHUNK
    assert Relation.objects.filter(pk__in=work.ids[:100], version=2).exclude(notes="").count() == 100
