"""Who may work on what: the lane of a connection, and the rows claimed in it. Every claim is a lease that runs out."""

from datetime import timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from crm.core.crash_points import reached
from integrations.hub.models import Connection, ConnectionStatus, Delivery

GROUP = 25
LEASE = timedelta(seconds=60)

_COLUMNS = ", ".join(f.column for f in Delivery._meta.concrete_fields)


def status_of(connection: Connection) -> ConnectionStatus:
    return ConnectionStatus.objects.get_or_create(connection_id=connection.pk)[0]


def take_lane(connection_id: int, worker: str, *, lease=LEASE) -> bool:
    """One worker per connection: the vendor's budget, order and log-in are shared. One statement."""
    now = timezone.now()
    free = Q(lane_until=None) | Q(lane_until__lte=now) | Q(lane_by=worker)
    lane = ConnectionStatus.objects.filter(free, connection_id=connection_id)
    return bool(lane.update(lane_by=worker, lane_until=now + lease))


def keep_lane(connection_id: int, worker: str, *, lease=LEASE) -> bool:
    """Stretch the leases of the lane and of what this worker has claimed. False: somebody else took it over."""
    until = timezone.now() + lease
    mine = ConnectionStatus.objects.filter(connection_id=connection_id, lane_by=worker).update(lane_until=until)
    if mine:
        Delivery.objects.filter(
            connection_id=connection_id, in_flight=True, state=Delivery.State.SENDING, claimed_by=worker
        ).update(lease_until=until)
    return bool(mine)


def leave_lane(connection_id: int, worker: str) -> None:
    ConnectionStatus.objects.filter(connection_id=connection_id, lane_by=worker).update(lane_until=None, lane_by="")


def claim_waiting(connection_id: int, worker: str, *, limit=GROUP, lease=LEASE, people_only=False) -> list[Delivery]:
    """Claim rows that are due, those of people before those of bulk work, oldest first; of a record that is in flight
    nothing. The try counts from here on.

    Commit before anything is sent. PostgreSQL skips what another one is claiming; on SQLite the
    write lock does.
    """
    rows = []
    # a statement for each, over an index of its own: one order for both would sort all that waits at every claim
    for whose in ("NOT d.in_bulk",) if people_only else ("NOT d.in_bulk", "d.in_bulk"):
        if len(rows) < limit:
            rows += _claim(
                connection_id,
                worker,
                f"""waiting AND d.not_before <= %s AND {whose} AND NOT EXISTS (SELECT 1 FROM hub_delivery o
                    WHERE o.in_flight AND o.connection_id = d.connection_id AND o.topic = d.topic
                    AND o.subject = d.subject)""",  # noqa: S608 — one of the two literals above
                "d.not_before, d.id",
                "waiting = FALSE, in_flight = TRUE",
                limit - len(rows),
                lease,
            )
    return rows


def claim_unsettled(connection_id: int, worker: str, *, limit=GROUP, lease=LEASE, people_only=False) -> list[Delivery]:
    """Claim what was in flight and nobody is working on: left by a killed worker, or sent without an answer.

    It may have been done over there, so it is looked up before it is sent again.
    """
    return _claim(
        connection_id,
        worker,
        "in_flight AND d.lease_until <= %s" + (" AND NOT d.in_bulk" if people_only else ""),
        "d.lease_until, d.id",
        "find_first = TRUE",
        limit,
        lease,
    )


def _claim(connection_id, worker, due, order, changes, limit, lease) -> list[Delivery]:
    """The rows, each with `refused_before`: whether an earlier row of the same record is stuck, and `kept_out`:
    whether the record was switched off in this connection."""
    now = timezone.now()
    moment = database.ops.adapt_datetimefield_value
    skip = "FOR UPDATE OF d SKIP LOCKED" if database.vendor == "postgresql" else ""
    sql = f"""
        UPDATE hub_delivery SET {changes}, state = 'sending', tries = tries + 1, claimed_by = %s, lease_until = %s,
            first_tried_at = COALESCE(first_tried_at, {"CAST(%s AS timestamptz)" if skip else "%s"})
        WHERE id IN (SELECT d.id FROM hub_delivery d WHERE d.connection_id = %s AND d.{due}
            ORDER BY {order} LIMIT %s {skip})
        RETURNING {_COLUMNS}, EXISTS (SELECT 1 FROM hub_delivery s WHERE s.connection_id = hub_delivery.connection_id
            AND s.topic = hub_delivery.topic AND s.subject = hub_delivery.subject AND s.state = 'stuck')
            AS refused_before,
            EXISTS (SELECT 1 FROM hub_participation p WHERE p.connection_id = hub_delivery.connection_id
            AND p.topic = hub_delivery.topic AND p.subject = hub_delivery.subject AND NOT p.takes_part)
            AS kept_out"""  # noqa: S608 — names and literals of this module; values are parameters
    params = [worker, moment(now + lease), moment(now), connection_id, moment(now), limit]
    rows = list(Delivery.objects.raw(sql, params))
    reached("hub.claimed")
    return sorted(rows, key=lambda row: (row.not_before, row.pk))


def give_back(rows: list[Delivery], worker: str, *, not_before=None) -> None:
    """Rows that were claimed and not begun wait again, as if nothing had happened; a newer change overtakes them.

    What was in flight before it was claimed (its outcome unknown) stays so, and may be taken up at once, or from
    `not_before` on.
    """
    if not rows:
        return
    fresh = [row.pk for row in rows if not row.find_first]
    unsettled = [row.pk for row in rows if row.find_first]
    mine = Delivery.objects.filter(in_flight=True, claimed_by=worker)
    now = timezone.now()
    with transaction.atomic():
        later = {"not_before": not_before} if not_before else {}
        wait_again(mine.filter(pk__in=fresh), tries_back=1, **later)
        if unsettled:
            mine.filter(pk__in=unsettled).update(lease_until=not_before or now, claimed_by="")


def wait_again(rows, *, tries_back=0, **changes) -> None:
    """Put rows in flight back to waiting; those of which a newer change waits already are overtaken by it."""
    rows = rows.select_for_update()
    places = {row.pk: (row.connection_id, row.topic, row.subject) for row in rows}
    newer = set(
        Delivery.objects.filter(
            waiting=True,
            connection_id__in={place[0] for place in places.values()},
            subject__in={place[2] for place in places.values()},
        ).values_list("connection_id", "topic", "subject")
    )
    overtaken = [pk for pk, place in places.items() if place in newer]
    back = [pk for pk in places if pk not in set(overtaken)]
    Delivery.objects.filter(pk__in=overtaken).update(
        state=Delivery.State.SUPERSEDED, in_flight=False, lease_until=None, finished_at=timezone.now(), payload=""
    )
    Delivery.objects.filter(pk__in=back).update(
        state=Delivery.State.WAITING,
        waiting=True,
        in_flight=False,
        lease_until=None,
        claimed_by="",
        tries=F("tries") - tries_back,
        **changes,
    )
