"""Which of our records take part in a connection."""

from django.db import transaction

from crm.core.change_set import change_set
from integrations.hub.models import Participation
from integrations.hub.registry import topic_named
from integrations.hub.services.outbox import enqueue


@transaction.atomic
def set_participation(connection, *, topic: str, subject: int, takes_part: bool) -> Participation:
    """Let a record take part or not; either way the vendor is told at once what follows from it.

    Switched off, it is told as gone, once; what that means is the connector's. Doing it again does nothing.
    """
    with change_set(action="participation.change"):
        row = (
            Participation.objects.select_for_update()
            .filter(connection=connection, topic=topic, subject=subject)
            .first()
        )
        if row is not None and row.takes_part == takes_part:
            return row
        row = row or Participation(connection=connection, topic=topic, subject=subject)
        if not takes_part:
            enqueue(topic_named(topic), [subject], only=connection)  # before it is off: then nothing is noted any more
        row.takes_part = takes_part
        row.save()
        if takes_part:
            enqueue(topic_named(topic), [subject], only=connection)
    return row
