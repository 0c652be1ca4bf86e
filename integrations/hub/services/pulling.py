"""Reading back: what the other system tells us, from time to time, each time a report."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from crm.core.change_set import Door, change_set
from integrations.hub.errors import ConfigurationError, CouplingError
from integrations.hub.models import Feed, Run, RunEntry
from integrations.hub.registry import arrivals
from integrations.hub.services.ladder import wait_before_next_try
from integrations.hub.services.outbox import wake


def pull_due(connection, ask_vendor, ledger, *, now=None) -> int:
    """Read every feed of this connection that is due; returns how many lines came. Call it as holder of the lane.

    `ask_vendor(since)` gives the connector's Pull.
    """
    now = now or timezone.now()
    due = {feed.topic: feed for feed in Feed.objects.filter(connection=connection, next_at__lte=now)}
    return sum(
        _pull(connection, ask_vendor, ledger, due[arrival.topic], arrival)
        for arrival in arrivals(connection.channel)
        if arrival.topic in due
    )


def read_now(connection) -> None:
    """A person wants to see it now: everything is due."""
    Feed.objects.filter(connection=connection).update(next_at=timezone.now())
    transaction.on_commit(lambda: wake([connection.pk]), robust=True)


def _pull(connection, ask_vendor, ledger, feed, arrival):
    run = Run.objects.create(connection=connection, kind=Run.Kind.PULL, topic=feed.topic, began_at=timezone.now())
    try:
        pull = ask_vendor(feed.cursor)
        payloads = list(pull.payloads)
    except CouplingError as error:
        _postpone(feed, run, error)
        if isinstance(error, ConfigurationError):
            ledger.note_trouble(error)
        return 0
    finally:
        ledger.save_status()  # the calls count
    read_at = timezone.now()
    door = change_set(door=Door.COUPLING, action="connection.read", reason=connection.title, separate=True)
    with transaction.atomic(), door:
        lines = arrival.handle(connection, _with(pull, payloads), read_at=read_at)
        RunEntry.objects.bulk_create([RunEntry(run=run, at=read_at, **line) for line in lines], batch_size=1000)
        feed.cursor, feed.read_at, feed.failures_in_a_row = pull.cursor, read_at, 0
        feed.next_at = read_at + timedelta(seconds=arrival.every_seconds)
        feed.save()
        run.delivered = sum(line["outcome"] == RunEntry.Outcome.READ for line in lines)
        run.refused = sum(line["outcome"] == RunEntry.Outcome.NOT_OURS for line in lines)
        run.ended_at = timezone.now()
        run.save()
    return len(lines)


def _with(pull, payloads):
    return type(pull)(payloads, pull.cursor, pull.complete)


def _postpone(feed, run, error):
    now = timezone.now()
    feed.failures_in_a_row += 1
    feed.next_at = now + wait_before_next_try(
        feed.failures_in_a_row,
        key=f"{feed.connection_id} {feed.topic}",
        retry_after_seconds=error.retry_after_seconds,
    )
    feed.save()
    run.code, run.answer, run.ended_at = error.code, error.vendor_words, now
    run.save()
