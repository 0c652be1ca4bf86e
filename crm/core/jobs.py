"""Long work in the background: in chunks, with progress, to be stopped, resumed and undone as one.

A kind of job is one function that does one chunk. Each chunk is a transaction with everything it wrote, its
history and how far the job is; all chunks write in one change set. The queue only wakes: what has to be done is
our row, and `resume_abandoned` starts what a killed worker left.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import OperationalError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.core.after_restore import after_restore
from crm.core.change_set import ChangeSet, Door, change_set
from crm.core.crash_points import reached
from crm.core.schedules import every

logger = logging.getLogger(__name__)

# the queue ends a task after Q_TASK_TIMEOUT_SECONDS, so a run stops well before and wakes its successor
RUN_SECONDS = 40
# longer than the queue lets any task live: a lease that has expired belongs to nobody
LEASE_SECONDS = 180
# starts without one finished chunk in between; counted before the work, in our row (design/reliability.md, A)
MAX_TRIES = 3
# a waiting job that nobody woke for so long is woken again
WAKE_AGAIN_SECONDS = 60


class UnableToRun(Exception):
    """The job cannot be done; the message says why and is for the person who started it."""


class LeaseLost(Exception):
    """Another worker has this job by now: what this one did is rolled back."""


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    STOPPING = "stopping", _("stopping")
    STOPPED = "stopped", _("stopped")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


OVER = (JobState.STOPPED, JobState.DONE, JobState.FAILED)
AT_WORK = (JobState.RUNNING, JobState.STOPPING)


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own; a superuser's are all."""
        if not getattr(user, "is_active", False):
            return self.none()
        return self if user.is_superuser else self.filter(actor_id=user.pk)

    def abandoned(self, now: datetime):
        """Waiting and woken by nobody, or at work with a lease that has expired."""
        return self.filter(
            models.Q(state=JobState.WAITING, woken_at__lt=now - timedelta(seconds=WAKE_AGAIN_SECONDS))
            | models.Q(state__in=AT_WORK, lease_until__lt=now)
        )


