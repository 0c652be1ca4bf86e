"""How long the logs are kept. Each slice registers its log here; its nightly job asks `days_kept`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crm.administrations.models import LogRetention

LEAST_DAYS, MOST_DAYS = 1, 3650


@dataclass(frozen=True)
class Log:
    """A log that is tidied at night. `default_days`: a number, or a function that reads what the environment says."""

    key: str
    label: Any
    description: Any
    default: int | Callable[[], int]
    least_days: int = 7
    order: int = 100

    @property
    def default_days(self) -> int:
        return self.default() if callable(self.default) else self.default


_logs: dict[str, Log] = {}


def keep_log(
    key: str, label, description, default_days: int | Callable[[], int], *, least_days: int = 7, order: int = 100
) -> Log:
    """Register a log. Label and description are lazy; the description says what is in it and what goes."""
    made = Log(key, label, description, default_days, least_days, order)
    _logs[key] = made
    return made


def logs() -> list[Log]:
    return sorted(_logs.values(), key=lambda log: (log.order, log.key))


def days_kept(key: str) -> int:
    """For how many days lines of this log are kept: what was chosen, else the default. Raises KeyError for no log."""
    chosen = LogRetention.objects.filter(key=key).values_list("days", flat=True).first()
    return chosen if chosen is not None else _logs[key].default_days


def days_by_log() -> dict[str, int]:
    """As `days_kept`, for all of them in one query."""
    chosen = dict(LogRetention.objects.values_list("key", "days"))
    return {log.key: chosen.get(log.key, log.default_days) for log in logs()}
