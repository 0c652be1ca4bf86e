"""What runs by the clock. A slice registers in its `tasks.py`; the queue's own table is made to follow.

The queue starts what is registered, at most every half minute; what must not be lost is a row of ours, which such a
run picks up. Whatever runs here may run twice or late, and must not mind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

OURS = ("crm.", "integrations.", "portal.")


@dataclass(frozen=True)
class Periodic:
    """One function by its dotted path, every so many minutes, or every day at a local time."""

    path: str
    minutes: int | None = None
    at: time | None = None

    def next_run(self, now: datetime) -> datetime:
        """The first moment after `now` that it is due."""
        if self.at is None:
            return now
        local = timezone.localtime(now)
        due = local.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return due if due > local else due + timedelta(days=1)


_registered: dict[str, Periodic] = {}

Registered = Callable[[str | Callable], str | Callable]


def every(*, minutes: int) -> Registered:
    """Register a function, or its dotted path, to run every so many minutes. Also a decorator."""
    return _register(minutes=minutes)


def daily(*, at: time) -> Registered:
    """Register a function, or its dotted path, to run every day at this local time. Also a decorator."""
    return _register(at=at)


def _register(**when) -> Registered:
    def register(task):
        path = task if isinstance(task, str) else f"{task.__module__}.{task.__qualname__}"
        if path in _registered and _registered[path] != Periodic(path, **when):
            raise ValueError(f"{path} is scheduled twice")
        _registered[path] = Periodic(path, **when)
        return task

    return register


def registered() -> list[Periodic]:
    return sorted(_registered.values(), key=lambda periodic: periodic.path)


@transaction.atomic
def ensure_schedules(*, now: datetime) -> list[str]:
    """Make the queue's table equal to what is registered; returns the paths that were added, changed or removed.

    What others put in that table stays. Doing it again changes nothing.
    """
    from django_q.models import Schedule

    touched = []
    stored = {row.func: row for row in Schedule.objects.filter(name__startswith="schakel ")}
    for periodic in registered():
        wanted = {
            "schedule_type": Schedule.MINUTES if periodic.minutes else Schedule.DAILY,
            "minutes": periodic.minutes,
            "repeats": -1,
        }
        row = stored.pop(periodic.path, None)
        same_time = row and (periodic.at is None or timezone.localtime(row.next_run).time() == periodic.at)
        if row and same_time and all(getattr(row, name) == value for name, value in wanted.items()):
            continue
        Schedule.objects.update_or_create(
            name=f"schakel {periodic.path}"[:100],
            func=periodic.path,
            defaults=wanted | {"next_run": periodic.next_run(now)},
        )
        touched.append(periodic.path)
    for path, row in stored.items():
        row.delete()
        touched.append(path)
    return sorted(touched)


def follow_migrations(sender, **kwargs) -> None:
    """After every migrate, so that nobody has to remember."""
    ensure_schedules(now=timezone.now())
