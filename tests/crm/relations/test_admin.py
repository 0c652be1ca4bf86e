"""The admin's pages of relations: what one sees there, saves there, and brings in from a file."""

from datetime import date

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.relations.models import Address, FinancialRole, Relation
from crm.relations.services import make_financial_roles
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db

LIST = "admin:relations_relation_changelist"
CHANGE = "admin:relations_relation_change"
PERSON = "admin:relations_person_change"


@pytest.fixture
def home():
    return AdministrationFactory(name="Vereniging Oost")


@pytest.fixture
def noor(home, client):
    user = user_in(home)
    client.force_login(user)
    return user


def form_of(response) -> dict:
    """What a browser would post back of an admin form: every field of the form and its inlines as shown."""
    data = {}
    context = response.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False:
                continue
            data[bound.html_name] = "on" if value is True else value
    return data


def test_list_shows_only_visible_relations(home, noor, client):
    mine = PersonFactory(administration=home, family_name="Hofstra")
    PersonFactory(family_name="Elders")
    shown = client.get(reverse(LIST))
    assert [row.pk for row in shown.context["cl"].result_list] == [mine.pk]
    assert shown.context["cl"].result_count == 1
    assert "Elders" not in shown.content.decode()


def test_list_queries_do_not_grow_with_rows(home, noor, client, django_assert_num_queries):
    for family_name in ("Hofstra", "Elders", "Zijlstra"):
        AddressFactory(relation=PersonFactory(administration=home, family_name=family_name))
        client.get(reverse(LIST))
        with django_assert_num_queries(LIST_QUERIES):
            client.get(reverse(LIST))


LIST_QUERIES = 11


def test_form_saves_with_history_in_one_change_set(home, noor, client):
    person = PersonFactory(administration=home, family_name="Hofstra")
    page = client.get(reverse(PERSON, args=[person.pk]))
    data = form_of(page) | {"family_name": "Hofstra-Elders", "mobile": "06 12345678"}
    saved = client.post(reverse(PERSON, args=[person.pk]), data)
    assert saved.status_code == 302, saved.context["errors"]
    row = person.history.latest("history_id")
    assert (row.family_name, row.mobile, row.history_user, row.change_set.door) == (
        "Hofstra-Elders",
        "+31612345678",
        noor,
        "admin",
    )


def test_form_does_not_overwrite_a_newer_version_and_says_what_changed(home, noor, client):
    person = PersonFactory(administration=home, family_name="Hofstra", email="aafje@oud.example")
    data = form_of(client.get(reverse(PERSON, args=[person.pk])))
    other = Relation.objects.get(pk=person.pk)
    other.email = "aafje@nieuw.example"
    other.save()
    answer = client.post(reverse(PERSON, args=[person.pk]), data | {"family_name": "Elders"})
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "aafje@oud.example" in said
    assert "aafje@nieuw.example" in said
    assert Relation.objects.get(pk=person.pk).family_name == "Hofstra"


def test_form_shows_what_a_guard_refuses_and_saves_nothing(home, noor, client):
    person = PersonFactory(administration=home)
    AddressFactory(relation=person)
    data = form_of(client.get(reverse(PERSON, args=[person.pk])))
    data |= {
        "family_name": "Elders",
        "addresses-TOTAL_FORMS": "2",
        "addresses-1-kind": "visiting",
        "addresses-1-street": "Langestraat",
        "addresses-1-country": "NL",
        "addresses-1-valid_from": "01-01-2024",
        "addresses-1-relation": person.pk,
    }
    answer = client.post(reverse(PERSON, args=[person.pk]), data)
    assert answer.status_code == 200
    assert "Langestraat" in answer.content.decode()
    assert Relation.objects.get(pk=person.pk).family_name != "Elders"
    assert Address.objects.count() == 1


def test_columns_of_a_class_one_may_not_read_are_not_on_the_page(home, client):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,)))
    person = PersonFactory(administration=home, birth_date=date(1961, 5, 4))
    BankAccountFactory(relation=person)
    page = client.get(reverse(PERSON, args=[person.pk])).content.decode()
    assert "birth_date" not in page
    assert "1961" not in page
    assert "NL91ABNA0417164300" not in page
    assert "ABNA" not in page


def test_filtering_on_a_hidden_column_is_refused(home, client):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,)))
    PersonFactory(administration=home, birth_date=date(1961, 5, 4))
    asked = [
        client.get(reverse(LIST), {lookup: value}).status_code
        for lookup, value in (
            ("birth_date__year", "1961"),
            ("bank_accounts__iban__startswith", "NL"),
            ("financial_roles__kind", "debtor"),
        )
    ]
    assert asked == [400, 400, 400]


