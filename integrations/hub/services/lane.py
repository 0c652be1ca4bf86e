"""Delivering what is due over one connection.

The main thread does everything with the database and nothing with the network: claim a group, commit, make the
parcels, hand them to at most eight sending threads, keep the outcomes in groups. The next group is claimed while the
last one is being sent. A sending thread that needs the database (the tokens) asks the main thread.
"""

import logging
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from django.db import transaction
from django.utils import timezone

from crm.core.crash_points import reached
from integrations.hub.errors import ConfigurationError, CouplingError, PermanentError, TemporaryError
from integrations.hub.models import Connection, Delivery, Feed
from integrations.hub.protocol import SystemClock
from integrations.hub.services import claims
from integrations.hub.services.connecting import try_connection
from integrations.hub.services.ladder import BREAKER_FAILURES
from integrations.hub.services.opening import CALL_FIELDS, CallBudget, call_limits, connector_of, open_connector
from integrations.hub.services.parcels import Outcome, Parcel, pack, send
from integrations.hub.services.pulling import pull_due
from integrations.hub.services.results import Ledger, Tally

MAX_THREADS = 8
STORE_GROUP = 25
KEEP_LANE_EVERY_SECONDS = 10.0
logger = logging.getLogger(__name__)


def deliver_due(connection: Connection, *, on, budget_seconds=15.0, clock=None, stop=None) -> Tally:
    """Deliver what is due, as it is on the day `on`, for about `budget_seconds`; then finish what was begun.

    Does nothing while the connection is paused, in trouble or at rest, or when another worker has its lane; the tally
    says so. `stop()` true: begin nothing any more.
    """
    clock = clock or SystemClock()
    deadline = time.monotonic() + budget_seconds
    worker = uuid.uuid4().hex
    tally = Tally()
    while True:
        claims.status_of(connection)
        if not claims.take_lane(connection.pk, worker):
            return tally
        try:
            part = _Lane(connection, worker, on=on, deadline=deadline, clock=clock, stop=stop or _never).run()
            tally = part if not tally.began else _sum(tally, part)
        finally:
            claims.leave_lane(connection.pk, worker)
        # what came in after the last look found the lane taken, and went away again
        if part.trouble or time.monotonic() >= deadline or (stop and stop()) or not _something_due(connection):
            return tally


def is_at_rest(status, now) -> bool:
    """The breaker is open, the vendor asked to wait, or a person has to correct the connection."""
    return bool(
        status.trouble_code
        or (status.breaker_until and status.breaker_until > now)
        or (status.rest_until and status.rest_until > now)
    )


def _never():
    return False


def _sum(one: Tally, other: Tally) -> Tally:
    for name in ("delivered", "same", "refused", "postponed", "read"):
        setattr(one, name, getattr(one, name) + getattr(other, name))
    one.trouble = other.trouble
    return one


def budget_of(connection, status, *, clock=None) -> CallBudget:
    """Raises ConfigurationError when the connector does not exist."""
    capabilities = connector_of(connection).capabilities
    per_minute, per_day = call_limits(connection, capabilities)
    return CallBudget(
        status, per_minute=per_minute, per_day=per_day, errors_per_hour=capabilities.errors_per_hour, clock=clock
    )


def next_due(connection: Connection, *, now) -> datetime | None:
    """The moment from which there is something to deliver over this connection; None: nothing, or it stands still."""
    connection.refresh_from_db()
    status = claims.status_of(connection)
    if connection.paused or status.trouble_code:
        return None
    rows = Delivery.objects.filter(connection=connection)
    waiting = rows.filter(waiting=True).order_by("not_before").values_list("not_before", flat=True)
    unsettled = rows.filter(in_flight=True).order_by("lease_until").values_list("lease_until", flat=True)
    in_bulk = waiting.filter(in_bulk=True).first()
    if in_bulk is not None:
        in_bulk = max(in_bulk, now + timedelta(seconds=budget_of(connection, status).bulk_waits_seconds()))
    first = min(filter(None, [waiting.filter(in_bulk=False).first(), in_bulk, unsettled.first()]), default=None)
    return first and max(filter(None, [first, status.rest_until, status.breaker_until]))


def _something_due(connection) -> bool:
    connection.refresh_from_db()
    now = timezone.now()
    status = claims.status_of(connection)
    if connection.paused or is_at_rest(status, now):
        return False
    rows = Delivery.objects.filter(connection=connection)
    if budget_of(connection, status).bulk_waits_seconds():
        rows = rows.filter(in_bulk=False)
    return (
        rows.filter(waiting=True, not_before__lte=now)
        .exclude(subject__in=rows.filter(in_flight=True).values("subject"))
        .exists()
        or rows.filter(in_flight=True, lease_until__lte=now).exists()
    )


