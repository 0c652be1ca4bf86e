"""The report of checked addresses: what the register writes, taken over line by line."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from crm.relations import address_lookup
from crm.relations.address_lookup import FoundAddress
from tests.factories.relations import AddressFactory, AdministrationFactory, OrganisationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(settings):
    """A far service that knows Brinkhof 14; how often it was asked."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "report"}}
    cache.clear()
    questions = []

    def service(postcode, number, *, timeout_seconds):
        questions.append(number)
        return [FoundAddress(street="Brinkhof", number=number, postcode=postcode, city="Hengelo")]

    others = dict(address_lookup._services)
    address_lookup._services.clear()
    address_lookup.register("book", service)
    yield questions
    address_lookup._services.clear()
    address_lookup._services.update(others)


@pytest.fixture
def home(client):
    home = AdministrationFactory()
    client.force_login(user_in(home, language="en"))
    return home


def test_report_shows_what_the_register_writes_and_takes_over_one_line(client, home, asked):
    address = AddressFactory(relation__administration=home, street="Brinckhof", check_state="corrected")
    AddressFactory(relation__administration=home, check_state="valid")
    AddressFactory(street="Elders", check_state="corrected")
    address_lookup.look_up(address, timeout_seconds=1)

    (line,) = client.get(reverse("relations:address-report")).context["lines"]
    taken = client.post(
        reverse("relations:check-address", args=[address.relation.number, address.pk]),
        {"version": address.version, "report": "1"},
    )

    address.refresh_from_db()
    assert (line["address"], line["found"].street) == (address, "Brinkhof")
    assert (taken["Location"], address.street, address.check_state) == ("/relations/addresses/", "Brinkhof", "valid")
    assert client.get(reverse("relations:address-report")).context["lines"] == []


def test_report_asks_no_service(client, home, asked):
    AddressFactory(relation__administration=home, street="Brinckhof", check_state="corrected")
    (line,) = client.get(reverse("relations:address-report")).context["lines"]
    assert (line["found"], asked) == (None, [])


def queries_of(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as captured:
        client.get(reverse("relations:address-report"))
    return len(captured)


def test_report_has_as_many_queries_for_three_as_for_one(client, home, asked, django_assert_max_num_queries):
    client.get(reverse("relations:address-report"))
    counts = []
    for more in (1, 2):
        for _each in range(more):
            relation = OrganisationFactory(administration=home)
            AddressFactory(relation=relation, street="Brinckhof", check_state="unknown")
        counts.append(queries_of(client, django_assert_max_num_queries))
    assert counts[0] == counts[1]
