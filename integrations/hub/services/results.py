"""Keeping what became of a group: rows, links, report, breaker and budget in one transaction."""

import logging
from copy import copy
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from crm.core.crash_points import reached
from integrations.hub.errors import (
    ConfigurationError,
    CouplingError,
    TemporaryError,
    UnknownOutcome,
)
from integrations.hub.models import Connection, ConnectionStatus, Delivery, Run, RunEntry
from integrations.hub.services import attention, writing
from integrations.hub.services.claims import wait_again
from integrations.hub.services.ladder import (
    BREAKER_FAILURES,
    breaker_wait,
    gives_up,
    wait_before_next_try,
)
from integrations.hub.services.opening import CALL_FIELDS
from integrations.hub.services.parcels import Outcome, differences, link_after

TRIES_TO_STORE = 5
GONE_WELL = (Delivery.State.DELIVERED, Delivery.State.SAME, Delivery.State.WITHDRAWN)
# refused before anything left: no try, no failure of the vendor
OUR_OWN_BRAKES = frozenset({"call_budget", "error_budget", "busy_elsewhere"})
logger = logging.getLogger(__name__)


@dataclass
class Tally:
    """What a run did. `began`: whether this worker had the lane at all."""

    began: bool = False
    delivered: int = 0
    same: int = 0
    refused: int = 0
    postponed: int = 0
    read: int = 0
    trouble: str = ""

    @property
    def total(self) -> int:
        return self.delivered + self.same + self.refused + self.postponed


class _NoLongerOurs(Exception):
    """Of these outcomes only the rows `held` are still claimed by this worker."""

    def __init__(self, held: set[int]):
        self.held = held
        super().__init__(held)


