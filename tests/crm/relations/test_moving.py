"""A household moves: who is offered, the act, its preview and its undo."""

from datetime import date

import pytest
from django.urls import reverse

from crm.audit.services import undo_change_set
from crm.core.change_set import ChangeSet
from crm.core.models import ChangedMeanwhile
from crm.relations.households import household_of
from crm.relations.models import Address
from crm.relations.services import UnableToChangeAddress, move_household
from tests.factories.relations import (
    DAY,
    AddressFactory,
    AdministrationFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db
MOVING_DAY = date(2027, 2, 1)
OLD = {"street": "Weverspad", "house_number": 7, "postcode": "7553LN", "city": "Hengelo"}
NEW = {"street": "Brinkhof", "house_number": 2, "postcode": "7551EC", "city": "Hengelo"}


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration)
    client.force_login(user)
    return user


@pytest.fixture
def household(administration):
    """The addresses of three persons who live together."""
    people = [PersonFactory(administration=administration, given_name=name) for name in ("Aafje", "Geert", "Jet")]
    return [AddressFactory(relation=person, **OLD) for person in people]


def lived_at(addresses, on):
    return [
        str(Address.objects.on(on).get(relation_id=address.relation_id, kind=address.kind)) for address in addresses
    ]


def versions(addresses):
    return {address.pk: address.version for address in addresses}


def typed(addresses, **more):
    who = [f"{address.pk}.{address.version}" for address in addresses]
    return {**NEW, "country": "NL", "valid_from": "1-2-2027", "who": who} | more


def test_household_is_who_lives_at_the_same_place_on_that_day(noor, administration, household):
    company = AddressFactory(relation=OrganisationFactory(administration=administration), **OLD)
    AddressFactory(relation=PersonFactory(administration=administration), **OLD | {"house_number": 9})
    AddressFactory(relation=PersonFactory(administration=administration), **OLD, valid_until=date(2025, 1, 1))
    AddressFactory(relation=PersonFactory(), **OLD)  # of another administration

    found, others = household_of(noor, household[1], on=DAY)

    assert ([row.pk for row in found], others) == (
        [household[1].pk, household[0].pk, household[2].pk, company.pk],
        0,
    )


def test_household_moves_in_one_change_set_that_undo_takes_back(noor, household):
    before = ChangeSet.objects.count()

    move_household(versions(household[:2]), valid_from=MOVING_DAY, **NEW)

    assert lived_at(household, DAY) == ["Weverspad 7, 7553 LN Hengelo"] * 3
    assert lived_at(household, MOVING_DAY) == ["Brinkhof 2, 7551 EC Hengelo"] * 2 + ["Weverspad 7, 7553 LN Hengelo"]
    assert ChangeSet.objects.count() == before + 1
    undo_change_set(ChangeSet.objects.latest("pk"), noor, reason="")
    assert lived_at(household, MOVING_DAY) == ["Weverspad 7, 7553 LN Hengelo"] * 3


def test_nobody_moves_when_one_of_them_cannot(household):
    late = AddressFactory(relation=PersonFactory(), **OLD, valid_from=MOVING_DAY)
    with pytest.raises(UnableToChangeAddress):
        move_household(versions([*household, late]), valid_from=MOVING_DAY, **NEW)
    with pytest.raises(ChangedMeanwhile):
        move_household(versions(household) | {household[2].pk: 9}, valid_from=MOVING_DAY, **NEW)

    assert lived_at(household, MOVING_DAY) == ["Weverspad 7, 7553 LN Hengelo"] * 3


def test_screen_shows_what_would_happen_and_then_does_it(client, noor, household):
    url = reverse("relations:move-household", args=[household[0].relation.number, household[0].pk])
    preview = client.post(url, typed(household[:2]))

    assert [(row["old"], row["new"]) for row in preview.context["preview"]["rows"]] == [
        ("Weverspad 7, 7553 LN Hengelo", "Brinkhof 2, 7551 EC Hengelo")
    ] * 2
    assert [one.given_name for one in preview.context["preview"]["stay"]] == ["Jet"]
    assert lived_at(household, MOVING_DAY) == ["Weverspad 7, 7553 LN Hengelo"] * 3

    assert client.post(url, typed(household[:2], confirm="1")).status_code == 302
    assert lived_at(household[:2], MOVING_DAY) == ["Brinkhof 2, 7551 EC Hengelo"] * 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"who": []}, "who"),
        ({"who": ["0.1"]}, "who"),
        ({"valid_from": "31-2-2027"}, "valid_from"),
        ({"street": "", "city": ""}, "street"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field_and_nobody_moves(client, noor, household, wrong, field):
    url = reverse("relations:move-household", args=[household[0].relation.number, household[0].pk])

    answer = client.post(url, typed(household, **wrong))

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert lived_at(household, MOVING_DAY) == ["Weverspad 7, 7553 LN Hengelo"] * 3


def test_who_may_only_look_opens_no_form(client, administration, household):
    client.force_login(user_in(administration, rights=()))

    url = reverse("relations:move-household", args=[household[0].relation.number, household[0].pk])

    assert client.get(url).status_code == 404
