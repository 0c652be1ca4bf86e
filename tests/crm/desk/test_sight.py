"""What can this person see: told to who manages them, and nothing of other administrations."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.desk import sight
from crm.relations.models import RelationUse
from tests.factories.relations import (
    DAY,
    AdministrationFactory,
    BankAccountFactory,
    PersonFactory,
    UserFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def said(response) -> str:
    """The body without the tokens of forms and without any number."""
    return re.sub(r"[A-Za-z0-9]{64}|\d+", "", response.text)


@pytest.fixture
def home():
    user_in(AdministrationFactory(name="Noord"), AdministrationFactory(name="Zuid"))  # so that keys of tables differ
    return AdministrationFactory(name="Oost")


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en")
    client.force_login(user)
    return user


def test_sight_tells_per_kind_what_somebody_sees_and_changes(home, noor):
    BankAccountFactory(relation=PersonFactory(administration=home))
    reader, keeper = user_in(home, rights=()), user_in(home, rights=(Right.FINANCIAL_VIEW, Right.RELATIONS_CHANGE))

    def told(person):
        return {k.label: (k.sees, k.changes, k.count) for k in sight.seen_in(home, person, noor, on=DAY).kinds}

    assert [told(reader)[name] for name in ("Relations", "Bank accounts")] == [(True, False, 1), (False, False, 0)]
    assert [told(keeper)[name] for name in ("Relations", "Bank accounts")] == [(True, True, 1), (True, False, 1)]


@pytest.mark.parametrize("rows", [1, 3])
def test_sight_costs_the_same_however_much_there_is(home, noor, client, rows, django_assert_num_queries):
    reader = user_in(home, rights=())
    for _number in range(rows):
        PersonFactory(administration=home)
    client.get(reverse("desk:sight", args=[reader.pk]))

    with django_assert_num_queries(19):
        client.get(reverse("desk:sight", args=[reader.pk]))


def test_why_names_the_role_that_lets_somebody_see_and_what_stays_hidden(home, noor):
    person, reader = PersonFactory(administration=home), user_in(home, rights=())

    told = sight.why(str(person.number), reader, noor, on=DAY)

    role = reader.grants.get().role
    assert (told.sees, told.changes, len(told.hidden)) == (True, False, 2)
    assert told.reasons == [f"It lives in Oost. There this person has: {role}. Any role is enough to see it."]


def test_why_not_names_where_it_lies_and_that_there_is_no_role(home, noor, client):
    west = AdministrationFactory(name="West")
    both = user_in(home, west)
    person, elsewhere = PersonFactory(administration=west), user_in(home, rights=())

    told = sight.why(str(person.number), elsewhere, both, on=DAY)

    assert (told.sees, told.reasons) == (False, ["It lives in West. There this person has no role."])


def test_relation_that_the_asker_may_not_see_answers_as_one_that_never_was(home, noor, client):
    hidden = PersonFactory(administration=AdministrationFactory(name="Geheim"))
    reader = user_in(home, rights=())

    bodies = [
        said(client.get(reverse("desk:sight", args=[reader.pk]), {"number": number}))
        for number in (hidden.number, 987654)
    ]

    assert bodies[0] == bodies[1]


def test_sight_says_nothing_of_administrations_where_the_asker_manages_nobody(home, noor, client):
    west = AdministrationFactory(name="Geheim West")
    both = user_in(home, west)
    Installation.objects.create(pk=1, mode="multiple", umbrella=home)
    person = PersonFactory(administration=home)
    RelationUse.objects.create(relation=person, administration=west)

    page = client.get(reverse("desk:sight", args=[both.pk]), {"number": person.number})

    assert (page.status_code, "Geheim" in page.text) == (200, False)


def test_superuser_and_who_is_deactivated_are_told_apart(home, noor):
    person = PersonFactory(administration=home)
    root = UserFactory(is_superuser=True)
    gone = user_in(home, is_active=False)

    assert sight.why(str(person.number), root, root, on=DAY).sees is True
    assert sight.why(str(person.number), gone, noor, on=DAY).reasons == [
        "This person is deactivated: they see nothing."
    ]
    assert {kind.sees for kind in sight.seen_in(home, gone, noor, on=DAY).kinds} == {False}


def test_sight_is_not_there_for_who_manages_no_users_or_asks_about_somebody_elsewhere(home, noor, client):
    elsewhere = user_in(AdministrationFactory())
    assert client.get(reverse("desk:sight", args=[elsewhere.pk])).status_code == 404

    client.force_login(user_in(home, rights=(Right.SETTINGS_MANAGE,)))
    assert client.get(reverse("desk:sight", args=[noor.pk])).status_code == 404
    assert client.get(reverse("desk:sight-of")).status_code == 404