def test_hidden_columns_cannot_be_posted(home, client):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,)))
    person = PersonFactory(administration=home, birth_date=date(1961, 5, 4))
    data = form_of(client.get(reverse(PERSON, args=[person.pk]))) | {
        "birth_date": "01-01-1970",
        "family_name": "Elders",
    }
    client.post(reverse(PERSON, args=[person.pk]), data)
    person = Relation.objects.get(pk=person.pk)
    assert (person.family_name, person.birth_date) == ("Elders", date(1961, 5, 4))


def test_history_page_names_changes_one_may_read_only(home, client, django_assert_num_queries):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,)))
    person = PersonFactory(administration=home, family_name="Hofstra")
    person.family_name, person.birth_date = "Elders", date(1961, 5, 4)
    person.save()
    page = client.get(reverse("admin:relations_person_history", args=[person.pk])).content.decode()
    assert ("Hofstra" in page, "Elders" in page, "1961" in page) == (True, True, False)


def test_deleting_leaves_history(home, noor, client):
    person = PersonFactory(administration=home)
    answer = client.post(reverse("admin:relations_person_delete", args=[person.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert list(Relation.history.filter(id=person.pk).values_list("history_type", flat=True)) == ["-", "+"]


def test_deleting_asks_for_the_right(home, client):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,)))
    person = PersonFactory(administration=home)
    answer = client.post(reverse("admin:relations_person_delete", args=[person.pk]), {"post": "yes"})
    assert (answer.status_code, Relation.objects.filter(pk=person.pk).count()) == (403, 1)


def test_list_calls_the_name_a_name(home, noor, client):
    PersonFactory(administration=home)
    page = client.get(reverse(LIST), headers={"accept-language": "nl"}).content.decode()
    assert ("Weergavenaam" in page, ">Naam<" in page or ">naam<" in page.lower()) == (False, True)


def test_new_relation_comes_through_the_door_admin(home, noor, client):
    new = {"administration": home.pk, "kind": "person", "family_name": "Hofstra", "name_order": "own"}
    answer = client.post(reverse("admin:relations_relation_add"), {**new, "language": "nl", "gender": ""})
    assert answer.status_code == 302, answer.context["errors"]
    row = Relation.objects.get().history.get()
    assert (row.history_user, row.change_set.door) == (noor, "admin")


@pytest.mark.parametrize("way", ["page", "action"])
def test_deleting_a_debtor_is_refused_in_a_sentence(home, noor, client, way):
    person = PersonFactory(administration=home)
    make_financial_roles([person.pk], administration=home, kind="debtor", valid_from=LONG_AGO)
    if way == "page":
        answer = client.post(reverse("admin:relations_person_delete", args=[person.pk]), {"post": "yes"}, follow=True)
    else:
        data = {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"}
        answer = client.post(reverse(LIST), data, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert [("debiteur of crediteur" in text or "debtor or creditor" in text) for text in said] == [True]
    assert Relation.objects.filter(pk=person.pk).exists()


def test_deleting_writes_one_change_set_of_the_service(home, noor, client):
    person = PersonFactory(administration=home)
    client.post(reverse("admin:relations_person_delete", args=[person.pk]), {"post": "yes"})
    gone = Relation.history.filter(id=person.pk).latest("history_id")
    assert (gone.history_type, gone.history_user, gone.change_set.door) == ("-", noor, "admin")


def test_search_finds_by_name_with_a_typing_error_and_by_iban(home, noor, client):
    person = PersonFactory(administration=home, family_name="Zwartendijk")
    BankAccountFactory(relation=person)
    PersonFactory(administration=home, family_name="Elders")
    found = [
        [row.pk for row in client.get(reverse(LIST), {"q": asked}).context["cl"].result_list]
        for asked in ("zwartendyk", "NL91 ABNA 0417 1643 00", str(person.number))
    ]
    assert found == [[person.pk]] * 3


def test_action_makes_debtors_at_home_only(home, noor, client):
    elsewhere = AdministrationFactory()
    chosen = [PersonFactory(administration=home).pk, PersonFactory(administration=elsewhere).pk]
    client.post(reverse(LIST), {"action": "make_debtor", "_selected_action": chosen})
    roles = FinancialRole.objects.values_list("relation_id", "administration_id", "kind", "cause", "set_by_id")
    assert list(roles) == [(chosen[0], home.pk, "debtor", "manual", noor.pk)]
