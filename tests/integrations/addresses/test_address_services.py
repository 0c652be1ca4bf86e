"""From the port to the simulator and back, with the services as an installation chooses them."""

import logging

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from crm.relations.address_lookup import Hint, Registered, Result, State, lookup
from integrations.addresses.address_services import chosen_services
from integrations.addresses.simulators.pdok import FAULTS, PdokSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def simulator():
    with PdokSimulator() as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _pdok_is_the_simulator(settings, simulator):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.PDOK_URL = simulator.url
    settings.ADDRESS_SERVICES = ["pdok"]
    cache.clear()


def asked(number=14, addition="", postcode="7551EC", timeout_seconds=0.5):
    services = {name: Registered(service.ask, service.far) for name, service in chosen_services()}
    return lookup(postcode, number, "", addition, timeout_seconds=timeout_seconds, services=services)


def test_lookup_finds_what_pdok_knows(simulator):
    address = asked(addition="a").address
    assert (address.street, address.letter, address.city, address.source) == ("Brinkhof", "A", "Hengelo", "pdok")


@pytest.mark.parametrize(
    ("postcode", "number", "addition", "state", "hint", "offered"),
    [
        ("7551EC", 14, "c", State.AMBIGUOUS, Hint.ADDITION_UNKNOWN, ["14", "14A", "14B"]),
        ("7551EC", 15, "", State.NONE, Hint.NOTHING, []),
        ("1053WV", 12, "", State.AMBIGUOUS, Hint.ADDITION_NEEDED, ["12 H", "12-1", "12-2", "12-3"]),
        ("1053WV", 12, "h", State.FOUND, Hint.NOTHING, ["12 H"]),
        ("3511ZB", 5, "BIS-a", State.FOUND, Hint.NOTHING, ["5 bis A"]),
        ("6811DW", 25, "a2", State.FOUND, Hint.NOTHING, ["25A 2"]),
        ("1012QX", 1, "", State.FOUND, Hint.NOTHING, ["1"]),
        ("1012QX", 1, "a", State.FOUND, Hint.NOTHING, ["1 A"]),
        ("7551MK", 100, "21", State.FOUND, Hint.NOTHING, ["100-21"]),
    ],
)
def test_lookup_matches_letters_and_additions(postcode, number, addition, state, hint, offered):
    result = asked(number, addition, postcode)
    assert (result.state, result.hint, [str(found.house_number) for found in result.addresses]) == (
        state,
        hint,
        offered,
    )


def test_lookup_takes_a_double_as_one(simulator):
    with simulator.failing("doubled"):
        result = asked(12)
    assert (result.state, len(result.addresses)) == (State.FOUND, 1)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"", "doubled", "neighbour", "short_pages", "nothing"}))
def test_lookup_during_a_fault_is_unavailable_and_good_again_after_it(simulator, fault):
    with simulator.failing(fault):
        assert asked() == Result(State.UNAVAILABLE)
    cache.delete("address-pause:pdok")
    assert asked().state == State.FOUND


def test_lookup_waits_no_longer_than_it_may(simulator):
    with simulator.failing("slow"):
        assert asked(timeout_seconds=0.5) == Result(State.UNAVAILABLE)


def test_lookup_leaves_pdok_alone_after_retry_after(simulator):
    with simulator.failing("too_many_retry_after"):
        asked()
    question_count = len(simulator.questions)
    assert asked() == Result(State.UNAVAILABLE)
    assert len(simulator.questions) == question_count


def test_lookup_logs_a_fault_without_the_address(simulator, caplog):
    with caplog.at_level(logging.WARNING), simulator.failing("down"):
        asked()
    assert caplog.messages == ["Address service pdok gave no answer: vendor_down (HTTP 503)"]


def test_lookup_asks_pdok_what_the_own_table_does_not_have(settings):
    settings.ADDRESS_SERVICES = ["own", "pdok"]
    assert asked().address.source == "pdok"


def test_services_are_chosen_by_name_and_order(settings):
    settings.ADDRESS_SERVICES = ["pdok", " own ", ""]
    assert [name for name, _service in chosen_services()] == ["pdok", "own"]


def test_unknown_service_is_a_configuration_error(settings):
    settings.ADDRESS_SERVICES = ["own", "google"]
    with pytest.raises(ImproperlyConfigured, match="google is none of own, pdok, bag"):
        chosen_services()
