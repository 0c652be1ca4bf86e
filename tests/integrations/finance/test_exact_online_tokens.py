"""Signing in: one refresh at a time, the new pair stored before it is used, the 570 seconds kept."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.hub.errors import ConfigurationError, TemporaryError
from integrations.hub.protocol import TokenPair
from tests.integrations.contract_cases import MemoryCredentials, call

from .conftest import BAKERY, REDIRECT, code_from


def token_calls(exact):
    return exact.records()["calls"].get("POST /api/oauth2/token", 0)


def test_authorize_url_says_who_and_where_to_return(exact):
    url = urlsplit(exact.connector().authorize_url(redirect_uri=REDIRECT, state="s1"))
    assert url.path == "/api/oauth2/auth"
    assert parse_qs(url.query) == {
        "client_id": [exact.simulator.client_id],
        "redirect_uri": [REDIRECT],
        "response_type": ["code"],
        "state": ["s1"],
        "force_login": ["0"],
    }


def test_code_works_once(exact):
    connector = exact.connector()
    code = code_from(connector.authorize_url(redirect_uri=REDIRECT, state="s"))
    connector.exchange_code(code, redirect_uri=REDIRECT)
    with pytest.raises(ConfigurationError) as error:
        connector.exchange_code(code, redirect_uri=REDIRECT)
    assert error.value.code == "log_in_again"


def test_code_for_another_return_address_is_refused(exact):
    connector = exact.connector()
    code = code_from(connector.authorize_url(redirect_uri=REDIRECT, state="s"))
    with pytest.raises(ConfigurationError) as error:
        connector.exchange_code(code, redirect_uri="https://evil.example/")
    assert error.value.code == "wrong_redirect_address"


def test_wrong_client_secret_is_a_matter_of_configuration_and_not_shown(exact):
    exact.simulator.client_secret = "een-ander-geheim"
    connector = exact.connector()
    with pytest.raises(ConfigurationError) as error:
        connector.exchange_code("x", redirect_uri=REDIRECT)
    assert (error.value.code, "een-ander-geheim" in str(error.value)) == ("wrong_client", False)


def test_nobody_signed_in_yet_says_log_in(exact):
    with pytest.raises(ConfigurationError) as error:
        exact.connector(credentials=MemoryCredentials()).find(BAKERY)
    assert error.value.code == "log_in_again"


def test_token_is_used_until_570_seconds_and_renewed_after(exact, clock):
    connector = exact.connector()
    clock.move(569)
    connector.find(BAKERY)
    before = token_calls(exact)
    clock.move(2)
    connector.find(BAKERY)
    assert (before, token_calls(exact), exact.records()["token_refreshes"]) == (1, 2, 1)


def test_token_that_is_over_is_renewed_once_by_eight_threads(exact, clock):
    clock.move(3000)
    start = threading.Barrier(8)

    def find(_):
        connector = exact.connector()
        start.wait()
        return connector.find(BAKERY)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(find, range(8)))
    assert (found, exact.records()["token_refreshes"], len(exact.credentials.saved)) == ([None] * 8, 1, 2)


def test_token_that_exact_ended_early_is_renewed_once_by_eight_threads(exact):
    exact.simulator.authority.expire_all()
    start = threading.Barrier(8)

    def find(_):
        connector = exact.connector()
        start.wait()
        return connector.find(BAKERY)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(find, range(8)))
    assert (found, exact.records()["token_refreshes"]) == ([None] * 8, 1)


def test_new_pair_is_stored_before_it_is_used(exact, clock):
    """The API call that follows a refresh sees the new pair already in the store."""
    order = []

    class Watching(MemoryCredentials):
        def save(self, pair):
            order.append("saved")
            super().save(pair)

    clock.move(600)
    credentials = Watching(exact.credentials.read())
    connector = exact.connector(
        credentials=credentials, before_call=lambda method, url: order.append(urlsplit(url).path.rpartition("/")[2])
    )
    connector.find(BAKERY)
    assert order == ["token", "saved", "Accounts"]


def test_pair_that_another_process_stored_meanwhile_is_taken_over(exact, clock):
    """Who waited for the lease reads again; the spent refresh token is not sent a second time."""
    clock.move(600)
    exact.connector().find(BAKERY)
    stale_then_fresh = [exact.credentials.saved[0]]

    class Meanwhile(MemoryCredentials):
        def read(self):
            return stale_then_fresh.pop() if stale_then_fresh else exact.credentials.read()

    exact.connector(credentials=Meanwhile()).find(BAKERY)
    assert exact.records()["token_refreshes"] == 1


def test_spent_refresh_token_means_that_a_person_signs_in_again(exact, clock):
    old = exact.credentials.read()
    clock.move(600)
    exact.connector().find(BAKERY)
    with pytest.raises(ConfigurationError) as error:
        exact.connector(credentials=MemoryCredentials(old)).find(BAKERY)
    assert error.value.code == "log_in_again"
    assert old.refresh_token not in str(error.value)


def test_refresh_token_dies_after_thirty_days(exact, clock):
    clock.move(31 * 86400)
    with pytest.raises(ConfigurationError) as error:
        exact.connector().find(BAKERY)
    assert error.value.code == "log_in_again"


def test_refresh_that_exact_finds_too_early_is_temporary(exact):
    """A pair that looks over to us and is not to Exact: our clock runs ahead."""
    pair = exact.credentials.read()
    ahead = TokenPair(pair.access_token, pair.refresh_token, pair.obtained_at, expires_in_seconds=0)
    with pytest.raises(TemporaryError) as error:
        exact.connector(credentials=MemoryCredentials(ahead)).find(BAKERY)
    assert error.value.code == "token_asked_too_early"


def test_refresh_whose_answer_got_lost_is_tried_again_and_then_asks_for_a_person(exact, clock):
    clock.move(600)
    exact.spoil("lost_after_write", path="/api/oauth2/token")
    with pytest.raises(TemporaryError) as lost:
        exact.connector().find(BAKERY)
    with pytest.raises(ConfigurationError) as error:
        exact.connector().find(BAKERY)
    assert (lost.value.code, error.value.code) == ("token_answer_lost", "log_in_again")


def test_refresh_that_never_arrived_works_the_next_time(exact, clock):
    clock.move(600)
    exact.spoil("reset_before_write", path="/api/oauth2/token")
    with pytest.raises(TemporaryError):
        exact.connector().find(BAKERY)
    assert exact.connector().find(BAKERY) is None


def test_token_refused_twice_stops_and_asks_for_a_person(exact):
    exact.spoil("expired_token", method="GET", count=2)
    with pytest.raises(ConfigurationError) as error:
        exact.connector().find(BAKERY)
    assert error.value.code == "log_in_again"


def test_tokens_show_in_no_representation(exact):
    pair = exact.credentials.read()
    assert pair.access_token not in repr(pair)
    assert pair.refresh_token not in repr(pair)


def test_first_test_after_signing_in_finds_the_division(exact):
    result = exact.connector(division="").test()
    assert (result.ok, result.settings) == (True, {"division": "123456"})
    assert result.facts == (
        ("Signed in as", "Boekhouding (simulator)"),
        ("Administration in Exact Online", "123456 Vereniging De Proeftuin"),
    )


def test_push_without_a_division_is_a_matter_of_configuration(exact):
    with pytest.raises(ConfigurationError) as error:
        exact.connector(division="").find(BAKERY)
    assert error.value.code == "division_missing"


def test_test_names_the_rights_that_are_missing(exact):
    call(
        f"{exact.simulator.url}/_simulator/scenario",
        {"kind": "forbidden", "path": "cashflow/PaymentConditions", "words": "Forbidden - scope Financial cashflow"},
    )
    result = exact.connector().test()
    assert (result.ok, result.code, result.vendor_words) == (
        False,
        "no_rights_there",
        "Forbidden - scope Financial cashflow",
    )


def test_test_of_another_division_says_so(exact):
    result = exact.connector(division="999").test()
    assert (result.ok, result.code) == (False, "no_rights_there")
