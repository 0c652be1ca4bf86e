"""Deliveries as a user may read them: whose they are, what the other system said, and what to do."""

from collections.abc import Iterable

from django.http import HttpRequest

from crm.access.queries import rights_of
from integrations.hub.models import Connection, Delivery
from integrations.hub.queries import records_named
from integrations.hub.registry import topics
from integrations.hub.words import what_happened


def reads(request: HttpRequest, connection: Connection, topic: str) -> bool:
    """Whether this user may read what is told: managing a connection does not open the books."""
    told = topics(connection.channel)
    asked = {one.read_right for one in [one for one in told if one.name == topic] or told} - {""}
    where = None if connection.administration_id is None else [connection.administration_id]
    return all(rights_of(request.user).has(right, where) for right in asked)


def records_of(request: HttpRequest, topic: str, subjects: Iterable[int]) -> dict[tuple[str, int], object]:
    """(topic, id) → our record, as far as this user may see it. One query."""
    named = records_named(topic, subjects, user=request.user, on=request.today)
    return {(topic, pk): record for pk, record in named.items()}


def rows_in_words(request: HttpRequest, rows: list[Delivery]) -> list[dict]:
    """Rows with their record and what to do; the vendor's words may quote data. One query per topic.

    The rows come with their connection.
    """
    records = {}
    for topic in {row.topic for row in rows}:
        records |= records_of(request, topic, [row.subject for row in rows if row.topic == topic])
    found = []
    for row in rows:
        if not reads(request, row.connection, row.topic):
            row.answer, row.problems = "", None
        said, advice = what_happened(row.code, problems=row.problems) if row.code else ("", "")
        found.append({"row": row, "record": records.get((row.topic, row.subject)), "said": said, "advice": advice})
    return found
