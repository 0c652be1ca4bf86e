"""The calendar sends no signal: what begins or ends on a day is told again on that day, without anybody saving."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from integrations.hub.models import CalendarMark
from integrations.hub.registry import Topic, topics
from integrations.hub.services.outbox import enqueue

CHUNK = 5_000


def catch_up(*, on) -> dict[str, int]:
    """Go through the dates of every topic for each day since the last time, `on` included; {topic: records noted}.

    Also when the worker slept for three days. The first time it looks at `on` alone. Doing it again does nothing.
    """
    return {topic.name: _catch_up(topic, on) for topic in topics()}


@transaction.atomic
def _catch_up(topic: Topic, on) -> int:
    mark, _made = CalendarMark.objects.select_for_update().get_or_create(
        topic=topic.name, defaults={"day": on - timedelta(days=1)}
    )
    if mark.day >= on:
        return 0
    subjects = sorted(subjects_between(topic, after=mark.day, until=on))
    for start in range(0, len(subjects), CHUNK):
        enqueue(topic, subjects[start : start + CHUNK])
    mark.day = on
    mark.save()
    return len(subjects)


def subjects_between(topic: Topic, *, after, until) -> set[int]:
    """Subjects of which something begins or ends after `after`, up to and including `until`."""
    found: set[int] = set()
    for model, columns in topic.dates.items():
        window = Q()
        for column in columns:
            window |= Q(**{f"{column}__gt": after, f"{column}__lte": until})
        for attribute in topic.watches[model]:
            found.update(QuerySet(model).filter(window).values_list(attribute, flat=True))
    return {subject for subject in found if subject is not None}
