"""One save of a debtor, with its history and its outbox row: design/performance.md 12.

The limit is three raw statements and one commit: the row, its history, the waiting row.
"""

from django.db import connection, transaction
from django.utils import timezone

from crm.administrations.models import Administration
from crm.core.change_set import change_set
from crm.relations.models import Relation
from crm.relations.services import make_financial_roles
from integrations.hub.models import Connection, Delivery

RATIO = 4 if connection.vendor == "sqlite" else 2.8  # raised: crm/core/README.md
SAVES = 50
# per save: change set, row, history, outbox; and BEGIN, COMMIT
QUERIES = 6 * SAVES
GROWTH = 1.5


def prepare(size):
    """Fifty debtors of an administration whose connection is paused: the queue is not what is measured."""
    administration = Administration.objects.order_by("pk").first()
    ids = list(Relation.objects.filter(administration=administration).order_by("pk").values_list("pk", flat=True))
    ids = ids[:: max(1, len(ids) // SAVES)][:SAVES]
    day = timezone.localdate()
    make_financial_roles(ids, administration=administration, kind="debtor", valid_from=day)
    Connection.objects.create(
        administration=administration, channel="finance", connector="exact_online", title="Exact", state="paused"
    )
    return {"ids": ids, "relations": [], "turn": 0}


def reset(work):
    """Load the rows outside the clock; every call writes another value."""
    work["turn"] += 1
    work["relations"] = list(Relation.objects.filter(pk__in=work["ids"]).order_by("pk"))
    Delivery.objects.all().delete()


def ours(work):
    for relation in work["relations"]:
        with change_set():
            relation.block_reason = f"keer {work['turn']}"
            relation.save()
    return len(work["relations"])


def limit(work):
    history = Relation.history.model
    columns = ", ".join(f'"{field.column}"' for field in history.tracked_fields)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    connection_id = Connection.objects.values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        for relation in work["relations"]:
            with transaction.atomic():
                cursor.execute(
                    "UPDATE relations_relation SET block_reason = %s, version = version + 1 WHERE id = %s",
                    [f"keer {work['turn']}", relation.pk],
                )
                cursor.execute(
                    f"INSERT INTO {history._meta.db_table} ({columns}, history_date, history_type)"
                    f" SELECT {columns}, %s, '~' FROM relations_relation WHERE id = %s",
                    [now, relation.pk],
                )
                cursor.execute(
                    "INSERT INTO hub_delivery (connection_id, topic, subject, revision, state, waiting, in_flight,"
                    " payload, payload_hash, find_first, tries, not_before, claimed_by, failure, code, answer,"
                    " created_at)"
                    " VALUES (%s, 'party', %s, 1, 'waiting', TRUE, FALSE, '', '', FALSE, 0, %s, '', '', '', '', %s)"
                    " ON CONFLICT (connection_id, topic, subject) WHERE waiting"
                    " DO UPDATE SET revision = hub_delivery.revision + 1, not_before = excluded.not_before",
                    [connection_id, relation.pk, now, now],
                )
    return len(work["relations"])


def check(work, answer, best):
    assert answer == best == len(work["ids"]), (answer, best)
    waiting = Delivery.objects.filter(waiting=True, subject__in=work["ids"]).count()
    assert waiting == len(work["ids"]), waiting
    newest = Relation.history.filter(id__in=work["ids"], block_reason=f"keer {work['turn']}").count()
    assert newest == len(work["ids"]), newest
