"""The mutation log: old and new with names, only of what one may see, the same queries for a row and for many."""

from datetime import date

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.audit.queries import log_of, log_of_change_set, log_under
from crm.core.change_set import change_set
from crm.core.models import ChangeSet
from tests.factories.relations import (
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    UserFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def administration():
    return AdministrationFactory(name="Podia")


@pytest.fixture
def organisation(administration):
    return OrganisationFactory(administration=administration, legal_name="Oud")


def told(entry):
    return [(change.name, change.old, change.new) for change in entry.changes]


def test_log_of_a_record_tells_old_and_new_and_who(organisation):
    user = UserFactory(is_superuser=True)
    with change_set(actor=user, reason="fusie"):
        organisation.legal_name = "Nieuw"
        organisation.save()

    changed, made = log_of(organisation, user).entries

    assert (changed.kind, changed.who, changed.change_set.reason) == ("~", "Noor Hofstra", "fusie")
    assert ("legal_name", "Oud", "Nieuw") in told(changed)
    assert made.kind == "+"
    assert ("administration", "", "Podia") in told(made)
    assert ("kind", "", "organisatie") in told(made) or ("kind", "", "organisation") in told(made)


def test_log_of_a_relation_has_everything_under_it_also_what_is_gone(organisation):
    user = UserFactory(is_superuser=True)
    address = AddressFactory(relation=organisation)
    EmploymentFactory(organisation=organisation, person=PersonFactory(administration=organisation.administration))
    address.delete()
    AddressFactory()

    entries = log_under(organisation, user).entries

    assert [(entry.model.__name__, entry.kind) for entry in entries] == [
        ("Address", "-"),
        ("Employment", "+"),
        ("Address", "+"),
        ("Relation", "+"),
    ]
    assert ("city", "Hengelo", "") in told(entries[0])
    assert all("Oud" in entry.under for entry in entries)


def test_log_pages_follow_each_other_without_gap_or_repeat(organisation):
    user = UserFactory(is_superuser=True)
    with change_set():
        for number in range(5):
            AddressFactory(
                relation=organisation,
                kind="visiting",
                valid_from=date(2000 + number, 1, 1),
                valid_until=date(2000 + number, 6, 1),
            )
            organisation.sector = f"sector {number}"
            organisation.save()
    whole = log_under(organisation, user).entries
    pages, before = [], ""
    while True:
        page = log_under(organisation, user, before=before, limit=3)
        pages += page.entries
        before = page.next
        if not before:
            break

    assert [(e.model, e.history_id) for e in pages] == [(e.model, e.history_id) for e in whole]
    assert len(whole) == 11


@pytest.mark.parametrize("rows", [1, 3])
def test_log_takes_the_same_queries_for_one_and_three_changes(organisation, rows, django_assert_num_queries):
    user = UserFactory(is_superuser=True)
    BankAccountFactory(relation=organisation)
    for number in range(rows):
        organisation.sector = f"sector {number}"
        organisation.save()

    with django_assert_num_queries(LOG_QUERIES):
        log_under(organisation, user)


LOG_QUERIES = 18


def test_log_hides_values_of_a_class_one_may_not_read_but_not_the_change(administration):
    person = PersonFactory(administration=administration, birth_date=date(1980, 5, 1))
    clerk = user_in(administration, rights=[Right.RELATIONS_CHANGE])
    person.birth_date = date(1980, 5, 2)
    person.save()

    change = next(c for c in log_of(person, clerk).entries[0].changes if c.name == "birth_date")
    seen = next(c for c in log_of(person, user_in(administration)).entries[0].changes if c.name == "birth_date")

    assert (change.hidden, change.old, change.new) == (True, "", "")
    assert (seen.hidden, bool(seen.old)) == (False, True)


def test_log_leaves_out_bank_accounts_for_who_may_not_see_them_also_deleted_ones(organisation, administration):
    clerk = user_in(administration, rights=[Right.RELATIONS_CHANGE])
    BankAccountFactory(relation=organisation)
    gone = BankAccountFactory(relation=organisation, iban="NL02ABNA0123456789", main=False)
    gone.delete()

    def models_seen(user):
        return {entry.model.__name__ for entry in log_under(organisation, user).entries}

    assert models_seen(clerk) == {"Relation"}
    assert models_seen(user_in(administration)) == {"Relation", "BankAccount"}


def test_log_of_a_deleted_record_is_for_the_administration_it_lay_in(organisation, administration):
    with change_set():
        organisation.delete()
    act = ChangeSet.objects.order_by("-pk").first()

    seen = [
        len(log_of_change_set(act, user).entries)
        for user in (user_in(administration), user_in(AdministrationFactory()))
    ]

    assert seen == [1, 0]


def test_log_does_not_name_what_one_may_not_see(administration):
    elsewhere = PersonFactory(family_name="Geheim")
    employment = EmploymentFactory(organisation=OrganisationFactory(administration=administration), person=elsewhere)

    entries = log_under(employment.organisation, user_in(administration)).entries

    assert "Geheim" not in repr(entries)


def test_log_page_of_a_relation_is_one_click_away_and_only_for_who_sees_it(client, organisation, administration):
    address = reverse("audit:relation", args=[organisation.number])
    client.force_login(user_in(administration))
    mine = client.get(address)
    card = client.get(organisation.get_absolute_url())
    client.force_login(user_in(AdministrationFactory()))

    assert (mine.status_code, client.get(address).status_code) == (200, 404)
    assert address.encode() in card.content
    assert client.get(f"{address}?before=onzin").status_code == 404


def test_log_page_survives_a_cursor_that_makes_no_sense(client, organisation, administration):
    client.force_login(user_in(administration))

    assert client.get(reverse("audit:relation", args=[organisation.number]) + "?before=x_y_z").status_code == 200
