from datetime import date

import pytest
from django.core.exceptions import ValidationError

from crm.core import bulk
from crm.relations import services
from crm.relations.humans import humans_of
from crm.relations.models import Relation
from tests.factories.relations import DAY, AddressFactory, EmploymentFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    """A contact card whose person is another record of the human that `head` is."""
    return EmploymentFactory(person__given_name="J.", person__family_name="Hoen", person__email="werk@x.example")


@pytest.fixture
def head(card):
    person = PersonFactory(
        administration=card.organisation.administration, given_name="Hendrik-Jan", prefix="'t", family_name="Hoen"
    )
    AddressFactory(relation=person, street="Kade")
    return person


def tie(card, head):
    return services.tie_to_main_contact(card, main_contact=head, version=card.version)


def names(*people):
    rows = Relation.objects.filter(pk__in=[p.pk for p in people]).order_by("pk")
    return list(rows.values_list("display_name", "email"))


def test_tie_gives_the_card_the_private_data_of_the_head_and_loses_none(card, head):
    tie(card, head)

    assert names(card.person, head) == [("Hendrik-Jan 't Hoen", "werk@x.example")] * 2
    assert list(card.person.addresses.values_list("street", flat=True)) == ["Kade"]
    assert humans_of([head.pk])[head.pk] == {head.pk, card.person_id}


def test_private_change_reaches_every_record_whichever_was_changed(card, head):
    tie(card, head)
    follower = Relation.objects.get(pk=card.person_id)

    services.update_relation(follower, version=follower.version, mobile="06 12345678")

    assert set(Relation.objects.filter(kind="person").values_list("mobile", flat=True)) == {"+31612345678"}


def test_private_change_in_bulk_reaches_every_record(card, head):
    tie(card, head)

    bulk.set_values(Relation.objects.filter(pk=head.pk), given_name="Hans")

    assert set(Relation.objects.filter(kind="person").values_list("given_name", flat=True)) == {"Hans"}


def test_move_reaches_every_record(card, head):
    tie(card, head)

    services.change_address(head, kind="visiting", valid_from=DAY, street="Brinkhof", city="Hengelo")

    periods = list(card.person.addresses.order_by("valid_from").values_list("street", "valid_until"))
    assert periods == [("Kade", DAY), ("Brinkhof", None)]


def test_what_is_not_private_stays_of_each_record(card, head):
    tie(card, head)
    head.refresh_from_db()

    services.update_relation(head, version=head.version, notes="alleen hier")

    assert Relation.objects.get(pk=card.person_id).notes == ""


def test_card_taken_loose_changes_alone(card, head):
    card = tie(card, head)
    services.tie_to_main_contact(card, main_contact=None, version=card.version)
    head.refresh_from_db()

    services.update_relation(head, version=head.version, birth_date=date(1960, 1, 1))

    assert Relation.objects.get(pk=card.person_id).birth_date is None


def test_head_may_not_hang_under_another_head(card, head):
    tie(card, head)
    above = EmploymentFactory(person=head)
    other = PersonFactory(administration=head.administration)

    with pytest.raises(ValidationError):
        tie(above, other)
