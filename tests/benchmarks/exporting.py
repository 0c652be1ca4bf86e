"""What the benchmarks of exports share: a list of relations with their visiting addresses, written to a file.

No subject itself: `export_csv` and the like are. The limit, design/performance.md 12:
the same rows by one hand-written query, straight to the csv module. Queries: the rights of who asks and the rows.
"""

import csv
import io
import os
from dataclasses import dataclass

from django.db import connection

from crm.access.models import User
from crm.exchange import kinds, writing
from tests.benchmarks.pages import DAY, office, visible

NAMES = (*kinds.kind("relations").standard, "birth_date")
_OF_ADDRESS = NAMES[10:17]
SELECTED = ", ".join(f"a.{name}" if name in _OF_ADDRESS else f"r.{name}" for name in NAMES)


@dataclass
class Work:
    user: object
    visible: str
    size: int


def prepare(size):
    user = office()
    return Work(user, visible(user), size)


def written(work, form):
    user = User.objects.get(pk=work.user.pk)
    kind = kinds.kind("relations")
    columns = kind.chosen_columns(user, NAMES)
    chosen = kind.narrow(user, kinds.source("relations").subjects(user, "status=all", on=DAY), on=DAY)
    with open(os.devnull, "wb") as target:
        return writing.write(form, target, columns, kind.rows(user, chosen, on=DAY, columns=columns), name="relations")


def limit(work):
    on = "a.valid_from <= %s AND (a.valid_until IS NULL OR a.valid_until > %s)"
    sql = (
        f"SELECT {SELECTED} FROM relations_relation r LEFT JOIN relations_address a"
        f" ON a.relation_id = r.id AND a.kind = 'visiting' AND {on}"
        f" WHERE {work.visible} ORDER BY r.sort_key, r.id"
    )
    count = 0
    with open(os.devnull, "wb") as target, connection.chunked_cursor() as cursor:
        text = io.TextIOWrapper(target, encoding="utf-8", newline="")
        writer = csv.writer(text, delimiter=";")
        cursor.execute(sql, (DAY, DAY))
        while rows := cursor.fetchmany(5_000):
            writer.writerows(rows)
            count += len(rows)
    return count


def check(work, answer, best):
    assert answer == best
    assert answer >= work.size * 0.9, "hardly anybody went out"
