"""The first page of the mutation log over eleven history rows per relation: design/performance.md 9 and 12.

Ours is the log of everybody, as an office user with every right sees it. The limit is what that page cannot do
without, in SQL written by hand for this one answer: the rights of the user; the newest acts, with who did them and
whether something of them was undone; what they wrote, in one statement over all the history tables, since any of them
may have it; which of those records this user may see, with their names; where those lie, which decides what columns
may be read; the rows with the rows before them, of which every column is compared. It leaves out what this data has
nothing of: records that are gone, acts of thousands of rows, names of other keys, words for dates and choices.

The two raw queries that design/performance.md 12 names read one table and ask nobody's rights. The statement over all
history tables takes longer than both of them, so no log over these tables comes near four times that.
"""

from copy import copy

from django.db import connection, transaction
from django.utils import timezone

from crm.access.models import User
from crm.access.rights import READ_RIGHT
from crm.audit.queries import Asked, acts
from crm.audit.records import recorded_models
from crm.core.field_classes import classes_of
from crm.relations.models import Relation
from tests.benchmarks.pages import VISIBLE, columns, office

RATIO = 4 if connection.vendor == "sqlite" else 2.5
QUERIES = 7
GROWTH = 1.5
CHANGES = 10
PAGE = 25
HISTORY = Relation.history.model._meta.db_table
TABLES = [model.history.model._meta.db_table for model in recorded_models()]
# column -> the right that reading it asks for, or None
TRACKED = {
    Relation._meta.get_field(name).column: READ_RIGHT[field_class]
    for name, field_class in classes_of(Relation).items()
}
# SQLite takes an index for what it is told to be rare (crm/audit/queries/statements.py)
RARE = "likelihood({}, 0.00001)" if connection.vendor == "sqlite" else "{}"


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
    # who asks is known to every page (design/performance.md 6); what they may is not
    user = copy(work["user"])
    page = acts(user, Asked(), limit=PAGE)
    return [
        (
            act.change_set.pk,
            act.who,
            act.undone,
            [(e.kind, e.under, [(c.name, c.old, c.new) for c in e.changes]) for e in act.entries],
        )
        for act in page.acts
    ]


def limit(work):
    with connection.cursor() as cursor:
        granted = columns(
            cursor,
            "SELECT g.administration_id, r.right FROM access_grant g LEFT JOIN access_roleright r"
            " ON r.role_id = g.role_id WHERE g.user_id = %s".replace("r.right", 'r."right"'),
            work["user"].pk,
        )
        homes = ", ".join(str(pk) for pk in {row[0] for row in granted})
        newest = columns(
            cursor,
            "SELECT c.id, c.opened_at, c.door, c.reason, u.first_name, u.last_name,"
            " (SELECT l.id FROM core_changeset l"
            f" WHERE {RARE.format('l.reverts_id = c.id')} AND l.action = 'audit.undo' LIMIT 1) FROM core_changeset c"
            " LEFT JOIN access_user u ON u.id = c.actor_id ORDER BY c.opened_at DESC, c.id DESC LIMIT %s",
            PAGE + 1,
        )
        ids = RARE.format(f"change_set_id IN ({', '.join(str(row[0]) for row in newest)})")
        written = columns(
            cursor,
            " UNION ALL ".join(
                f"SELECT {number}, change_set_id, history_id, id FROM {table} WHERE {ids}"
                for number, table in enumerate(TABLES)
            ),
        )
        assert {row[0] for row in written} == {TABLES.index(HISTORY)}
        keys = ", ".join(str(row[3]) for row in written)
        names = dict(
            columns(
                cursor,
                "SELECT r.id, r.display_name FROM relations_relation r"
                f" WHERE r.id IN ({keys}) AND {VISIBLE.format(homes=homes)}",
            )
        )
        uses = columns(
            cursor, f"SELECT relation_id, administration_id FROM relations_relationuse WHERE relation_id IN ({keys})"
        )
        history_ids = ", ".join(str(row[2]) for row in written if row[3] in names)
        rows = columns(
            cursor,
            f"SELECT h.*, p.* FROM {HISTORY} h JOIN {HISTORY} p ON p.history_id = (SELECT MAX(b.history_id)"
            f" FROM {HISTORY} b WHERE b.id = h.id AND b.history_id < h.history_id)"
            f" WHERE h.history_id IN ({history_ids})",
        )
        titles = [column[0] for column in cursor.description]
    width = len(titles) // 2
    at = {title: number for number, title in enumerate(titles[:width])}
    told = [(at[title], title) for title in at if title not in ("id", "version") and title in TRACKED]
    lies: dict[int, set[int]] = {}
    for relation, administration in uses:
        lies.setdefault(relation, set()).add(administration)
    granted = set(granted)
    entries = {}
    for row in rows:
        where = lies.get(row[at["id"]], set()) | {row[at["administration_id"]]}
        may = {right for administration, right in granted if administration in where}
        changes = [
            (title, row[width + place], row[place])
            for place, title in told
            if row[place] != row[width + place] and TRACKED[title] in (None, *may)
        ]
        entries.setdefault(row[at["change_set_id"]], []).append(
            (row[at["history_type"]], names[row[at["id"]]], changes)
        )
    return [(row[0], f"{row[4]} {row[5]}".strip(), bool(row[6]), entries[row[0]]) for row in newest[:PAGE]]


def check(work, answer, best):
    assert answer == best, (answer[:2], best[:2])
    assert len(answer) == PAGE
    rows = Relation.history.model.objects.filter(history_type="~", sector__startswith="sector ").count()
    assert rows >= work["acts"], (rows, work["acts"])
