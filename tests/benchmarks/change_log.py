"""The first page of the mutation log over eleven history rows per relation: design/performance.md 9 and 12.

Ours is the log of everybody, as an office user with every right sees it: acts of all kinds of data, each row asked for
whether this user may see it, old and new in words, names instead of keys. The limit is what the page cannot do
without, in hand-written SQL over the one table that changed: the newest rows with who and why, and the rows before
them.
"""

from django.db import connection, transaction
from django.utils import timezone

from crm.access.models import User
from crm.audit.queries import Asked, acts
from crm.relations.models import Relation
from tests.benchmarks.pages import columns, office

RATIO = 4 if connection.vendor == "sqlite" else 2.5
QUERIES = 14
GROWTH = 1.5
CHANGES = 10
PAGE = 25
HISTORY = Relation.history.model._meta.db_table


# an act a second, from now on: newer than what made the data and the user
BEGIN = timezone.now().replace(microsecond=0)
MOMENT = {
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%S', %s, '+' || ({second}) || ' seconds')",
    "postgresql": "%s::timestamptz + ({second}) * interval '1 second'",
}[connection.vendor]


def prepare(size):
    """Ten changes of every relation, each an act of its own; the sector says which."""
    user = office()
    others = list(User.objects.values_list("pk", flat=True)[:5])
    names = ", ".join(f'"{field.column}"' for field in Relation.history.model.tracked_fields)
    plain = names.replace('"sector"', "'sector ' || {turn}").replace('"version"', '"version" + {turn}')
    number = "ROW_NUMBER() OVER (ORDER BY id)"
    begin = connection.ops.adapt_datetimefield_value(BEGIN)
    with transaction.atomic(), connection.cursor() as cursor:
        for turn in range(1, CHANGES + 1):
            ((last,),) = columns(cursor, "SELECT COALESCE(MAX(id), 0) FROM core_changeset")
            moment = MOMENT.format(second=f"{turn * size} + {number}")
            cursor.execute(
                "INSERT INTO core_changeset (id, actor_id, door, action, reason, opened_at)"
                f" SELECT {last} + {number}, %s, 'screen', '', '', {moment} FROM relations_relation",
                [others[turn % len(others)], begin],
            )
            cursor.execute(
                f"INSERT INTO {HISTORY} ({names}, history_date, history_type, history_user_id, change_set_id)"
                f" SELECT {plain.format(turn=turn)}, {moment}, '~', %s, {last} + {number} FROM relations_relation",
                [begin, others[turn % len(others)]],
            )
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval('core_changeset_id_seq', (SELECT MAX(id) FROM core_changeset))")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"user": user, "acts": size * CHANGES}


def ours(work):
    page = acts(User.objects.get(pk=work["user"].pk), Asked(), limit=PAGE)
    return [(act.change_set.pk, [(c.old, c.new) for c in act.entries[0].changes]) for act in page.acts]


def limit(work):
    with connection.cursor() as cursor:
        newest = columns(
            cursor,
            "SELECT c.id, h.history_id, h.id, h.sector, h.legal_name, h.history_type, c.door, c.reason, c.opened_at,"
            " u.first_name, u.last_name"
            " FROM (SELECT * FROM core_changeset ORDER BY opened_at DESC, id DESC LIMIT %s) c"
            f" JOIN {HISTORY} h ON h.change_set_id = c.id LEFT JOIN access_user u ON u.id = c.actor_id"
            " ORDER BY c.opened_at DESC, c.id DESC",
            PAGE,
        )
        keys = ", ".join(str(row[1]) for row in newest)
        before = columns(
            cursor,
            f"SELECT h.history_id, p.* FROM {HISTORY} h JOIN {HISTORY} p ON p.history_id = (SELECT b.history_id"
            f" FROM {HISTORY} b WHERE b.id = h.id AND b.history_id < h.history_id ORDER BY b.history_id DESC LIMIT 1)"
            f" WHERE h.history_id IN ({keys})",
        )
        place = [column.name if hasattr(column, "name") else column[0] for column in cursor.description].index(
            "sector"
        )
    was = {row[0]: row[place] for row in before}
    return [(row[0], [(was[row[1]], row[3])]) for row in newest]


def check(work, answer, best):
    assert answer == best, (answer[:2], best[:2])
    assert len(answer) == PAGE
    rows = Relation.history.model.objects.filter(history_type="~", sector__startswith="sector ").count()
    assert rows >= work["acts"], (rows, work["acts"])
