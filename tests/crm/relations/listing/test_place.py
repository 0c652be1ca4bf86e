"""A card that was opened from a list knows where it stands there."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from crm.relations.listing.asked import read
from crm.relations.listing.page import relation_page
from crm.relations.models import Relation
from tests.factories.relations import DAY, OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db


def place(client, relation, query):
    return client.get(relation.get_absolute_url(), {"list": query}).context["place"]


@pytest.mark.parametrize(
    ("query", "at"),
    [("kind=person", 2), ("order=-name", 3), ("order=number", 2), ("order=-number", 3), ("q=brink", 2)],
)
def test_card_opened_from_a_list_knows_its_place_and_who_stands_beside_it(client, noor, administration, query, at):
    made = [
        PersonFactory(administration=administration, given_name="Aa", family_name=f"Brink{n}") for n in ("", "k", "s")
    ]
    other = OrganisationFactory(administration=administration, legal_name="Zaal")
    listed = [row.pk for row in relation_page(noor, read(noor, QueryDict(query)), on=DAY).rows]
    stands = listed.index(made[1].pk)

    found = place(client, made[1], query)

    numbers = dict(Relation.objects.values_list("pk", "number"))
    beside = [numbers[listed[stands - 1]], numbers[listed[stands + 1]]]
    assert (found.at, found.count, [found.previous, found.following]) == (at, len(listed), beside)
    assert found.list_url == f"/relations/?{query}"
    assert other.pk not in listed or query.startswith("order")


def test_card_by_last_change_knows_who_stands_beside_it(client, noor, administration):
    made = [PersonFactory(administration=administration) for _ in range(3)]

    found = place(client, made[1], "order=-changed")

    assert (found.at, found.previous, found.following) == (None, made[2].number, made[0].number)


def test_card_that_does_not_stand_in_the_list_has_no_place_there(client, noor, administration):
    person = PersonFactory(administration=administration)

    assert [place(client, person, query) for query in ("kind=organisation", "since=never", "q=zzzzzz", "")] == [
        None
    ] * 4


def test_links_of_a_list_carry_it_to_the_card(client, noor, administration):
    person = PersonFactory(administration=administration)
    rows = [
        client.get(reverse("relations:list") + query).context["page"].rows[0].url
        for query in ("?view=all", "?kind=person&columns=city&order=-name")
    ]

    url = person.get_absolute_url()
    assert rows == [url, f"{url}?list=kind%3Dperson%26order%3D-name"]