class Ledger:
    """Stores outcomes of one run over one connection. All of it happens in the thread of the database."""

    def __init__(self, connection: Connection, status: ConnectionStatus, worker: str, *, budget=None):
        self.connection, self.status, self.worker, self.budget = connection, status, worker, budget
        self.run: Run | None = None
        self.tally = Tally(began=True)

    def store(self, outcomes: list[Outcome]) -> None:
        """One transaction for the group; again when another transaction was just before us with one of its rows.

        A row whose lease ran out is left out: somebody else looks it up and settles it.
        """
        failures = 0
        while outcomes:
            state = self.status.__dict__.copy(), Tally(**self.tally.__dict__), self.run
            rows = [copy(outcome.parcel.row) for outcome in outcomes]
            try:
                with transaction.atomic():
                    self._store(outcomes)
                reached("hub.store_committed")
                return
            except (IntegrityError, OperationalError, _NoLongerOurs) as error:
                self.status.__dict__, self.tally, self.run = state
                for outcome, row in zip(outcomes, rows, strict=True):
                    outcome.parcel.row = row
                if isinstance(error, _NoLongerOurs):
                    outcomes = [outcome for outcome in outcomes if outcome.parcel.row.pk in error.held]
                    continue
                failures += 1
                if failures == TRIES_TO_STORE:
                    raise

    def _held(self, rows):
        mine = Delivery.objects.select_for_update().filter(
            pk__in=[row.pk for row in rows], in_flight=True, state=Delivery.State.SENDING, claimed_by=self.worker
        )
        return set(mine.order_by("pk").values_list("pk", flat=True))

    def _store(self, outcomes):
        now = timezone.now()
        self._open_run(now)
        entries, finished, postponed = [], [], []
        for outcome in outcomes:
            entries.append(self._settle(outcome, now, finished, postponed))
        for row in finished:
            row.in_flight = row.state == Delivery.State.UNKNOWN
        held = writing.update_rows(finished, SETTLED_FIELDS, held_by=self.worker)
        if postponed:
            held |= self._held([row for row, *_why in postponed])
        if len(held) < len(outcomes):
            raise _NoLongerOurs(held)
        self._store_links(outcomes)
        reached("hub.links_stored")
        for row, not_before, tries_back, error in postponed:
            wait_again(
                Delivery.objects.filter(pk=row.pk),
                tries_back=tries_back,
                not_before=not_before,
                failure=error.kind,
                code=error.code,
                answer=error.vendor_words,
            )
        overtaken = [pk for outcome in outcomes for pk in outcome.parcel.refused_before]
        if overtaken:
            Delivery.objects.filter(pk__in=overtaken, state=Delivery.State.STUCK).update(
                state=Delivery.State.SUPERSEDED, payload=""
            )
        writing.insert_entries(entries)
        attention.about_refusals(
            self.connection,
            [row for row in finished if row.state == Delivery.State.STUCK and row.failure != "configuration"],
        )
        attention.settled(
            outcome.parcel.row
            for outcome in outcomes
            if outcome.parcel.refused_before and outcome.parcel.row.state in GONE_WELL
        )
        self._count(now)
        reached("hub.stored")

    def _open_run(self, now):
        if self.run is None:
            self.run = Run.objects.create(connection=self.connection, began_at=now)

    def _count(self, now):
        self.status.last_delivery_at = now if self.tally.delivered else self.status.last_delivery_at
        self.save_status()
        counts = {name: getattr(self.tally, name) for name in ("delivered", "same", "refused", "postponed")}
        Run.objects.filter(pk=self.run.pk).update(**counts)

    def save_status(self) -> None:
        """Everything this worker keeps of the connection; never the lane itself, nor what people ask for."""
        if self.budget is not None:
            self.budget.write_to(self.status)
        self.status.save(
            update_fields=[
                "rest_until",
                "failures_in_a_row",
                "probes",
                "breaker_until",
                "trouble_code",
                "trouble_words",
                "trouble_since",
                "last_delivery_at",
                *CALL_FIELDS,
            ]
        )

    def _store_links(self, outcomes):
        writing.keep_links([link for link in map(link_after, outcomes) if link is not None])

    def _settle(self, outcome: Outcome, now, finished, postponed) -> RunEntry:
        """Decide what becomes of one row; returns its line of the report."""
        row, parcel = outcome.parcel.row, outcome.parcel
        entry = RunEntry(run=self.run, topic=row.topic, subject=row.subject, at=now)
        if outcome.problems:
            self._stick(row, finished, now, failure="permanent", code=outcome.problems[0].code)
            row.problems = [[problem.message, dict(problem.params)] for problem in outcome.problems]
            entry.outcome, entry.code, entry.notes = RunEntry.Outcome.REFUSED, row.code, row.problems
            return entry
        if outcome.error is not None:
            return self._settle_error(outcome, entry, now, finished, postponed)
        self._vendor_answered(told=outcome.pushed is not None or outcome.withdrawn is not None)
        if outcome.pushed is not None:
            result = outcome.pushed
            old = parcel.link.delivered_payload if parcel.link else ""
            entry.outcome = RunEntry.Outcome(result.state)
            entry.number = result.vendor_number
            entry.changes = differences(old, parcel.content)
            entry.notes = list(result.notes)
            row.state = Delivery.State.SAME if result.state == "same" else Delivery.State.DELIVERED
        elif outcome.withdrawn is not None:
            result = outcome.withdrawn
            entry.outcome, entry.notes = RunEntry.Outcome.WITHDRAWN, list(result.notes)
            entry.answer = row.answer = result.vendor_words
            entry.number = parcel.link.vendor_number
            row.state = Delivery.State.WITHDRAWN
        else:
            entry.outcome = RunEntry.Outcome.SAME
            entry.number = parcel.link.vendor_number if parcel.link else ""
            entry.notes = [] if parcel.link else ["not_there_and_need_not_be"]
            row.state = Delivery.State.SAME
        if row.state == Delivery.State.SAME:
            self.tally.same += 1
        else:
            self.tally.delivered += 1
        row.payload, row.failure, row.code = "", "", ""
        row.problems, row.find_first, row.lease_until, row.finished_at = None, False, None, now
        finished.append(row)
        return entry

    def _settle_error(self, outcome, entry, now, finished, postponed):
        row, error = outcome.parcel.row, outcome.error
        entry.code, entry.answer = error.code, error.vendor_words
        ours = error.code in OUR_OWN_BRAKES
        if isinstance(error, TemporaryError | UnknownOutcome):
            self._failed(error, now, ours)
            wait = wait_before_next_try(max(row.tries, 1), key=row.key, retry_after_seconds=error.retry_after_seconds)
            if ours:
                wait = timedelta(seconds=error.retry_after_seconds or 5)
            if gives_up(row.first_tried_at or now, now + wait):
                row.find_first = row.find_first or isinstance(error, UnknownOutcome)
                self._stick(row, finished, now, failure=error.kind, code=error.code, answer=error.vendor_words)
                entry.outcome = RunEntry.Outcome.REFUSED
                return entry
            self.tally.postponed += 1
            if isinstance(error, UnknownOutcome) or row.find_first:
                # a newer change of this record waits until this one is known
                row.state, row.find_first, row.lease_until = Delivery.State.UNKNOWN, True, now + wait
                row.failure, row.code, row.answer = error.kind, error.code, error.vendor_words
                finished.append(row)
                entry.outcome = RunEntry.Outcome.UNKNOWN
                return entry
            postponed.append((row, now + wait, 1 if ours else 0, error))
            entry.outcome = RunEntry.Outcome.POSTPONED
            return entry
        if isinstance(error, ConfigurationError):
            self._troubled(error, now)
        else:
            self._vendor_answered()
        self._stick(row, finished, now, failure=error.kind, code=error.code, answer=error.vendor_words)
        entry.outcome = RunEntry.Outcome.REFUSED
        return entry

    def _stick(self, row, finished, now, *, failure, code, answer=""):
        row.state, row.failure, row.code, row.answer = Delivery.State.STUCK, failure, code, answer
        row.lease_until, row.finished_at = None, now
        self.tally.refused += 1
        finished.append(row)

    # -------------------------------------------------------------------------------------- breaker and trouble

    def _vendor_answered(self, told=True):
        if told:
            self.status.failures_in_a_row = self.status.probes = 0
            self.status.breaker_until = None

    def _failed(self, error: CouplingError, now, ours):
        if error.status == 429 or error.code in ("too_many_calls", "call_budget"):
            self.status.rest_until = now + timedelta(seconds=error.retry_after_seconds or 5)
        if ours:
            return
        probing = self.status.failures_in_a_row >= BREAKER_FAILURES
        self.status.failures_in_a_row += 1
        if self.status.failures_in_a_row >= BREAKER_FAILURES:
            self.status.probes = self.status.probes + 1 if probing else 0
            self.status.breaker_until = now + breaker_wait(self.status.probes)

    def _troubled(self, error: CouplingError, now):
        if not self.status.trouble_code:
            self.status.trouble_since = now
        self.status.trouble_code, self.status.trouble_words = error.code, error.vendor_words
        self.tally.trouble = error.code
        attention.about_trouble(self.connection, error)

    def note_trouble(self, error: CouplingError) -> None:
        """The connector could not even be made, or a feed met a configuration error."""
        with transaction.atomic():
            self._troubled(error, timezone.now())
            self.save_status()

    def close(self) -> None:
        if self.run is not None:
            Run.objects.filter(pk=self.run.pk).update(ended_at=timezone.now())


SETTLED_FIELDS = (
    "state",
    "in_flight",
    "lease_until",
    "find_first",
    "payload",
    "failure",
    "code",
    "answer",
    "problems",
    "finished_at",
)
