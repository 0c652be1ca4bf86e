"""What every connector that writes must do, whatever its vendor. Over real HTTP against the vendor's simulator,
without a database.

A test module subclasses `WritingConnectorCases` and gives a fixture `coupling`, a `Coupling` of its own vendor. What a
vendor's simulator cannot do is not in here; what only one vendor does is in that vendor's own tests.
"""

import contextlib
import json
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError, PermanentError, TemporaryError, UnknownOutcome
from integrations.hub.http import HttpClient

UNREADABLE = ("garbage", "truncated", "html200", "empty200", "huge")


class MemoryCredentials:
    """A credential store of one process: one pair, one lock per lease, and what was saved in order."""

    def __init__(self, pair=None):
        self.saved = [pair] if pair else []
        self._locks = {}
        self._guard = threading.Lock()

    def read(self):
        return self.saved[-1] if self.saved else None

    @contextlib.contextmanager
    def lease(self, name, seconds):
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        if not lock.acquire(timeout=seconds):
            raise TemporaryError("busy_elsewhere")
        try:
            yield
        finally:
            lock.release()

    def save(self, pair):
        self.saved.append(pair)


class SteppingClock:
    """Stands still until a test moves it."""

    def __init__(self, moment=datetime(2026, 11, 25, 12, 0, tzinfo=UTC)):
        self._moment = moment

    def now(self):
        return self._moment

    def seconds(self):
        return self._moment.timestamp()

    def move(self, seconds):
        self._moment += timedelta(seconds=seconds)


def http_client(url, **options):
    """The hub's own client, allowed to reach the simulator at `url`."""
    return HttpClient(allow_address=AddressGuard([url]), **options)


def call(url, data=None):
    """JSON from a simulator's own pages; with `data` a POST."""
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


class Coupling(Protocol):
    """One vendor under test. `payload` is good and new there, `changed` the same object with something else in it."""

    payload: object
    changed: object

    def connector(self, *, call_timeout_seconds: float = 30.0): ...

    def spoil(self, kind: str, **more) -> None:
        """Switch a scenario on for the call that creates the object, and for that call alone."""

    def objects(self) -> list:
        """What the vendor holds of our objects, comparable."""

    def doubles(self) -> list:
        """What the vendor holds twice."""

    def calls(self) -> int:
        """How many calls the vendor got."""


