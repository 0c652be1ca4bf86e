"""Whether this installation works, for monitoring: figures and yes or no, never a name or an address.

A slice registers a check: `@register("mail")` on a function `() -> Health`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import DatabaseError, connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.core.schedules import every

logger = logging.getLogger(__name__)

WORKER = "worker"
# a beat a minute, looked at every half: three missed is a worker that is gone
WORKER_SILENT_SECONDS = 240
DISK_FREE_SHARE = 0.05
COUNTED_HOURS = 24


class Heartbeat(models.Model):
    """When something that has to run regularly last did."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True)
class Health:
    """`figures` go out as JSON: numbers, moments, words of ours."""

    ok: bool
    figures: Mapping[str, Any] = field(default_factory=dict)


Check = Callable[[], Health]
_checks: dict[str, Check] = {}


def register(name: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        _checks[name] = check
        return check

    return add


def report() -> dict[str, Any]:
    """{"ok": bool, "checks": {name: {"ok": bool, **figures}}}. A check that fails itself is not ok, without why."""
    checks = {}
    for name, check in sorted(_checks.items()):
        try:
            health = check()
            checks[name] = {"ok": health.ok, **health.figures}
        except Exception:
            logger.exception("Health check %s failed", name)
            checks[name] = {"ok": False}
    return {"ok": all(check["ok"] for check in checks.values()), "checks": checks}


@every(minutes=1)
def beat(name: str = WORKER) -> None:
    """Note that this runs; the schedule calls it in a worker."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def seconds_since(name: str) -> int | None:
    """Since the last beat; None when there was none."""
    last = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return None if last is None else int((timezone.now() - last).total_seconds())


@register("database")
def database_answers() -> Health:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return Health(True, {"vendor": connection.vendor})


@register("migrations")
def migrations_are_applied() -> Health:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Health(not waiting, {"waiting": len(waiting)})


@register("disk")
def disk_has_room() -> Health:
    usage = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR)
    free = usage.free / usage.total
    return Health(free >= DISK_FREE_SHARE, {"free_percent": round(free * 100)})


@register("worker")
def worker_beats() -> Health:
    silent = seconds_since(WORKER)
    return Health(silent is not None and silent <= WORKER_SILENT_SECONDS, {"seconds_since_beat": silent})


@register("jobs")
def jobs_go_on() -> Health:
    from crm.core.jobs import AT_WORK, Job, JobState

    now = timezone.now()
    states = dict(
        Job.objects.filter(state__in=(JobState.WAITING, *AT_WORK)).values_list("state").annotate(models.Count("pk"))
    )
    return Health(True, {**states, "abandoned": Job.objects.abandoned(now).count()})


@register("errors")
def errors_last_day() -> Health:
    """Pages that failed; never a reason to call the installation down."""
    hours = [_hour(timezone.now() - timedelta(hours=back)) for back in range(COUNTED_HOURS)]
    return Health(True, {"server_errors_24h": sum(cache.get_many(hours).values())})


def count_server_error(sender=None, **kwargs) -> None:
    """One more page that failed. Counts loosely, and never stands in the way of the error page."""
    try:
        key = _hour(timezone.now())
        cache.add(key, 0, timeout=(COUNTED_HOURS + 1) * 3600)
        cache.incr(key)
    except (DatabaseError, ValueError):
        logger.warning("A failed page could not be counted")


def _hour(moment) -> str:
    return f"server errors {moment:%Y%m%d%H}".replace(" ", "-")


got_request_exception.connect(count_server_error, dispatch_uid="core health")