class MainThread:
    """The door through which a sending thread reaches the database."""

    def __init__(self):
        self.events = SimpleQueue()
        self._owner = threading.get_ident()
        self._closed = False

    def ask(self, question):
        """Run `question()` in the main thread and give its answer, or raise what it raised."""
        if threading.get_ident() == self._owner:
            return question()
        if self._closed:
            raise TemporaryError("worker_stopped")
        answer = Future()
        self.events.put((answer, question))
        return answer.result()

    def next(self, timeout_seconds) -> Outcome | Parcel | None:
        """Answer questions until an outcome comes, or a parcel that was not begun, or the time is over (None)."""
        until = time.monotonic() + timeout_seconds
        while True:
            try:
                answer, found = self.events.get(timeout=max(until - time.monotonic(), 0))
            except Empty:
                return None
            if answer is None:
                return found
            self._answer(answer, found)

    def close(self) -> None:
        """Nobody may wait for an answer that does not come."""
        self._closed = True
        while not self.events.empty():
            answer, _question = self.events.get()
            if answer is not None:
                answer.set_exception(TemporaryError("worker_stopped"))

    @staticmethod
    def _answer(answer, question):
        try:
            answer.set_result(question())
        except BaseException as error:
            answer.set_exception(error)
            if not isinstance(error, Exception):
                raise


