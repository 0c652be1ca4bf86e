"""Relationship types in the settings: labels change always, rules only while nothing uses them."""

import pytest
from django.urls import reverse

from crm.relations.models import RelationshipType
from tests.factories.relations import (
    AdministrationFactory,
    OrganisationFactory,
    RelationshipFactory,
    RelationshipTypeFactory,
    user_in,
)

pytestmark = pytest.mark.django_db
FORM = {
    "name": "is mother company of",
    "reverse_name": "is daughter company of",
    "from_kind": "organisation",
    "to_kind": "organisation",
    "structure": "group",
    "acyclic": "on",
}


@pytest.fixture
def home():
    return AdministrationFactory()


@pytest.fixture(autouse=True)
def noor(home, client):
    client.force_login(user_in(home, language="en"))


def used(home, **values):
    kind = RelationshipTypeFactory(**values)
    one, other = (OrganisationFactory(administration=home) for _number in range(2))
    RelationshipFactory(type=kind, from_relation=one, to_relation=other)
    return kind


def test_type_is_made_with_its_labels_both_ways(client):
    client.post(reverse("relationship-types:add"), FORM)

    made = RelationshipType.objects.get()
    assert (made.name, made.reverse_name, made.structure) == (FORM["name"], FORM["reverse_name"], "group")


def test_type_that_is_the_same_both_ways_needs_one_label(client):
    client.post(reverse("relationship-types:add"), {"name": "is partner of", "symmetric": "on", "structure": "family"})
    refused = client.post(reverse("relationship-types:add"), {"name": "knows", "structure": "none"})

    assert RelationshipType.objects.get().reverse_name == "is partner of"
    assert refused.status_code == 422


def test_labels_of_a_type_in_use_change_and_its_rules_do_not(home, client):
    kind = used(home, from_kind="organisation", to_kind="organisation")
    address = reverse("relationship-types:change", args=[kind.pk])

    client.post(address, FORM | {"version": kind.version})
    kind.refresh_from_db()
    refused = client.post(address, FORM | {"version": kind.version, "structure": "family"})

    kind.refresh_from_db()
    assert (kind.name, kind.structure) == (FORM["name"], "group")
    assert (refused.status_code, "only its labels change" in refused.text) == (422, True)


def test_type_in_use_is_retired_and_offered_again_but_not_removed(home, client):
    kind = used(home)

    client.post(reverse("relationship-types:retire", args=[kind.pk]))
    client.post(reverse("relationship-types:remove", args=[kind.pk]))
    kind.refresh_from_db()
    retired = kind.retired
    client.post(reverse("relationship-types:retire", args=[kind.pk]), {"back": "1"})

    kind.refresh_from_db()
    assert (retired, kind.retired) == (True, False)


def test_type_that_nothing_uses_is_removed(client):
    kind = RelationshipTypeFactory()

    client.post(reverse("relationship-types:remove", args=[kind.pk]))

    assert not RelationshipType.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_list_says_how_many_ties_have_each_at_the_same_cost(home, client, rows, django_assert_num_queries):
    for _number in range(rows):
        used(home)
    client.get(reverse("relationship-types:list"))

    # session, user, rights, the types, administrations, 2 of the menu
    with django_assert_num_queries(7):
        page = client.get(reverse("relationship-types:list"))

    assert [kind.used for kind in page.context["offered"]] == [1] * rows
