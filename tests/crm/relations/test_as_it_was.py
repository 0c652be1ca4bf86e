"""An earlier moment of one relation beside today."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from crm.access.rights import Right
from crm.relations import services
from crm.relations.as_it_was import card_at, moments_of
from crm.relations.models import Relation
from tests.factories.relations import AdministrationFactory, BankAccountFactory, PersonFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def person(administration):
    """With an e-mail address of their own, one more that is removed, and one that is added."""
    person = PersonFactory(administration=administration, email="old@x.example")
    gone = person.email_addresses.create(email="gone@x.example")
    services.update_relation(person, version=1, email="new@x.example")
    services.remove_part(gone, version=1)
    person.email_addresses.create(email="fresh@x.example")
    return Relation.objects.get(pk=person.pk)


def before(person, user, number):
    """The moment just before the act with this number, the newest is 0."""
    return moments_of(person, user)[0][number].at


def differences(compared):
    return {
        group.label: [
            (r.state, [(line.label, line.then, line.now) for line in r.changed_lines]) for r in group.changed
        ]
        for group in compared.groups
        if group.changed
    }


def test_earlier_moment_shows_what_changed_was_removed_and_was_added_since(noor, person):
    compared = card_at(noor, person, before(person, noor, 2))

    assert differences(compared) == {
        "Relation": [("changed", [("E-mail", "old@x.example", "new@x.example")])],
        "E-mail addresses": [
            ("added", [("E-mail", "", "fresh@x.example"), ("For", "", "work")]),
            ("removed", [("E-mail", "gone@x.example", ""), ("For", "work", "")]),
        ],
    }


def test_before_it_was_recorded_there_was_nothing(noor, person):
    compared = card_at(noor, person, person.history.earliest().history_date - timedelta(seconds=1))

    assert (compared.existed, {r.state for group in compared.groups for r in group.records}) == (False, {"added"})


def test_now_nothing_differs(noor, person):
    assert card_at(noor, person, timezone.now()).differences == 0


def test_values_that_one_may_not_read_are_not_compared(administration, person):
    BankAccountFactory(relation=person, iban="NL91ABNA0417164300")
    looker = user_in(administration, rights=(Right.RELATIONS_CHANGE,))

    compared = card_at(looker, person, timezone.now())

    labels = {group.label for group in compared.groups}
    assert (labels & {"Bank accounts"}, any("NL91" in str(group) for group in compared.groups)) == (set(), False)


@pytest.mark.parametrize(
    ("asked", "status"), [("", 200), ("?at=1-5-2024", 200), ("?at=25-11-2026+14:30&all=1", 200), ("?at=ooit", 422)]
)
def test_moment_is_chosen_or_typed(client, noor, person, asked, status):
    assert client.get(reverse("relations:as-it-was", args=[person.number]) + asked).status_code == status


def test_chosen_act_leads_to_its_undo(client, noor, person):
    answer = client.get(reverse("relations:as-it-was", args=[person.number]))

    chosen = answer.context["chosen"]
    assert reverse("audit:change_set", args=[chosen.act.change_set.pk]) in answer.content.decode()
