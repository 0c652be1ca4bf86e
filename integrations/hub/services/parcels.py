"""From claimed rows to what is sent: the payload of the day, or the bytes of the first try."""

import json
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from integrations.hub.models import Connection, Delivery, ExternalLink
from integrations.hub.protocol import Problem, PushResult, WithdrawResult
from integrations.hub.registry import Topic, topic_named
from integrations.hub.services import writing

GONE = "null"  # the content of a row whose record must not be there (any more)


@dataclass
class Parcel:
    """One claimed row with all that sending it takes. `payload` None: it must not be there (any more).

    `content` and `hash` are the payload's canonical text and its hash, made once: the row's own are emptied when it is
    settled.
    """

    row: Delivery
    topic: Topic
    payload: Any
    content: str
    hash: str
    link: ExternalLink | None
    refused_before: list[int] = field(default_factory=list)

    @property
    def nothing_to_tell(self) -> bool:
        """Equal to what was delivered, or gone from where it never was. Not when a try may have done half the work."""
        if self.row.find_first:
            return False
        if self.payload is None:
            return self.link is None or self.link.withdrawn_at is not None
        return self.link is not None and self.link.delivered_hash == self.hash


@dataclass
class Outcome:
    """What became of a parcel: exactly one of the fields is filled, or none when there was nothing to tell."""

    parcel: Parcel
    pushed: PushResult | None = None
    withdrawn: WithdrawResult | None = None
    error: Exception | None = None
    problems: list[Problem] = field(default_factory=list)


def pack(connection: Connection, rows: list[Delivery], *, on) -> list[Parcel]:
    """Parcels in the order of the rows; their content is stored with the rows before anything is sent.

    A fixed number of queries per topic in the group, however many rows.
    """
    parcels = []
    for name in sorted({row.topic for row in rows}):
        parcels += _pack_topic(connection, topic_named(name), [row for row in rows if row.topic == name], on)
    writing.update_rows([parcel.row for parcel in parcels], ("payload", "payload_hash", "find_first"))
    order = {row.pk: place for place, row in enumerate(rows)}
    return sorted(parcels, key=lambda parcel: order[parcel.row.pk])


def _pack_topic(connection, topic, rows, on):
    subjects = [row.subject for row in rows]
    mine = {"connection": connection, "topic": topic.name, "subject__in": subjects}
    links = {link.subject: link for link in ExternalLink.objects.filter(**mine)}
    stuck = {}
    if any(row.refused_before for row in rows):
        refused = Delivery.objects.filter(**mine, state=Delivery.State.STUCK)
        for pk, subject, unsure in refused.values_list("pk", "subject", "find_first"):
            stuck.setdefault(subject, []).append((pk, unsure))
    # who was switched off is told as gone: once, for afterwards nothing of them is noted any more
    wanted = [row.subject for row in rows if not row.payload and not row.kept_out]
    built = build(topic, wanted, connection=connection, on=on)
    parcels = []
    for row in rows:
        earlier = stuck.get(row.subject, [])
        row.find_first = row.find_first or any(unsure for _pk, unsure in earlier)
        if row.payload:
            payload = None if row.payload == GONE else topic.payload.from_canonical(row.payload.encode())
            content, sha256 = _content(payload)
        else:
            payload = built.get(row.subject)
            row.payload, row.payload_hash = content, sha256 = _content(payload)
        refused_before = [pk for pk, _unsure in earlier]
        parcels.append(Parcel(row, topic, payload, content, sha256, links.get(row.subject), refused_before))
    return parcels


def _content(payload) -> tuple[str, str]:
    """(canonical text, its hash)."""
    if payload is None:
        return GONE, ""
    canonical = payload.canonical()
    return canonical.decode(), payload.sha256_of(canonical)


def build(topic: Topic, subjects: list[int], *, connection, on) -> dict[int, Any]:
    return dict(topic.build(subjects, connection=connection, on=on)) if subjects else {}


def differences(old: str, new: str) -> list[list[str]]:
    """[[field, old, new], …] between two contents (JSON text, "" for none); nested with dots."""
    before, after = (_flat(json.loads(text)) if text and text != GONE else {} for text in (old, new))
    names = [*after, *(name for name in before if name not in after)]
    return [
        [name, before.get(name, ""), after.get(name, "")]
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _flat(value, prefix=""):
    if isinstance(value, dict):
        found = {}
        for name, item in value.items():
            found |= _flat(item, f"{prefix}.{name}" if prefix else name)
        return found
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        value = ", ".join(str(item) for item in value)
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False)
    return {prefix: "" if value is None else value}


def send(parcel: Parcel, connector) -> Outcome:
    """Tell the vendor. Runs in a thread of its own: no database here. Errors of the four kinds become the outcome."""
    row, link = parcel.row, parcel.link
    external_id = link.external_id if link else None
    if parcel.payload is None:
        if external_id is None:
            return Outcome(parcel)
        return Outcome(parcel, withdrawn=connector.withdraw(external_id, key=row.key))
    problems = connector.check(parcel.payload)
    if any(problem.severity == "error" for problem in problems):
        return Outcome(parcel, problems=[problem for problem in problems if problem.severity == "error"])
    if row.find_first and external_id is None:
        external_id = connector.find(parcel.payload)
    return Outcome(parcel, pushed=connector.push(parcel.payload, external_id=external_id, key=row.key))


def link_after(outcome: Outcome) -> ExternalLink | None:
    """The link as it has to be stored after this outcome; None when there is nothing to store."""
    parcel, link = outcome.parcel, copy(outcome.parcel.link)
    now = timezone.now()
    if outcome.pushed is not None:
        result = outcome.pushed
        link = link or ExternalLink(
            connection_id=parcel.row.connection_id, topic=parcel.row.topic, subject=parcel.row.subject
        )
        link.external_id, link.vendor_number = result.external_id, result.vendor_number or link.vendor_number
        link.parts = {**link.parts, **result.parts}
        link.delivered_hash, link.delivered_payload = parcel.hash, parcel.content
        link.delivered_at, link.withdrawn_at = now, None
        return link
    if link is None:
        return None
    if outcome.withdrawn is not None:
        link.withdrawn_at, link.delivered_hash, link.delivered_payload = now, "", ""  # no texts of who is gone
        return link
    if outcome.error is not None:
        link.delivered_hash = ""  # half of it may have been done
        return link
    return None
