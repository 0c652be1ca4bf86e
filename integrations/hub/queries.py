"""Reads of the hub that combine several models."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncHour
from django.utils import timezone

from integrations.hub.models import Connection, Delivery, ExternalLink, Participation, Run, RunEntry
from integrations.hub.registry import Topic, joins_by_switch, topic_named

HOURS = 24
DONE = (Delivery.State.DELIVERED, Delivery.State.SAME, Delivery.State.WITHDRAWN)


def subjects_by_external_id(connection, topic: str, external_ids: Iterable[str]) -> dict[str, int]:
    """Key there → our record, of those that are linked in this connection."""
    links = ExternalLink.objects.filter(connection=connection, topic=topic, external_id__in=set(external_ids))
    return dict(links.values_list("external_id", "subject"))


def linked_subjects(connection, topic: str) -> QuerySet:
    """Ids of our records that are known over there, unevaluated."""
    return ExternalLink.objects.filter(connection=connection, topic=topic).values("subject")


def in_the_books(connection, topic: Topic) -> tuple[QuerySet, str]:
    """(the topic's rows of this connection's administration, name of the column with the record's id)."""
    rows = topic.books().order_by()
    subject, administration = rows.query.values_select
    if connection.administration_id is not None:
        rows = rows.filter(**{administration: connection.administration_id})
    return rows, subject


def subjects_of(connection, topic: Topic) -> list[int]:
    """Everybody this connection is about: in the books of its administration, or known over there. Sorted."""
    rows, subject = in_the_books(connection, topic)
    known = ExternalLink.objects.filter(connection=connection, topic=topic.name).values_list("subject", flat=True)
    return sorted({*rows.values_list(subject, flat=True), *known})


def taking_part(connection, topic: str, subjects: list[int]) -> list[int]:
    """Those of them that take part in this connection, as its connector decides and people switched. One query."""
    rows = Participation.objects.filter(connection=connection, topic=topic, subject__in=subjects)
    switched = dict(rows.values_list("subject", "takes_part"))
    without_row = not joins_by_switch(connection)
    return [subject for subject in subjects if switched.get(subject, without_row)]


def last_switches(
    connections: list[Connection], topic: str, subject: int
) -> dict[int, tuple[Participation, tuple[datetime, str]]]:
    """connection id → (the switch of this record, (when, by whom) it was last used). Two queries if there is any."""
    rows = Participation.objects.filter(connection__in=connections, topic=topic, subject=subject)
    switches = {row.pk: row for row in rows}
    if not switches:
        return {}
    used = {}
    past = Participation.history.filter(id__in=switches).select_related("history_user").order_by("history_id")
    for entry in past:
        used[entry.id] = (entry.history_date, str(entry.history_user or ""))
    return {row.connection_id: (row, used[pk]) for pk, row in switches.items()}


def with_state(connections: QuerySet) -> QuerySet:
    """Connections with what the list says of them: `stuck` rows and the rest of their status. One query."""
    stuck = (
        Delivery.objects.filter(connection=OuterRef("pk"), state=Delivery.State.STUCK)
        .order_by()
        .values("connection")
        .annotate(rows=Count("pk"))
        .values("rows")
    )
    return connections.select_related("administration", "status").annotate(stuck=Subquery(stuck))


def stuck_in(connections: QuerySet) -> int:
    """How many deliveries somebody has to look at."""
    return Delivery.objects.filter(state=Delivery.State.STUCK, connection__in=connections.values("pk")).count()


@dataclass(frozen=True)
class Figures:
    waiting: int
    oldest_waiting: datetime | None
    stuck: int
    stuck_since: datetime | None
    delivered: int
    refused: int
    hours: list[tuple[str, int, bool]]


def figures_of(connection, *, now) -> Figures:
    """What the monitor counts: what waits, what is stuck, and the last 24 hours by the hour. Three queries."""
    mine = Delivery.objects.filter(connection=connection)
    open_now = Q(waiting=True) | Q(in_flight=True)
    waiting = mine.filter(open_now).aggregate(rows=Count("pk"), oldest=Min("created_at"))
    stuck = mine.filter(state=Delivery.State.STUCK).aggregate(rows=Count("pk"), since=Min("finished_at"))
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    per_hour: dict[datetime, Counter] = {}
    rows = (
        mine.filter(finished_at__gte=first)
        .annotate(hour=TruncHour("finished_at"))
        .values("hour", "state")
        .annotate(rows=Count("pk"))
        .order_by()
    )
    for row in rows:
        kind = "done" if row["state"] in DONE else "refused" if row["state"] == Delivery.State.STUCK else "other"
        per_hour.setdefault(row["hour"].astimezone(first.tzinfo), Counter())[kind] += row["rows"]
    hours = []
    for back in range(HOURS):
        hour = first + timedelta(hours=back)
        counts = per_hour.get(hour, Counter())
        hours.append((f"{timezone.localtime(hour):%H:%M}", counts["done"], bool(counts["refused"])))
    return Figures(
        waiting=waiting["rows"],
        oldest_waiting=waiting["oldest"],
        stuck=stuck["rows"],
        stuck_since=stuck["since"],
        delivered=sum(counts["done"] for counts in per_hour.values()),
        refused=sum(counts["refused"] for counts in per_hour.values()),
        hours=hours,
    )


def asking_attention(connection, *, limit: int) -> list[Delivery]:
    """Stuck ones first, then what failed before, then what waits; oldest first."""
    mine = Delivery.objects.filter(connection=connection).select_related("connection")
    rows = list(mine.filter(state=Delivery.State.STUCK).order_by("pk")[:limit])
    rows += mine.filter(in_flight=True).order_by("pk")[: limit - len(rows)]
    return rows + list(mine.filter(waiting=True).order_by("-tries", "not_before", "pk")[: limit - len(rows)])


def recent_runs(connection, *, limit: int, before: int | None = None) -> list[Run]:
    runs = Run.objects.filter(connection=connection)
    if before:
        runs = runs.filter(pk__lt=before)
    return list(runs.order_by("-pk")[:limit])


def entries_of(run: Run, *, limit: int, after: int = 0) -> list[RunEntry]:
    return list(run.entries.filter(pk__gt=after).order_by("pk")[:limit])


def records_named(topic: str, subjects: Iterable[int], *, user, on) -> dict[int, object]:
    """Our records behind these ids, as far as this user may see them."""
    model = topic_named(topic).model
    rows = model._default_manager.visible_to(user, on).filter(pk__in={pk for pk in subjects if pk})
    return {row.pk: row for row in rows.only("pk", "number", "kind", "display_name")}


@dataclass(frozen=True)
class CardLine:
    """How one record stands in one connection, for its card."""

    connection: Connection
    link: ExternalLink | None
    open_row: Delivery | None
    stuck: Delivery | None


def states_of(connections: list[Connection], topic: str, subject: int) -> list[CardLine]:
    """One line per connection in which this record is told, waits or is stuck. Two queries; none without connections.

    `connections` come with their status.
    """
    if not connections:
        return []
    links = {
        link.connection_id: link
        for link in ExternalLink.objects.filter(topic=topic, subject=subject, connection__in=connections)
    }
    open_rows, stuck = {}, {}
    rows = Delivery.objects.filter(
        Q(waiting=True) | Q(in_flight=True) | Q(state=Delivery.State.STUCK),
        topic=topic,
        subject=subject,
        connection__in=connections,
    ).order_by("pk")
    for row in rows:
        (stuck if row.state == Delivery.State.STUCK else open_rows)[row.connection_id] = row
    return [
        CardLine(connection, links.get(connection.pk), open_rows.get(connection.pk), stuck.get(connection.pk))
        for connection in connections
        if connection.pk in links or connection.pk in open_rows or connection.pk in stuck
    ]
