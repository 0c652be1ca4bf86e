"""Offering again: one refused row, all of them, or everything a connection is about."""

from django.db import transaction
from django.utils import timezone

from integrations.hub.models import Delivery, ExternalLink
from integrations.hub.queries import subjects_of
from integrations.hub.registry import connector_class, topic_named, topics
from integrations.hub.services.outbox import enqueue, wake

CHUNK = 5_000


@transaction.atomic
def retry(rows) -> int:
    """Note again what these stuck rows were to tell, as it is now; returns how many records.

    The refused row stays in the log until the new one is settled, and is then overtaken by it. A row without an answer
    (three days long) is looked up first, because its successor is.
    """
    stuck = rows.filter(state=Delivery.State.STUCK)
    wanted: dict[str, set[int]] = {}
    for topic, subject in stuck.values_list("topic", "subject"):
        wanted.setdefault(topic, set()).add(subject)
    for name in sorted(wanted):
        _enqueue_all(topic_named(name), sorted(wanted[name]))
    return sum(len(subjects) for subjects in wanted.values())


@transaction.atomic
def try_now(row: Delivery) -> None:
    """A waiting row need not wait for its next try; the vendor's own request to wait still counts."""
    now = timezone.now()
    Delivery.objects.filter(pk=row.pk, waiting=True).update(not_before=now)
    Delivery.objects.filter(pk=row.pk, state=Delivery.State.UNKNOWN).update(lease_until=now)
    transaction.on_commit(lambda: wake([row.connection_id]), robust=True)


@transaction.atomic
def tell_all(connection) -> int:
    """Note everybody this connection is about, also who was never told; returns how many records.

    What is still equal there is not written: for a new connection, and after something went wrong over there.
    """
    ExternalLink.objects.filter(connection=connection).update(delivered_hash="")
    kind = connector_class(connection.channel, connection.connector)
    return sum(
        _enqueue_all(topic, subjects_of(connection, topic), only=connection)
        for topic in topics(connection.channel)
        if topic.served_by(kind)
    )


def _enqueue_all(topic, subjects, *, only=None) -> int:
    for start in range(0, len(subjects), CHUNK):
        enqueue(topic, subjects[start : start + CHUNK], only=only, in_bulk=only is not None)
    return len(subjects)
