"""What changing many relations would set going in the connections: said before it is done."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.access.queries import rights_of
from crm.core.panels import Section, add_section
from crm.relations.models import BulkEdit, Relation
from integrations.hub.models import Connection, ExternalLink
from integrations.hub.registry import topics

READ_AT_ONCE = 5_000


def in_bulk(request: HttpRequest, edit: BulkEdit) -> dict | None:
    """Per connection whose data the user may see: how many of these it knows, and how many come new to it."""
    rights, ids, lines = rights_of(request.user), [pk for pk, _version in edit.frozen], []
    role = edit.wanted.get("role")
    for topic in topics():
        where = rights.administrations(topic.read_right)
        if topic.model is not Relation or not where or not ids:
            continue
        for connection in Connection.objects.filter(channel=topic.channel, administration__in=where).order_by("title"):
            known = _known(connection, topic.name, ids)
            new = len(ids) - known if role and role["administration"] == connection.administration_id else 0
            if known or new:
                lines.append({"title": connection.title, "words": _words(connection, known, new)})
    return {"lines": lines}


def _known(connection: Connection, topic: str, ids: list[int]) -> int:
    there = ExternalLink.objects.filter(connection=connection, topic=topic, withdrawn_at=None)
    return sum(
        there.filter(subject__in=ids[start : start + READ_AT_ONCE]).count()
        for start in range(0, len(ids), READ_AT_ONCE)
    )


def _words(connection: Connection, known: int, new: int) -> str:
    said = []
    if known:
        text = ngettext(
            "%(count)d of these is there. What differs is sent on its own.",
            "%(count)d of these are there. What differs is sent on its own.",
            known,
        )
        said.append(text % {"count": known})
    if new:
        text = ngettext("At most %(count)d is sent as new.", "At most %(count)d are sent as new.", new)
        said.append(text % {"count": new})
    if connection.paused:
        said.append(_("The connection is paused: it waits until that is over."))
    return " ".join(said)


add_section("relation-bulk", Section("connections", "hub/bulk.html", in_bulk, order=10))
