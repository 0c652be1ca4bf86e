from datetime import date

import pytest

from crm.core import bulk
from crm.core.change_set import ChangeSet
from crm.relations import address_lookup
from crm.relations.address_checking import check_addresses
from crm.relations.address_lookup import FoundAddress, Unavailable
from crm.relations.models import Address
from crm.relations.services import update_part
from tests.factories.relations import AddressFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    """The one service that is asked: a list of what it knows, and what it was asked."""
    asked: list[tuple[str, int]] = []

    def service(postcode, number, *, timeout_seconds):
        asked.append((postcode, number))
        if postcode == "9999ZZ":
            raise Unavailable("gone")
        known = FoundAddress(street="Brinkhof", number=14, postcode="7551EC", city="Hengelo")
        return [known] if (postcode, number) == ("7551EC", 14) else []

    others = dict(address_lookup._services)
    address_lookup._services.clear()
    address_lookup.register("book", service, far=False)
    yield asked
    address_lookup._services.clear()
    address_lookup._services.update(others)


def test_addresses_are_checked_and_told_apart(book):
    rows = [
        AddressFactory(),
        AddressFactory(street="Brinckhof"),
        AddressFactory(house_number=99),
        AddressFactory(country="DE"),
    ]
    before = [row.version for row in rows]

    more = check_addresses(per_second=1000)

    for row in rows:
        row.refresh_from_db()
    assert [row.check_state for row in rows] == ["valid", "corrected", "unknown", "not_applicable"]
    assert [row.version for row in rows] == [version + 1 for version in before]
    assert (more, [row.street for row in rows][:2]) == (False, ["Brinkhof", "Brinckhof"])
    assert ChangeSet.objects.filter(action="address.check").count() == 1


def test_what_is_checked_is_not_asked_again(book):
    AddressFactory()
    check_addresses(per_second=1000)

    check_addresses(per_second=1000)

    assert book == [("7551EC", 14)]


def test_service_that_does_not_answer_is_left_alone(book):
    for _ in range(5):
        AddressFactory(postcode="9999ZZ")

    more = check_addresses(per_second=1000)

    assert (more, len(book)) == (False, 3)
    assert set(Address.objects.values_list("check_state", flat=True)) == {"unchecked"}


def test_run_stops_when_its_time_is_up_and_the_next_goes_on(book):
    for _ in range(3):
        AddressFactory()

    runs = [check_addresses(per_second=1000, seconds=seconds) for seconds in (0, 60)]

    assert runs == [True, False]
    assert Address.objects.filter(check_state="valid").count() == 3


def test_address_that_changes_while_it_is_looked_up_keeps_what_it_became(book):
    address = AddressFactory()
    answer = address_lookup._services["book"].service

    def slow(postcode, number, *, timeout_seconds):
        update_part(address, version=address.version, street="Dorpsstraat")
        return answer(postcode, number, timeout_seconds=timeout_seconds)

    address_lookup.register("book", slow, far=False)
    check_addresses(per_second=1000)

    address.refresh_from_db()
    assert (address.street, address.check_state) == ("Dorpsstraat", "unchecked")


# ------------------------------------------------------------------------------- a change below every door


@pytest.mark.parametrize("column", ["street", "house_number", "house_letter", "postcode", "city", "country"])
def test_address_that_changes_is_to_be_checked_anew_by_a_save(column):
    address = AddressFactory(check_state="valid")
    values = {"house_number": 15, "house_letter": "b", "country": "BE", "postcode": "7551DA"}
    setattr(address, column, values.get(column, "Anders"))

    address.save()

    assert Address.objects.get().check_state == "unchecked"


def test_address_that_changes_is_to_be_checked_anew_by_the_bulk_door():
    address = AddressFactory(check_state="valid")

    bulk.update(Address, {address.pk: {"city": "Borne"}})

    assert Address.objects.get().check_state == "unchecked"


def test_address_that_changes_otherwise_stays_checked():
    address = AddressFactory(check_state="valid")
    address.attention = "de penningmeester"
    address.save()
    bulk.update(Address, {address.pk: {"valid_until": date(2030, 1, 1)}})
    assert Address.objects.get().check_state == "valid"


def test_address_that_is_taken_over_from_the_register_is_checked_with_it():
    address = AddressFactory(check_state="corrected")
    address.street, address.check_state = "Brinkhof-Noord", "valid"
    address.save()
    assert Address.objects.get().check_state == "valid"
