"""Which of our records take part in a connection."""

from django.db import transaction

from crm.core.change_set import change_set
from integrations.hub.models import Participation
from integrations.hub.registry import topic_named
from integrations.hub.services.outbox import enqueue


@transaction.atomic
def set_participation(connection, *, topic: str, subject: int, takes_part: bool) -> Participation:
    """Let a record take part or not; either way the vendor is told at once what follows from it."""
    with change_set(action="participation.change"):
        row = Participation.objects.filter(connection=connection, topic=topic, subject=subject).first()
        row = row or Participation(connection=connection, topic=topic, subject=subject)
        row.takes_part = takes_part
        row.save()
        if takes_part:
            enqueue(topic_named(topic), [subject], only=connection)
    return row
