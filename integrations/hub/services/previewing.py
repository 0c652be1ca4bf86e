"""What would be sent, and what would be refused: before anything is sent, and without the network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from integrations.hub.errors import ConfigurationError
from integrations.hub.models import Connection, ExternalLink
from integrations.hub.protocol import Problem
from integrations.hub.queries import in_the_books, taking_part
from integrations.hub.registry import Topic, connector_class, topics
from integrations.hub.services.opening import open_connector
from integrations.hub.services.parcels import build, differences


@dataclass
class Preview:
    """What would be sent of one record: the payload (None: nothing), what differs from what was delivered, and what
    the target would refuse."""

    subject: int
    payload: Any
    link: ExternalLink | None
    changes: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def preview(connection: Connection, topic: Topic, subjects: Iterable[int], *, on) -> list[Preview]:
    """One preview per subject, in their order; of who takes no part that it must not be there. A fixed number of
    queries, however many."""
    subjects = list(subjects)
    part = taking_part(connection, topic.name, subjects)
    payloads = build(topic, part, connection=connection, on=on)
    links = {
        link.subject: link
        for link in ExternalLink.objects.filter(connection=connection, topic=topic.name, subject__in=subjects)
    }
    check = _check_of(connection)
    found = []
    for subject in subjects:
        payload, link = payloads.get(subject), links.get(subject)
        one = Preview(subject, payload, link)
        if payload is not None:
            one.problems = check(payload)
            content = payload.canonical()
            if link is None or link.delivered_hash != payload.sha256_of(content):
                one.changes = differences(link.delivered_payload if link else "", content.decode())
        found.append(one)
    return found


def dry_run(connection: Connection, *, topic: Topic, on, after=0, limit=50) -> list[Preview]:
    """What would be sent of everybody this connection is about, by record number from `after`; `limit` at a time."""
    rows, key = in_the_books(connection, topic)
    subjects = rows.filter(**{f"{key}__gt": after}).order_by(key).values_list(key, flat=True).distinct()[:limit]
    return preview(connection, topic, subjects, on=on)


def preflight(record, *, on, connections=None) -> list[tuple[Connection, Problem]]:
    """What the targets would refuse of this record as it is on that day, for its card and its form.

    `record` is a relation (the model of a topic); `connections` narrows to those somebody may see.
    """
    found = []
    for topic in topics():
        if topic.model is not record._meta.concrete_model:
            continue
        mine = Connection.objects.filter(channel=topic.channel).order_by("pk") if connections is None else connections
        for connection in mine:
            if connection.channel == topic.channel and not connection.paused:
                for one in preview(connection, topic, [record.pk], on=on):
                    found += [(connection, problem) for problem in one.problems]
    return found


def _check_of(connection):
    """The connector's pre-flight; when its settings are not complete, that of a connector without any."""
    try:
        return open_connector(connection).check
    except ConfigurationError:
        kind = connector_class(connection.channel, connection.connector)
        blank = {field.name: field.default or "-" for field in kind.settings_fields}
        return kind(blank, None, None, None).check