class WritingConnectorCases:
    def test_push_makes_it_and_find_finds_it(self, coupling):
        connector = coupling.connector()
        result = connector.push(coupling.payload, external_id=None, key="1")
        assert (result.state, connector.find(coupling.payload)) == ("created", result.external_id)

    def test_find_finds_nothing_before_the_first_push(self, coupling):
        assert coupling.connector().find(coupling.payload) is None

    def test_push_twice_changes_nothing_the_second_time(self, coupling):
        connector = coupling.connector()
        first = connector.push(coupling.payload, external_id=None, key="1")
        before = coupling.objects()
        again = connector.push(coupling.payload, external_id=first.external_id, key="1")
        assert (again.state, again.external_id, coupling.objects()) == ("same", first.external_id, before)

    def test_push_twice_without_a_remembered_id_makes_no_double(self, coupling):
        connector = coupling.connector()
        first = connector.push(coupling.payload, external_id=None, key="1")
        again = connector.push(coupling.payload, external_id=None, key="1")
        assert (again.external_id, coupling.doubles()) == (first.external_id, [])

    def test_push_of_a_change_updates(self, coupling):
        connector = coupling.connector()
        first = connector.push(coupling.payload, external_id=None, key="1")
        second = connector.push(coupling.changed, external_id=first.external_id, key="2")
        third = connector.push(coupling.changed, external_id=first.external_id, key="2")
        assert (second.state, third.state, len(coupling.objects())) == ("updated", "same", 1)

    @pytest.mark.parametrize("kind", ["lost_after_write", *UNREADABLE])
    def test_push_after_a_lost_or_unreadable_answer_makes_no_double(self, coupling, kind):
        connector = coupling.connector()
        coupling.spoil(kind, after_write=True)
        with pytest.raises(UnknownOutcome):
            connector.push(coupling.payload, external_id=None, key="1")
        found = connector.find(coupling.payload)
        result = connector.push(coupling.payload, external_id=found, key="1")
        assert (result.external_id, len(coupling.objects()), coupling.doubles()) == (found, 1, [])

    def test_push_after_a_break_before_writing_makes_it_once(self, coupling):
        connector = coupling.connector()
        coupling.spoil("reset_before_write")
        with pytest.raises(UnknownOutcome):
            connector.push(coupling.payload, external_id=None, key="1")
        assert connector.find(coupling.payload) is None
        assert connector.push(coupling.payload, external_id=None, key="1").state == "created"

    @pytest.mark.parametrize("after_write", [False, True])
    @pytest.mark.parametrize("kind", ["error500", "html503"])
    def test_push_while_the_vendor_is_down_is_temporary_and_makes_no_double(self, coupling, kind, after_write):
        connector = coupling.connector()
        coupling.spoil(kind, after_write=after_write)
        with pytest.raises(TemporaryError) as error:
            connector.push(coupling.payload, external_id=None, key="1")
        connector.push(coupling.payload, external_id=None, key="1")
        assert (error.value.code, error.value.vendor_words) == ("vendor_down", "")
        assert (len(coupling.objects()), coupling.doubles()) == (1, [])

    def test_push_that_takes_too_long_has_an_unknown_outcome(self, coupling):
        coupling.spoil("slow", seconds=1.2)
        with pytest.raises(UnknownOutcome) as error:
            coupling.connector(call_timeout_seconds=0.5).push(coupling.payload, external_id=None, key="1")
        assert error.value.code == "too_slow"

    def test_answer_that_drips_is_cut_off_by_the_whole_call(self, coupling):
        coupling.spoil("drip", seconds=20)
        with pytest.raises(UnknownOutcome) as error:
            coupling.connector(call_timeout_seconds=0.5).push(coupling.payload, external_id=None, key="1")
        assert error.value.code == "too_slow"

    def test_too_many_calls_says_how_long_to_wait(self, coupling):
        coupling.spoil("too_many", retry_after="17")
        with pytest.raises(TemporaryError) as error:
            coupling.connector().push(coupling.payload, external_id=None, key="1")
        assert (error.value.code, error.value.retry_after_seconds) == ("too_many_calls", 17.0)

    def test_refused_data_is_permanent_with_the_vendors_words(self, coupling):
        coupling.spoil("refuse_field", words="Ongeldig: Plaats")
        with pytest.raises(PermanentError) as error:
            coupling.connector().push(coupling.payload, external_id=None, key="1")
        assert error.value.vendor_words == "Ongeldig: Plaats"

    def test_missing_rights_are_a_matter_of_configuration(self, coupling):
        coupling.spoil("forbidden", words="Forbidden - scope")
        with pytest.raises(ConfigurationError) as error:
            coupling.connector().push(coupling.payload, external_id=None, key="1")
        assert error.value.vendor_words == "Forbidden - scope"

    def test_redirect_to_another_host_is_not_followed(self, coupling):
        coupling.spoil("redirect")
        with pytest.raises(ConfigurationError) as error:
            coupling.connector().push(coupling.payload, external_id=None, key="1")
        assert error.value.code == "redirect_refused"

    def test_check_of_a_good_payload_finds_nothing_and_calls_nobody(self, coupling):
        connector, before = coupling.connector(), coupling.calls()
        assert (connector.check(coupling.payload), coupling.calls()) == ([], before)

    def test_withdraw_of_a_stranger_raises_nothing(self, coupling):
        result = coupling.connector().withdraw("00000000-0000-4000-8000-000000000000", key="1")
        assert result.state in ("nothing", "absent")

    def test_test_says_ok(self, coupling):
        result = coupling.connector().test()
        assert (result.ok, result.code) == (True, "")
