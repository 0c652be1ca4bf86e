"""The connector against the simulator, over real HTTP: what it finds, and every fault that the simulator plays."""

import pytest

from integrations.addresses.connectors.pdok import Pdok
from integrations.addresses.payloads import RegisteredAddress
from integrations.addresses.simulators.pdok import FAULTS, PdokSimulator
from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import PermanentError, TemporaryError
from integrations.hub.http import HttpClient

BRINKHOF_14 = RegisteredAddress(
    street="Brinkhof",
    street_short="Brinkhof",
    number=14,
    postcode="7551EC",
    city="Hengelo",
    municipality="Hengelo",
    province="Overijssel",
    bag_number_id="0000200000000007",
    bag_object_id="0000010000000007",
    lat=52.2656,
    lon=6.7942,
)


@pytest.fixture(scope="module")
def simulator():
    with PdokSimulator() as simulator:
        yield simulator


@pytest.fixture
def connector(simulator):
    http = HttpClient(allow_address=AddressGuard([simulator.url]), call_timeout_seconds=0.5)
    yield Pdok(base_url=simulator.url, http=http)
    http.close()


def ask(connector, postcode, number):
    return connector.addresses(postcode, number, timeout_seconds=2)


def names(addresses):
    return [(address.street, address.letter, address.addition, address.city) for address in addresses]


def test_pdok_gives_every_address_of_the_number(connector):
    found = ask(connector, "7551EC", 14)
    assert found[0] == BRINKHOF_14
    assert names(found) == [("Brinkhof", letter, "", "Hengelo") for letter in ("", "A", "B")]


def test_pdok_is_told_postcode_and_number_and_nothing_else(simulator, connector):
    ask(connector, "7551EC", 14)
    assert simulator.questions[-1] == (
        "/bzk/locatieserver/search/v3_1/free",
        [
            ("q", "*:*"),
            ("fq", "type:adres"),
            ("fq", "postcode:7551EC"),
            ("fq", "huisnummer:14"),
            ("rows", "100"),
            ("start", "0"),
        ],
    )


@pytest.mark.parametrize(("postcode", "number"), [("7551EC", 15), ("9999ZZ", 1)])
def test_pdok_gives_nothing_for_what_does_not_exist(connector, postcode, number):
    assert ask(connector, postcode, number) == []


@pytest.mark.parametrize(
    ("postcode", "number", "found"),
    [
        ("1094TS", 31, [("Curaçaokade", "", "", "Amsterdam")]),
        ("2514VX", 1, [("Hofvijverpad", "", "", "'s-Gravenhage")]),
        ("8911VX", 1, [("Tússendyksterwei", "", "", "Ljouwert")]),
        ("3511ZB", 5, [("Domzichtsteeg", "", addition, "Utrecht") for addition in ("", "bis", "bis A")]),
        ("6811DW", 25, [("Rijnterras", *suffix, "Arnhem") for suffix in (("", ""), ("A", ""), ("A", "2"))]),
        ("1012QX", 1, [("Nieuwe Zeemanssteeg", *suffix, "Amsterdam") for suffix in (("", ""), ("A", ""), ("", "A"))]),
    ],
)
def test_pdok_gives_names_letters_and_additions_as_registered(connector, postcode, number, found):
    assert names(ask(connector, postcode, number)) == found


def test_pdok_fetches_the_second_page(simulator, connector):
    with simulator.failing("short_pages"):
        found = ask(connector, "7551MK", 100)
    assert [address.addition for address in found] == [str(number) for number in range(1, 22)]
    assert [dict(parameters)["start"] for _path, parameters in list(simulator.questions)[-2:]] == ["0", "20"]


def test_pdok_passes_on_what_is_registered_twice(simulator, connector):
    with simulator.failing("doubled"):
        found = ask(connector, "7551EC", 12)
    assert names(found) == [("Brinkhof", "", "", "Hengelo")] * 2


def test_pdok_never_takes_a_neighbour(simulator, connector):
    with simulator.failing("neighbour"):
        assert names(ask(connector, "7551EC", 12)) == [("Brinkhof", "", "", "Hengelo")]
        assert ask(connector, "7551EC", 13) == []


def test_pdok_takes_no_documents_at_all_for_no_address(simulator, connector):
    with simulator.failing("nothing"):
        assert ask(connector, "7551EC", 14) == []


@pytest.mark.parametrize(
    ("fault", "kind", "code", "retry_after_seconds"),
    [
        ("slow", TemporaryError, "too_slow", None),
        ("too_many", TemporaryError, "too_many_calls", None),
        ("too_many_retry_after", TemporaryError, "too_many_calls", 7.0),
        ("down", TemporaryError, "vendor_down", None),
        ("refused", PermanentError, "not_permitted", None),
        ("undefined_field", PermanentError, "refused", None),
        ("broken_json", TemporaryError, "broken_json", None),
        ("html", TemporaryError, "not_json", None),
        ("hang_up", TemporaryError, "connection_lost", None),
        ("no_response", TemporaryError, "unexpected_answer", None),
        ("empty_docs", TemporaryError, "incomplete_answer", None),
    ],
)
def test_pdok_fault_is_a_failure_and_never_an_empty_list(simulator, connector, fault, kind, code, retry_after_seconds):
    with simulator.failing(fault), pytest.raises(kind) as failure:
        ask(connector, "7551EC", 14)
    assert (failure.value.code, failure.value.retry_after_seconds) == (code, retry_after_seconds)


def test_pdok_that_is_not_there_is_a_temporary_failure():
    with PdokSimulator() as gone:
        url = gone.url
    http = HttpClient(allow_address=AddressGuard([url]))
    with pytest.raises(TemporaryError) as failure:
        ask(Pdok(base_url=url, http=http), "7551EC", 14)
    assert failure.value.code == "no_connection"


def ask_for(document):
    """What becomes of one odd document of the number that is asked for."""
    asked_for = {"id": "adr-1", "type": "adres", "postcode": "7551EC", "huisnummer": 14} | document
    with (
        PdokSimulator(documents=[asked_for, {"id": "weg-1", "type": "weg"}]) as simulator,
        simulator.failing("neighbour"),
    ):
        http = HttpClient(allow_address=AddressGuard([simulator.url]))
        return ask(Pdok(base_url=f"{simulator.url}/", http=http), "7551EC", 14)


@pytest.mark.parametrize(
    "document", [{}, {"straatnaam": None, "woonplaatsnaam": "Hengelo"}, {"straatnaam": "Brinkhof"}]
)
def test_pdok_document_without_street_or_city_is_a_failure(document):
    with pytest.raises(TemporaryError) as failure:
        ask_for(document)
    assert failure.value.code == "unexpected_answer"


def test_pdok_document_without_a_readable_point_has_no_coordinates():
    document = {"straatnaam": "Brinkhof", "woonplaatsnaam": "Hengelo", "centroide_ll": "POINT(1.2.3 4)"}
    assert ask_for(document) == [RegisteredAddress(street="Brinkhof", number=14, postcode="7551EC", city="Hengelo")]


def test_every_fault_of_the_simulator_is_tried_here():
    tried = {
        "slow",
        "too_many",
        "too_many_retry_after",
        "down",
        "refused",
        "undefined_field",
        "broken_json",
        "html",
        "hang_up",
        "no_response",
        "empty_docs",
        "nothing",
        "short_pages",
        "doubled",
        "neighbour",
    }
    assert set(FAULTS) - {""} == tried
