"""What was told to other systems of a relation, on its timeline."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.timeline import Happening, Source, add_source
from crm.relations.models import Relation
from integrations.hub.models import Connection, Delivery
from integrations.hub.registry import topics

_TOLD = (Delivery.State.DELIVERED, Delivery.State.WITHDRAWN, Delivery.State.STUCK)


def deliveries(user, relation: Relation, *, before: datetime | None, limit: int) -> list[Happening]:
    """What was delivered, withdrawn or refused, in connections of which the user may read that kind of data. Two
    queries per topic about relations."""
    rights, found = rights_of(user), []
    managed = rights.administrations(Right.CONNECTIONS_MANAGE)
    for topic in topics():
        if topic.model is not type(relation)._meta.concrete_model:
            continue
        where = rights.administrations(topic.read_right)
        connections = Connection.objects.filter(channel=topic.channel, administration_id__in=where).in_bulk()
        if not connections:
            continue
        rows = Delivery.objects.filter(
            topic=topic.name,
            subject=relation.pk,
            connection__in=connections,
            state__in=_TOLD,
            finished_at__isnull=False,
        )
        if before is not None:
            rows = rows.filter(finished_at__lt=before)
        found += [
            _happening(row, connections[row.connection_id], managed)
            for row in rows.order_by("-finished_at", "-pk")[:limit]
        ]
    return found


def _happening(row: Delivery, connection: Connection, managed: set[int]) -> Happening:
    stuck = row.state == Delivery.State.STUCK
    if stuck:
        text = format_html("<b>{}</b> {}", connection.title, _("refused it"))
        if row.answer:
            text = format_html('{}<br><q class="quote">{}</q>', text, row.answer)
    elif row.state == Delivery.State.WITHDRAWN:
        text = format_html("{} <b>{}</b>", _("Withdrawn from"), connection.title)
    else:
        text = format_html("{} <b>{}</b>", _("Up to date in"), connection.title)
    url = reverse("hub:delivery", args=[row.pk]) if connection.administration_id in managed else ""
    return Happening(
        row.finished_at,
        "deliveries",
        row.pk,
        icon="octagon" if stuck else "plug",
        text=text,
        who=_("coupling"),
        tone="bad" if stuck else "ok",
        url=url,
    )


add_source(Relation, Source("deliveries", gettext_lazy("Couplings"), deliveries, order=30))
