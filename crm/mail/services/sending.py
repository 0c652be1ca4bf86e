"""The worker: claims what is due, sends it, and writes down what became of each message.

Two commits per message: "sending" directly before the final dot of DATA, and what the server answered after it. What
was between those two when a process ended is uncertain: a person looks, it is never sent again by itself.
"""

from __future__ import annotations

import re
import time
import uuid
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from crm.administrations.retention import days_kept
from crm.core.crash_points import reached
from crm.mail.models import ANSWER_LENGTH, Message, MessageState
from crm.mail.transport import Outcome, transport

BATCH = 25
# less than the queue lets a task live, with room for one message that hangs on every command
RUN_SECONDS = 40
LEASE_SECONDS = 300
# claims that never came to an answer: what ends its worker each time must stop
MAX_TRIES = 40
# minutes after the first, second … temporary refusal; the last one from then on, for 24 hours
BACKOFF_MINUTES = (1, 5, 15, 30, 60, 120)
CONTENT_KEPT_DAYS = 365
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class LeaseLost(Exception):
    """The message went to another worker, or a person took it: not to be sent by this one."""


def send_due(*, now: datetime | None = None, seconds: float = RUN_SECONDS) -> int:
    """Send what is due until nothing is left or the time is up; returns how many messages got an answer.

    Any number of workers may run at a time. `now` is when it is, for what is due.
    """
    until = time.monotonic() + seconds
    mark_uncertain(now or timezone.now())
    line, answered = transport(), 0
    try:
        while time.monotonic() < until:
            moment = now or timezone.now()
            batch = _claim(moment)
            reached("mail claimed")
            if not batch:
                break
            for position, message in enumerate(batch):
                outcome = _send(line, message, moment)
                answered += 1
                if (outcome.line_lost and not _goes_on(outcome)) or time.monotonic() >= until:
                    _release(batch[position + 1 :])
                    return answered
    finally:
        line.close()
    return answered


def _goes_on(outcome: Outcome) -> bool:
    """A message that was lost with its line after the dot says nothing of the next one; a server that is away does."""
    return outcome.kind == "uncertain"


def mark_uncertain(now: datetime) -> int:
    """What was "sending" when its worker ended: nobody knows whether it arrived. Returns how many."""
    left = Message.objects.filter(state=MessageState.SENDING, lease_until__lt=now)
    return left.update(
        state=MessageState.UNCERTAIN, lease="", lease_until=None, answer="the program ended while it was being sent"
    )


def _claim(now: datetime) -> list[Message]:
    """Take a batch with a lease and count the try, committed before anything is sent."""
    lease = uuid.uuid4().hex
    with transaction.atomic():
        due = Message.objects.due(now)
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return []
        Message.objects.filter(pk__in=ids, tries__gte=MAX_TRIES).update(
            state=MessageState.REFUSED, answer="given up: it was tried too often", lease="", lease_until=None
        )
        Message.objects.filter(pk__in=ids, tries__lt=MAX_TRIES).update(
            lease=lease, lease_until=timezone.now() + timedelta(seconds=LEASE_SECONDS), tries=models.F("tries") + 1
        )
    return list(Message.objects.filter(lease=lease).order_by("not_before", "pk"))


def _release(messages: list[Message]) -> None:
    """Give back what was claimed and not begun; the try does not count."""
    for message in messages:
        Message.objects.filter(pk=message.pk, lease=message.lease).update(
            lease="", lease_until=None, tries=models.F("tries") - 1
        )


def _send(line, message: Message, now: datetime) -> Outcome:
    def before_dot():
        mine = Message.objects.filter(pk=message.pk, lease=message.lease, state=message.state)
        if not mine.update(state=MessageState.SENDING, lease_until=timezone.now() + timedelta(seconds=LEASE_SECONDS)):
            raise LeaseLost
        reached("mail marked sending")

    try:
        outcome = line.deliver(
            sender=message.sender,
            recipient=message.recipient,
            content=bytes(message.content),
            before_dot=before_dot,
        )
    except LeaseLost:
        return Outcome("uncertain", line_lost=True)
    reached("mail answered")
    _store(message, outcome, now)
    reached("mail stored")
    return outcome


def _store(message: Message, outcome: Outcome, now: datetime) -> None:
    values = {"answer": cleaned(outcome.answer), "lease": "", "lease_until": None}
    if outcome.kind == "sent":
        values |= {"state": MessageState.SENT, "sent_at": timezone.now()}
        if not message.keep_content:
            values["content"] = b""
    elif outcome.kind == "temporary" and now < message.until:
        wait = BACKOFF_MINUTES[min(message.tries, len(BACKOFF_MINUTES)) - 1]
        values |= {"state": MessageState.DEFERRED, "not_before": now + timedelta(minutes=wait)}
    elif outcome.kind == "uncertain":
        values["state"] = MessageState.UNCERTAIN
    else:
        values["state"] = MessageState.REFUSED
    Message.objects.filter(pk=message.pk, lease=message.lease).update(**values)


def cleaned(answer: str) -> str:
    """The server's words without addresses and control characters, at most 2 kB."""
    text = _ADDRESS.sub("…", " ".join(answer.split()))
    return "".join(character for character in text if character.isprintable())[:ANSWER_LENGTH]


def forget_old_content(*, now: datetime | None = None) -> int:
    """Drop the text of what was sent longer ago than is chosen (a year), and of what lets somebody in and never left,
    after a week.

    Returns how many. The row, with state and answer, stays.
    """
    now = now or timezone.now()
    old = models.Q(state=MessageState.SENT, sent_at__lt=now - timedelta(days=days_kept("mail"))) | models.Q(
        keep_content=False, created_at__lt=now - timedelta(days=7)
    )
    return (
        Message.objects.filter(old)
        .exclude(content=b"")
        .exclude(state__in=("waiting", "deferred", "sending"))
        .update(content=b"")
    )
