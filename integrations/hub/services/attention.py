"""What the hub asks a person to look at; and taking it back once it went."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from crm.access.rights import Right
from crm.attention.kinds import kind
from crm.attention.services import Raised, close_by_key, raise_item, raise_items
from crm.core.change_set import Door, change_set
from integrations.hub.models import Connection, Delivery
from integrations.hub.registry import topic_named

REFUSED = "connection.refused"
STANDS_STILL = "connection.stands_still"

kind(
    REFUSED,
    gettext_lazy("Refused by another system"),
    icon="octagon",
    verb=gettext_lazy("What was refused"),
    tone="bad",
    order=10,
)
kind(
    STANDS_STILL,
    gettext_lazy("Couplings that stand still"),
    icon="pause",
    verb=gettext_lazy("To the settings"),
    tone="bad",
    order=20,
)


def about_refusals(connection: Connection, rows: Iterable[Delivery]) -> None:
    """Records that the other system refuses, or that could not be delivered in three days. One item per record."""
    rows = list(rows)
    if not rows:
        return
    records: dict[tuple[str, int], object] = {}
    for name in {row.topic for row in rows}:
        found = QuerySet(topic_named(name).model).filter(pk__in=[row.subject for row in rows if row.topic == name])
        records |= {(name, record.pk): record for record in found}
    raised = []
    for row in rows:
        record = records.get((row.topic, row.subject))
        words = gettext_noop("“%(words)s”") if row.answer else gettext_noop("Found before sending.")
        raised.append(
            Raised(
                kind=REFUSED,
                title=(
                    gettext_noop("%(system)s refuses %(name)s"),
                    {"system": connection.title, "name": str(record) if record else str(row.subject)},
                ),
                body=(words, {"words": row.answer}) if row.answer else words,
                subject=record,
                url=reverse("hub:delivery", args=[row.pk]),
                administration=connection.administration,
                for_right=Right.CONNECTIONS_MANAGE,
                once_key=_refusal_key(row),
            )
        )
    with _ours():
        raise_items(raised)


def settled(rows: Iterable[Delivery]) -> None:
    """What had been refused went after all."""
    for row in rows:
        with _ours():
            close_by_key(_refusal_key(row))


def about_trouble(connection: Connection, error) -> None:
    """A connection that stands still until somebody corrects it."""
    words = error.vendor_words or error.code
    with _ours():
        raise_item(
            kind=STANDS_STILL,
            title=(gettext_noop("%(system)s stands still"), {"system": connection.title}),
            body=(gettext_noop("“%(words)s”"), {"words": words}),
            url=reverse("hub:settings", args=[connection.pk]),
            administration=connection.administration,
            for_right=Right.CONNECTIONS_MANAGE,
            once_key=_trouble_key(connection),
        )


def trouble_over(connection: Connection) -> None:
    close_by_key(_trouble_key(connection))


def _refusal_key(row):
    return f"{REFUSED} {row.connection_id} {row.topic} {row.subject}"


def _trouble_key(connection):
    return f"{STANDS_STILL} {connection.pk}"


def _ours():
    return change_set(door=Door.COUPLING, action="connection.deliver", separate=True)
