"""Noting what is to be told, in the transaction of the change; and waking the worker after it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import cache, partial

from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from crm.core.crash_points import reached
from integrations.hub.models import Connection, ConnectionStatus
from integrations.hub.registry import Topic, catalogue, connector_class

DELIVER_TASK = "integrations.hub.tasks.deliver"
ASK_AGAIN_AFTER = timedelta(seconds=60)
MANY = 25


def enqueue(
    topic: Topic, subject_ids: Sequence[int], *, only: Connection | None = None, in_bulk=False, now=None
) -> set[int]:
    """Note for every interested connection that these subjects are to be told; returns the ids of those connections.

    One statement for all of them. `subject_ids` are sorted: rows are locked in that order. A row that waits already
    takes the change in: its revision goes up, and what was made for it is made again. Interested is a connection of
    the topic's channel in whose administration the subject is or was something, one that knows the subject already,
    and one that is being told of it right now; not where its participation is off. Call it inside the transaction of
    the change; where a connector joins by switch, only who is switched on. `only`: for this connection and no other.
    More than 25 at a time are bulk work, which lets the changes of people go first; `in_bulk`: fewer as well.
    """
    connectors = serving(topic)
    if not subject_ids or not connectors:
        return set()
    now = now or timezone.now()
    sql, params = _upsert(
        topic, list(dict.fromkeys(subject_ids)), connectors, database.ops.adapt_datetimefield_value(now), only, in_bulk
    )
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        states = dict(cursor.fetchall())
    reached("hub.enqueued")
    running = sorted(pk for pk, state in states.items() if state == Connection.State.ON)
    if running:
        transaction.on_commit(partial(wake, running), robust=True)
    return set(states)


@cache
def serving(topic: Topic) -> tuple[str, ...]:
    """Names of the connectors that take this topic."""
    return tuple(
        item.name
        for item in catalogue()
        if item.channel == topic.channel and topic.served_by(connector_class(item.channel, item.name))
    )


@cache
def switched(topic: Topic) -> tuple[str, ...]:
    """Those of them that are told of nobody but who is switched on."""
    return tuple(
        name for name in serving(topic) if connector_class(topic.channel, name).capabilities.joining == "by switch"
    )


def _upsert(topic, subject_ids, connectors, now, only, in_bulk):
    by_switch = switched(topic)
    sql, books_params = _upsert_sql(topic, connectors, by_switch, database.vendor, bool(only))
    ids = subject_ids if database.vendor == "postgresql" else json.dumps(subject_ids)
    name, channel = topic.name, topic.channel
    params = [
        ids,
        *books_params,
        name,
        name,
        in_bulk or len(subject_ids) > MANY,
        now,
        now,
        channel,
        *connectors,
        name,
        name,
        name,
        *((*by_switch, name) if by_switch else ()),
    ]
    return sql, [*params, only.pk] if only else params


@cache
def _upsert_sql(topic, connectors, by_switch, vendor, only):
    """(the statement, the parameters of its `books`)."""
    asked = "SELECT unnest(%s::bigint[])" if vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    # in a select list PostgreSQL takes an untyped parameter for text
    moment = "CAST(%s AS timestamptz)" if vendor == "postgresql" else "%s"
    many = "CAST(%s AS boolean)" if vendor == "postgresql" else "%s"
    # in no order: PostgreSQL would sort everybody in the books for the one that is asked
    books, books_params = topic.books().order_by().query.get_compiler(connection=database).as_sql()
    marks = ", ".join(["%s"] * len(connectors))
    where_switched = (
        f"""AND (c.connector NOT IN ({", ".join(["%s"] * len(by_switch))})
                OR (SELECT TRUE FROM hub_participation p WHERE p.connection_id = c.id
                    AND p.topic = %s AND p.subject = a.subject AND p.takes_part))"""  # noqa: S608 — marks of parameters
        if by_switch
        else ""
    )
    # Subqueries that give a value, asked one by one: as a UNION of joins, or with EXISTS, PostgreSQL took longer to
    # plan one save than to do it. The condition of the conflict is a literal: as a parameter it would not match the
    # partial index.
    sql = f"""
        INSERT INTO hub_delivery (connection_id, topic, subject, revision, state, waiting, in_flight, payload,
            payload_hash, in_bulk, find_first, tries, not_before, claimed_by, failure, code, answer, created_at)
        WITH asked (subject) AS ({asked}), books (subject, administration_id) AS ({books})
        SELECT c.id, %s, a.subject,
            COALESCE((SELECT r.revision FROM hub_delivery r WHERE r.connection_id = c.id AND r.topic = %s
                AND r.subject = a.subject ORDER BY r.revision DESC LIMIT 1), 0) + 1,
            'waiting', TRUE, FALSE, '', '', {many}, FALSE, 0, {moment}, '', '', '', '', {moment}
        FROM asked a CROSS JOIN hub_connection c
        WHERE c.channel = %s
            AND ((c.connector IN ({marks}) AND (SELECT TRUE FROM books b WHERE b.subject = a.subject
                    AND (c.administration_id = b.administration_id OR c.administration_id IS NULL) LIMIT 1))
                OR (SELECT TRUE FROM hub_externallink l WHERE l.connection_id = c.id AND l.topic = %s
                    AND l.subject = a.subject)
                OR (SELECT TRUE FROM hub_delivery d WHERE d.connection_id = c.id AND d.topic = %s
                    AND d.subject = a.subject AND d.in_flight LIMIT 1))
            AND (SELECT TRUE FROM hub_participation p WHERE p.connection_id = c.id AND p.topic = %s
                AND p.subject = a.subject AND NOT p.takes_part) IS NULL
            {where_switched}
            {"AND c.id = %s" if only else ""}
        ORDER BY a.subject, c.id
        ON CONFLICT (connection_id, topic, subject) WHERE waiting DO UPDATE SET
            revision = hub_delivery.revision + 1, not_before = excluded.not_before,
            in_bulk = (hub_delivery.in_bulk AND excluded.in_bulk), state = 'waiting', payload = '',
            payload_hash = '', tries = 0, first_tried_at = NULL, failure = '', code = '', answer = '', problems = NULL
        RETURNING connection_id, (SELECT c.state FROM hub_connection c WHERE c.id = hub_delivery.connection_id)"""  # noqa: S608 — names and literals of this module; values are parameters
    return sql, books_params


def wake(connection_ids: Sequence[int], *, now=None) -> None:
    """Ask the worker for these connections, unless it was asked and has not begun yet.

    Only a hint: with the queue thrown away the sweep finds the rows, and the worker itself looks whether a connection
    is paused. An asking that nobody answered within a minute counts as lost.
    """
    reached("hub.waking")
    now = now or timezone.now()
    for connection_id in connection_ids:
        statuses = ConnectionStatus.objects.filter(connection_id=connection_id)
        asked = statuses.exclude(wake_asked_at__gt=now - ASK_AGAIN_AFTER).update(wake_asked_at=now)
        if asked or ConnectionStatus.objects.get_or_create(connection_id=connection_id)[1]:
            async_task(DELIVER_TASK, connection_id, task_name=f"deliver {connection_id}")
