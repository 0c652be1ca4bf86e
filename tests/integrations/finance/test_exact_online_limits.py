"""The limits of section 6 of the contract: how long to wait, and stopping before the tenth error."""

from dataclasses import replace

import pytest

from integrations.hub.errors import CouplingError, TemporaryError

from .conftest import BAKERY


def test_minute_that_is_full_waits_until_it_ends(exact, clock):
    clock.move(15)  # 45 s of this minute are left
    connector = exact.connector()
    for _ in range(60):
        connector.find(BAKERY)
    with pytest.raises(TemporaryError) as error:
        connector.find(BAKERY)
    assert (error.value.code, error.value.retry_after_seconds) == ("too_many_calls", 45.0)


def test_minute_after_the_full_one_goes_on(exact, clock):
    connector = exact.connector()
    for _ in range(60):
        connector.find(BAKERY)
    clock.move(60)
    assert connector.find(BAKERY) is None


def test_day_that_is_full_waits_until_midnight_utc(exact, clock):
    connector = exact.connector()
    exact.simulator.limits.use_up_the_day()
    clock.move(60)
    with pytest.raises(TemporaryError) as error:
        connector.find(BAKERY)
    assert error.value.retry_after_seconds == 12 * 3600 - 60


def test_too_many_without_any_word_waits_a_minute(exact):
    exact.spoil("too_many", method="GET")
    with pytest.raises(TemporaryError) as error:
        exact.connector().find(BAKERY)
    assert error.value.retry_after_seconds == 60.0


def test_errors_stop_before_exact_blocks_the_endpoint(exact, clock):
    connector = exact.connector()
    exact.spoil("bad_request", method="GET", count=None)
    for _ in range(9):
        with pytest.raises(CouplingError):
            connector.find(BAKERY)
    clock.move(60)
    before = exact.calls()
    with pytest.raises(TemporaryError) as error:
        connector.find(BAKERY)
    assert (error.value.code, error.value.retry_after_seconds, exact.calls()) == ("error_budget", 3540.0, before)


def test_errors_of_one_endpoint_leave_the_others_alone(exact):
    connector = exact.connector()
    connector.push(BAKERY, external_id=None, key="1")
    exact.spoil("bad_request", path="BankAccounts", method="GET", count=9)
    for _ in range(9):
        with pytest.raises(CouplingError):
            connector.push(BAKERY, external_id=None, key="1")
    assert connector.push(replace(BAKERY, iban=""), external_id=None, key="1").state == "same"


def test_errors_of_an_hour_ago_count_no_more(exact, clock):
    connector = exact.connector()
    exact.spoil("bad_request", method="GET", count=9)
    for _ in range(9):
        with pytest.raises(CouplingError):
            connector.find(BAKERY)
    clock.move(3600)
    assert connector.find(BAKERY) is None


def test_refusals_of_the_business_cost_no_errors(exact):
    connector = exact.connector()
    for _ in range(12):
        with pytest.raises(CouplingError) as error:
            connector.push(replace(BAKERY, vat_number="BE0428759497"), external_id=None, key="1")
    assert error.value.code == "refused"


def test_first_push_takes_four_calls_and_the_same_again_two(exact):
    connector = exact.connector()
    before = exact.calls()
    result = connector.push(BAKERY, external_id=None, key="1")
    first = exact.calls() - before
    connector.push(BAKERY, external_id=result.external_id, key="1")
    assert (first, exact.calls() - before - first) == (4, 2)  # conditions are read once an hour
