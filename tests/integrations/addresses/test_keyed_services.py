"""The services with a key against their simulators, over real HTTP: the same cases for all, then what differs."""

import inspect
from contextlib import closing

import pytest

from integrations.addresses.connectors.bag import Bag
from integrations.addresses.connectors.postcode_eu import PostcodeEu
from integrations.addresses.connectors.postcodeapi import PostcodeApi
from integrations.addresses.payloads import RegisteredAddress
from integrations.addresses.simulators import bag, postcode_eu, postcodeapi
from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError, TemporaryError
from integrations.hub.http import HttpClient

SERVICES = {"bag": (Bag, bag), "postcode_eu": (PostcodeEu, postcode_eu), "postcodeapi": (PostcodeApi, postcodeapi)}
PLACE = {"street": "Brinkhof", "number": 14, "postcode": "7551EC", "city": "Hengelo"}
REGION = {"municipality": "Hengelo", "province": "Overijssel"}
POINT = {"lat": 52.2656, "lon": 6.7942}
IDS = {"bag_number_id": "0000200000000007", "bag_object_id": "0000010000000007"}
BRINKHOF_14 = {
    "bag": RegisteredAddress(**PLACE, **IDS, street_short="Brinkhof"),
    "postcode_eu": RegisteredAddress(**PLACE, **REGION, **POINT, **IDS, street_short="Brinkhof"),
    "postcodeapi": RegisteredAddress(**PLACE, **REGION, **POINT, knows_additions=False),
}


@pytest.fixture(scope="module", params=SERVICES)
def simulator(request):
    with SERVICES[request.param][1].Simulator() as simulator:
        yield simulator


@pytest.fixture
def name(simulator):
    return simulator.__module__.rpartition(".")[2]


def ask(simulator, postcode="7551EC", number=14, *, key=None, url=None):
    connector = SERVICES[simulator.__module__.rpartition(".")[2]][0]
    keys = {"key": key or simulator.key}
    if "secret" in inspect.signature(connector).parameters:
        keys["secret"] = simulator.secret
    allowed = AddressGuard([url or simulator.url])
    with closing(HttpClient(allow_address=allowed, call_timeout_seconds=0.5)) as http:
        service = connector(base_url=url or simulator.url, http=http, **keys)
        return service.addresses(postcode, number, timeout_seconds=2)


def suffixes(addresses):
    return [(address.letter, address.addition) for address in addresses]


def test_keyed_service_gives_the_address_of_the_number(simulator, name):
    assert ask(simulator)[0] == BRINKHOF_14[name]


def test_keyed_service_is_told_postcode_and_number_and_nothing_else(simulator, name):
    ask(simulator)
    assert (
        simulator.questions[-1]
        == {
            "bag": (
                "/lvbag/individuelebevragingen/v2/adressen",
                {"postcode": ["7551EC"], "huisnummer": ["14"], "page": ["1"], "pageSize": ["100"]},
            ),
            "postcode_eu": ("/nl/v1/addresses/postcode/7551EC/14", {}),
            "postcodeapi": ("/v3/lookup/7551EC/14", {}),
        }[name]
    )


@pytest.mark.parametrize(("postcode", "number"), [("7551EC", 15), ("9999ZZ", 1)])
def test_keyed_service_gives_nothing_for_what_does_not_exist(simulator, postcode, number):
    assert ask(simulator, postcode, number) == []


@pytest.mark.parametrize(
    ("postcode", "street", "city"),
    [
        ("1094TS", "Curaçaokade", "Amsterdam"),
        ("2514VX", "Hofvijverpad", "'s-Gravenhage"),
        ("8911VX", "Tússendyksterwei", "Ljouwert"),
    ],
)
def test_keyed_service_gives_names_as_registered(simulator, postcode, street, city):
    found = ask(simulator, postcode, 31 if postcode == "1094TS" else 1)
    assert (found[0].street, found[0].city) == (street, city)


@pytest.mark.parametrize(
    ("fault", "code", "retry_after_seconds"),
    [
        ("slow", "too_slow", None),
        ("too_many", "too_many_calls", None),
        ("too_many_retry_after", "too_many_calls", 7.0),
        ("down", "vendor_down", None),
        ("broken_json", "broken_json", None),
        ("html", "not_json", None),
        ("hang_up", "connection_lost", None),
        ("empty_object", "unexpected_answer", None),
    ],
)
def test_keyed_service_fault_is_a_failure_and_never_an_empty_list(simulator, fault, code, retry_after_seconds):
    with simulator.failing(fault), pytest.raises(TemporaryError) as failure:
        ask(simulator)
    assert (failure.value.code, failure.value.retry_after_seconds) == (code, retry_after_seconds)