class _Lane:
    def __init__(self, connection, worker, *, on, deadline, clock, stop):
        self.connection, self.worker, self.on = connection, worker, on
        self.deadline, self.clock, self.stop = deadline, clock, stop
        self.main = MainThread()
        self.connector = None
        self.outstanding: dict[int, tuple[Future, Parcel]] = {}
        self.outcomes: list[Outcome] = []
        # set by a sending thread that met trouble: nobody begins anything before the main thread has looked at it
        self.halted = threading.Event()
        self.put_off: list[Parcel] = []
        self.looked_back = False  # at what a killed worker left, once per run
        self.kept_at = time.monotonic()

    def run(self) -> Tally:
        self.connection.refresh_from_db()
        self.status = claims.status_of(self.connection)
        if self.status.test_asked_at:
            self._test()
        self.ledger = Ledger(self.connection, self.status, self.worker)
        if self.connection.paused or is_at_rest(self.status, timezone.now()):
            return self.ledger.tally
        if not self._has_work():
            return self.ledger.tally
        try:
            self.budget = self.ledger.budget = budget_of(self.connection, self.status, clock=self.clock)
            self.connector = open_connector(self.connection, ask=self.main.ask, budget=self.budget, clock=self.clock)
        except ConfigurationError as error:
            self.ledger.note_trouble(error)
            return self.ledger.tally
        self.threads = min(MAX_THREADS, max(1, self.connector.capabilities.concurrency))
        self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix=f"lane-{self.connection.pk}")
        try:
            self._work()
            if self._may_begin():
                self.ledger.tally.read = pull_due(
                    self.connection, lambda since: self._away(self.pool, self.connector.pull, since), self.ledger
                )
        finally:
            self.main.close()
            self.pool.shutdown(wait=True, cancel_futures=True)
            self.ledger.close()
        return self.ledger.tally

    def _test(self):
        try:
            budget = budget_of(self.connection, self.status, clock=self.clock)
        except ConfigurationError:
            budget = None  # there is no such connector: that is what the test says
        with ThreadPoolExecutor(1, thread_name_prefix=f"test-{self.connection.pk}") as pool:
            try_connection(self.connection, ask=self.main.ask, away=lambda test: self._away(pool, test), budget=budget)
        if budget is not None:
            budget.write_to(self.status)
            self.status.save(update_fields=CALL_FIELDS)
        self.connection.refresh_from_db()
        self.status.refresh_from_db()

    def _away(self, pool, function, *args):
        """Run something with the network in a thread, while this one answers questions and keeps the lane."""
        future = pool.submit(function, *args)
        future.add_done_callback(lambda done: self.main.events.put((None, None)))
        while not future.done():
            self.main.next(KEEP_LANE_EVERY_SECONDS)
            self._keep_lane()
        return future.result()

    def _has_work(self):
        now = timezone.now()
        rows = Delivery.objects.filter(connection=self.connection)
        return (
            rows.filter(waiting=True, not_before__lte=now).exists()
            or rows.filter(in_flight=True, lease_until__lte=now).exists()
            or Feed.objects.filter(connection=self.connection, next_at__lte=now).exists()
        )

    def _work(self):
        dry = False  # nothing more was due at the last look
        while True:
            if not dry and self._may_begin() and len(self.outstanding) < claims.GROUP:
                dry = not self._begin_group()
            if not self.outstanding:
                self._store()
                if dry or not self._may_begin():
                    return
                continue
            found = self.main.next(self._patience())
            if isinstance(found, Parcel):
                self.put_off.append(found)
            elif found is not None:
                self._take_in(found)
                dry = dry and bool(self.outstanding)
            if len(self.outcomes) >= STORE_GROUP:
                self._store()
            self._keep_lane()
            bulk_waits = self.budget.bulk_waits_seconds()
            if not self._may_begin():
                self._call_off()
            elif bulk_waits and self._call_off(bulk_for_seconds=bulk_waits):
                continue
            elif not self.halted.is_set():
                self._hand_out(self.put_off)
                self.put_off = []

    def _may_begin(self):
        if self.stop() or time.monotonic() >= self.deadline:
            return False
        return not is_at_rest(self.status, timezone.now())

    def _patience(self):
        return 0.02 if self.outcomes and not self.outstanding else KEEP_LANE_EVERY_SECONDS

    def _begin_group(self) -> bool:
        """Claim, commit, make the parcels, hand them out. False when nothing was due."""
        probing = self.status.failures_in_a_row >= BREAKER_FAILURES
        if probing and (self.outstanding or self.outcomes):
            return True  # one at a time until the vendor answers again
        limit = 1 if probing else claims.GROUP
        people_only = bool(self.budget.bulk_waits_seconds())
        with transaction.atomic():
            rows = []
            if not self.looked_back:
                rows = claims.claim_unsettled(self.connection.pk, self.worker, limit=limit, people_only=people_only)
                self.looked_back = len(rows) < limit
            if len(rows) < limit:
                rows += claims.claim_waiting(
                    self.connection.pk, self.worker, limit=limit - len(rows), people_only=people_only
                )
            parcels = pack(self.connection, rows, on=self.on) if rows else []
            reached("hub.packed")
        reached("hub.claim_committed")
        if not rows:
            return False
        for parcel in parcels:
            if parcel.nothing_to_tell:
                self.outcomes.append(Outcome(parcel))
            else:
                self._hand_out([parcel])
        return True

    def _hand_out(self, parcels):
        for parcel in parcels:
            self.outstanding[parcel.row.pk] = (self.pool.submit(self._send, parcel), parcel)

    def _send(self, parcel):
        """In a sending thread."""
        if self.halted.is_set() or (parcel.row.in_bulk and self.budget.bulk_waits_seconds()):
            self.main.events.put((None, parcel))
            return
        try:
            outcome = send(parcel, self.connector)
        except CouplingError as error:
            if not isinstance(error, PermanentError):
                self.halted.set()
            outcome = Outcome(parcel, error=error)
        except Exception as error:
            # a fault in the connector: this row asks for a person, the others go on
            logger.exception("connector %s broke", self.connection.connector)
            outcome = Outcome(parcel, error=PermanentError("connector_broke", vendor_words=type(error).__name__))
        self.main.events.put((None, outcome))

    def _take_in(self, outcome):
        self.outstanding.pop(outcome.parcel.row.pk, None)
        self.outcomes.append(outcome)
        reached("hub.answered")
        if outcome.error is not None:
            self._store()  # at once: it may be a reason to stop
            self.halted.clear()

    def _store(self):
        outcomes, self.outcomes = self.outcomes, []
        self.ledger.store(outcomes)

    def _call_off(self, *, bulk_for_seconds=None) -> int:
        """Give back what was claimed and not begun: all of it, or bulk work for so many seconds. Returns how many."""
        all_of_it = bulk_for_seconds is None
        called_off = [parcel for parcel in self.put_off if all_of_it or parcel.row.in_bulk]
        self.put_off = [parcel for parcel in self.put_off if not (all_of_it or parcel.row.in_bulk)]
        called_off += [
            parcel
            for future, parcel in self.outstanding.values()
            if (all_of_it or parcel.row.in_bulk) and future.cancel()
        ]
        for parcel in called_off:
            del self.outstanding[parcel.row.pk]
        later = None if all_of_it else timezone.now() + timedelta(seconds=bulk_for_seconds)
        claims.give_back([parcel.row for parcel in called_off], self.worker, not_before=later)
        return len(called_off)

    def _keep_lane(self):
        if time.monotonic() - self.kept_at >= KEEP_LANE_EVERY_SECONDS:
            self.kept_at = time.monotonic()
            if not claims.keep_lane(self.connection.pk, self.worker):
                self.deadline = 0.0