class Job(models.Model):
    """One piece of long work. A log of work: what it changed has its own history."""

    kind = models.CharField(_("kind"), max_length=80)
    params = models.JSONField(_("parameters"), default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    reason = models.TextField(_("reason"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.WAITING)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("total"), default=0)
    mark = models.JSONField(_("how far"), default=dict)
    message = models.TextField(_("message"), blank=True)
    result = models.JSONField(_("result"), default=dict)
    change_set = models.ForeignKey(
        ChangeSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("change set")
    )
    reverts = models.ForeignKey(
        ChangeSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reverts")
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    lease = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    woken_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("background job")
        verbose_name_plural = _("background jobs")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["actor", "-created_at"]), models.Index(fields=["state", "woken_at"])]

    def __str__(self) -> str:
        return str(label_of(self.kind))

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("core:job", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return self.state in OVER


# ------------------------------------------------------------------------------------------------ kinds


@dataclass(frozen=True)
class Chunk:
    """What one chunk did. `done`: units of work; `mark`: where the next one goes on (JSON); `more`: whether there
    is a next one. `total`, `message` and `result` replace the job's where they are given; `result` is merged in."""

    done: int = 0
    mark: Mapping[str, Any] = field(default_factory=dict)
    more: bool = True
    total: int | None = None
    message: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    name: str
    label: Any
    chunk: Callable[[Job], Chunk]


_kinds: dict[str, Kind] = {}
_listeners: list[Callable[[Job], None]] = []


def job_kind(name: str, *, label) -> Callable[[Callable[[Job], Chunk]], Callable[[Job], Chunk]]:
    """Register the decorated function `(job) -> Chunk`. It reads `job.params`, `job.mark` and `job.actor`, writes
    through services and the bulk door, and takes at most a second of the write lock (design/reliability.md 13)."""

    def register(chunk):
        _kinds[name] = Kind(name, label, chunk)
        return chunk

    return register


def label_of(kind: str):
    return _kinds[kind].label if kind in _kinds else kind


def when_over(listener: Callable[[Job], None]) -> Callable[[Job], None]:
    """Call the function in the transaction in which a job ends, whatever way."""
    _listeners.append(listener)
    return listener


# ------------------------------------------------------------------------------------- start, stop, resume


@transaction.atomic
def start(
    kind: str,
    *,
    params: Mapping[str, Any] | None = None,
    actor=None,
    total: int = 0,
    reason: str = "",
    reverts: ChangeSet | None = None,
) -> Job:
    """Store the job, and wake a worker when the transaction is committed. Raises KeyError for an unknown kind."""
    job = Job.objects.create(
        kind=_kinds[kind].name, params=dict(params or {}), actor=actor, total=total, reason=reason, reverts=reverts
    )
    _wake(job.pk)
    return job


@transaction.atomic
def stop(job: Job) -> None:
    """Ask a job to stop after the chunk it is at; what is done stays done, and can be undone. Over: nothing."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=JobState.WAITING)
    if waiting.update(state=JobState.STOPPED, ended_at=now):
        _tell(job.pk)
        return
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(state=JobState.STOPPING)


@transaction.atomic
def resume(job: Job) -> bool:
    """Go on with a job that was stopped or failed, after its last finished chunk. False when it is neither."""
    again = Job.objects.filter(pk=job.pk, state__in=(JobState.STOPPED, JobState.FAILED)).update(
        state=JobState.WAITING, tries=0, message="", ended_at=None, woken_at=timezone.now()
    )
    if again:
        _wake(job.pk)
    return bool(again)


@every(minutes=1)
def resume_abandoned() -> int:
    """Wake what waits unwoken and what a killed worker left; returns how many. Twice is harmless: one claims."""
    now = timezone.now()
    left = list(Job.objects.abandoned(now).values_list("pk", flat=True)[:100])
    Job.objects.filter(pk__in=left).update(woken_at=now)
    for pk in left:
        _wake(pk)
    return len(left)


@after_restore
def stop_jobs() -> str:
    """What was at work when the back-up was made may have been finished since: a person resumes it, or does not."""
    stopped = Job.objects.exclude(state__in=OVER).update(
        state=JobState.STOPPED, lease="", lease_until=None, ended_at=timezone.now()
    )
    return gettext("%(count)d jobs in the background stopped.") % {"count": stopped} if stopped else ""


def _wake(pk: int) -> None:
    from django_q.tasks import async_task

    transaction.on_commit(lambda: async_task("crm.core.jobs.run", pk))


# ---------------------------------------------------------------------------------------------- running


def run(pk: int, *, seconds: float = RUN_SECONDS) -> str | None:
    """Work on a job until it is over or the time is up; returns its state, None when it is not to be had."""
    lease = _claim(pk)
    if lease is None:
        return None
    reached("job claimed")
    until = time.monotonic() + seconds
    try:
        while True:
            job = Job.objects.select_related("actor").get(pk=pk)
            if job.lease != lease:
                return None
            if job.state == JobState.STOPPING:
                return _end(job, lease, JobState.STOPPED)
            if job.kind not in _kinds:
                return _end(job, lease, JobState.FAILED, message=gettext("This kind of work no longer exists."))
            if not _one_chunk(job, lease):
                return JobState.DONE
            reached("job chunk committed")
            if time.monotonic() >= until:
                return _hand_over(pk, lease)
    except LeaseLost:
        return None
    except OperationalError:
        # the database was away or busy: the sweep tries again, and the tries are counted
        logger.warning("Job %s stopped by the database; it is tried again", pk)
        return None
    except (UnableToRun, ValidationError) as refused:
        text = "; ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused)
        return _end(Job.objects.get(pk=pk), lease, JobState.FAILED, message=text)
    except Exception:
        code = uuid.uuid4().hex[:8]
        logger.exception("Job %s failed, code %s", pk, code)
        text = gettext("Something went wrong in the program. Nothing of this step was written. Code %(code)s.")
        return _end(Job.objects.get(pk=pk), lease, JobState.FAILED, message=text % {"code": code})


def _claim(pk: int) -> str | None:
    """Take the job with a lease, in one statement, and count the try before the work."""
    now = timezone.now()
    lease = uuid.uuid4().hex
    free = models.Q(state=JobState.WAITING) | models.Q(state__in=AT_WORK, lease_until__lt=now)
    claimed = Job.objects.filter(free, pk=pk).update(
        lease=lease,
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
        tries=models.F("tries") + 1,
        state=models.Case(
            models.When(state=JobState.STOPPING, then=models.Value(JobState.STOPPING)),
            default=models.Value(JobState.RUNNING),
        ),
    )
    if not claimed:
        return None
    job = Job.objects.get(pk=pk)
    if job.tries > MAX_TRIES:
        _end(job, lease, JobState.FAILED, message=gettext("The work was broken off several times at the same place."))
        return None
    return lease


def _one_chunk(job: Job, lease: str) -> bool:
    """One transaction: the work, its history and how far the job is. Returns whether there is more to do."""
    opening = {"resume": job.change_set_id} if job.change_set_id else {"separate": True}
    with transaction.atomic():
        with change_set(
            actor=job.actor, door=Door.JOB, action=job.kind, reason=job.reason, reverts=job.reverts, **opening
        ) as opened:
            chunk = _kinds[job.kind].chunk(job)
            reached("job chunk worked")
        values: dict[str, Any] = {
            "done": job.done + chunk.done,
            "mark": dict(chunk.mark),
            "result": job.result | dict(chunk.result),
            "tries": 0,
            "lease_until": timezone.now() + timedelta(seconds=LEASE_SECONDS),
            "change_set_id": opened.pk,
        }
        if chunk.total is not None:
            values["total"] = chunk.total
        if chunk.message is not None:
            values["message"] = chunk.message
        if not chunk.more:
            values |= {"state": JobState.DONE, "ended_at": timezone.now(), "lease": ""}
        if not Job.objects.filter(pk=job.pk, lease=lease).update(**values):
            raise LeaseLost
        if not chunk.more:
            _tell(job.pk)
        reached("job chunk marked")
    return chunk.more


def _hand_over(pk: int, lease: str) -> str:
    """The time is up: give the job back and wake who goes on."""
    with transaction.atomic():
        Job.objects.filter(pk=pk, lease=lease, state=JobState.RUNNING).update(
            state=JobState.WAITING, lease="", lease_until=None, woken_at=timezone.now()
        )
        # one that is to stop keeps its state and is free at once
        Job.objects.filter(pk=pk, lease=lease).update(lease="", lease_until=timezone.now())
        _wake(pk)
    return JobState.WAITING


def _end(job: Job, lease: str, state: JobState, message: str = "") -> str | None:
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, lease=lease).update(
            state=state, message=message, lease="", lease_until=None, ended_at=timezone.now()
        )
        if not ended:
            return None
        _tell(job.pk)
    return state


def _tell(pk: int) -> None:
    if _listeners:
        job = Job.objects.select_related("actor").get(pk=pk)
        for listener in _listeners:
            listener(job)