def test_keyed_service_page_that_is_not_found_is_no_answer_about_an_address(simulator):
    with simulator.failing("html_404"), pytest.raises(Exception) as failure:
        ask(simulator)
    assert failure.value.code in ("not_json", "not_found")


def test_keyed_service_never_takes_a_neighbour(simulator, name):
    with simulator.failing("neighbour"):
        if name == "bag":
            assert ask(simulator, "7551EC", 15) == []
        else:
            with pytest.raises(TemporaryError, match="unexpected_answer"):
                ask(simulator, "7551EC", 15)


def test_keyed_service_may_say_that_there_is_none(simulator):
    with simulator.failing("nothing"):
        assert ask(simulator) == []


def test_keyed_service_with_a_wrong_key_is_for_a_person_to_correct(simulator):
    with pytest.raises(ConfigurationError) as failure:
        ask(simulator, key="een-andere-sleutel")
    assert (failure.value.code, failure.value.status) == ("wrong_key", 401)
    assert "een-andere-sleutel" not in str(failure.value)


def test_keyed_service_that_is_not_there_is_a_temporary_failure(simulator):
    with type(simulator)() as gone:
        url = gone.url
    with pytest.raises(TemporaryError, match="no_connection"):
        ask(simulator, url=url)


def test_every_fault_of_the_simulators_is_tried_here():
    tried = "slow too_many too_many_retry_after down broken_json html html_404 hang_up empty_object nothing neighbour"
    own = "short_pages doubled day_limit endless no_right other_404"
    faults = {fault for _connector, module in SERVICES.values() for fault in module.Simulator().all_faults()}
    assert faults - {""} == {*tried.split(), *own.split()}


# ----------------------------------------------------------------------------------------- what differs


@pytest.fixture
def kadaster():
    with bag.Simulator() as simulator:
        yield simulator


def test_bag_gives_letters_and_additions_as_registered(kadaster):
    assert suffixes(ask(kadaster, "6811DW", 25)) == [("", ""), ("A", ""), ("A", "2")]
    assert suffixes(ask(kadaster, "1012QX", 1)) == [("", ""), ("A", ""), ("", "A")]


def test_bag_fetches_the_second_page(kadaster):
    with kadaster.failing("short_pages"):
        found = ask(kadaster, "7551MK", 100)
    assert suffixes(found) == [("", str(number)) for number in range(1, 22)]
    assert [parameters["page"] for _path, parameters in kadaster.questions] == [["1"], ["2"]]


def test_bag_puts_the_main_address_before_its_side_address(kadaster):
    with kadaster.failing("doubled"):
        found = ask(kadaster, "7551EC", 12)
    assert [address.street for address in found] == ["Brinkhof", "Brinkhof"]


def test_bag_after_the_last_call_of_the_day_is_left_alone_until_it_is_over(kadaster):
    with kadaster.failing("day_limit"), pytest.raises(TemporaryError) as failure:
        ask(kadaster)
    assert (failure.value.code, failure.value.retry_after_seconds) == ("too_many_calls", 3600.0)


def test_bag_that_never_ends_is_a_failure(kadaster):
    with kadaster.failing("endless"), pytest.raises(TemporaryError, match="incomplete_answer"):
        ask(kadaster)


@pytest.fixture
def paid():
    with postcode_eu.Simulator() as simulator:
        yield simulator


def test_postcode_eu_gives_an_address_per_addition(paid):
    assert suffixes(ask(paid)) == [("", ""), ("A", ""), ("B", "")]
    assert suffixes(ask(paid, "6811DW", 25)) == [("", ""), ("A", ""), ("", "A2")]
    assert [address.bag_number_id for address in ask(paid)] == ["0000200000000007", "", ""]


def test_postcode_eu_number_that_has_additions_only_has_no_ids_of_another(paid):
    found = ask(paid, "1053WV", 12)
    assert suffixes(found) == [("H", ""), ("", "1"), ("", "2"), ("", "3")]
    assert {(address.bag_number_id, address.lat) for address in found} == {("", None)}


def test_postcode_eu_without_the_right_is_for_a_person_to_correct(paid):
    with paid.failing("no_right"), pytest.raises(ConfigurationError, match="no_rights_there"):
        ask(paid)


def test_postcode_eu_404_about_something_else_is_no_answer(paid):
    with paid.failing("other_404"), pytest.raises(TemporaryError, match="unexpected_answer"):
        ask(paid)
