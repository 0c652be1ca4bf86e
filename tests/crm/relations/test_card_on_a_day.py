"""The card on another day: who was what then, beside what it is now, and nothing one may not see today."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.relations import services
from crm.relations.models import Relation
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db
THEN = date(2024, 5, 1)


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user


def written_on(day, *records):
    """Let all history there is of these records be of that day, as if it was written then."""
    for record in records:
        moment = timezone.make_aware(datetime.combine(day, datetime.min.time()))
        QuerySet(record.history.model).filter(id=record.pk).update(history_date=moment)


def on(day, relation, tail=""):
    return f"/on/{day:%Y-%m-%d}{relation.get_absolute_url()}{tail}"


def facts(answer):
    shown = answer.context["facts"]
    return {fact["name"]: fact for fact in (*shown["reach"], *shown["about"])}


def test_column_is_shown_as_it_was_with_what_it_is_now(client, noor, administration):
    theatre = OrganisationFactory(administration=administration, legal_name="Theater", email="old@x.example")
    written_on(date(2020, 1, 1), theatre)
    services.update_relation(theatre, version=1, email="new@x.example", legal_name="Theater Nieuw")

    answer = client.get(on(THEN, theatre))

    assert answer.context["relation"].display_name == "Theater"
    email = facts(answer)["email"]
    assert ("mailto:old@x.example" in email["value"], "new@x.example" in email["note"]) == (True, True)
    changes = [(one.label, one.old, one.new) for one in answer.context["since"].shown]
    assert sorted(changes) == [
        ("E-mail", "old@x.example", "new@x.example"),
        ("Legal name", "Theater", "Theater Nieuw"),
    ]


def test_rows_without_dates_are_those_of_that_day(client, noor, administration):
    person = PersonFactory(administration=administration)
    gone = person.email_addresses.create(email="gone@x.example")
    stays = person.email_addresses.create(email="stays@x.example")
    account = BankAccountFactory(relation=person, iban="NL91ABNA0417164300", main=True)
    written_on(date(2020, 1, 1), person, gone, stays, account)
    gone_id = gone.pk
    services.remove_part(gone, version=1)
    person.email_addresses.create(email="later@x.example")
    services.set_iban(person, iban="NL20INGB0001234567")

    answer = client.get(on(THEN, person))

    assert [fact["key"] for fact in answer.context["rows"]["emails"]] == [f"email-{gone_id}", f"email-{stays.pk}"]
    notes = [str(fact["note"]) for fact in answer.context["rows"]["emails"]]
    assert ["removed" in note for note in notes] == [True, False]
    assert answer.context["iban"]["value"] == "NL91 ABNA 0417 1643 00"
    assert "NL20 INGB 0001 2345 67" in answer.context["iban"]["note"]
    assert "later@x.example" not in "".join(str(fact["value"]) for fact in answer.context["rows"]["emails"])


def test_who_worked_there_then_is_shown_with_the_name_of_then(client, noor, administration):
    theatre = OrganisationFactory(administration=administration)
    left = EmploymentFactory(
        organisation=theatre,
        person=PersonFactory(administration=administration, given_name="Liesbeth", prefix="", family_name="Kuipers"),
        valid_until=date(2024, 9, 1),
    )
    EmploymentFactory(organisation=theatre, person__administration=administration, valid_from=date(2025, 1, 1))
    written_on(date(2020, 1, 1), theatre, left.person, left)
    services.update_relation(Relation.objects.get(pk=left.person_id), version=1, family_name="Smit")

    answer = client.get(on(THEN, theatre))

    shown = [(job.person.display_name, job.shape) for job in answer.context["lists"]["employments"]]
    assert shown[0] == ("Liesbeth Kuipers", "now")
    assert [shape for _name, shape in shown] == ["now", "future"]
    assert answer.context["counts"]["employments"] == "1 at the time, 1 coming"


def test_card_that_was_recorded_later_says_so(client, noor, administration):
    theatre = OrganisationFactory(administration=administration, email="first@x.example")
    services.update_relation(theatre, version=1, email="second@x.example")

    answer = client.get(on(THEN, theatre))

    assert "was not in our books yet on 01-05-2024" in answer.content.decode()
    assert "first@x.example" in str(facts(answer)["email"]["value"])


def test_day_to_come_shows_what_is_planned_until_then(client, noor, administration):
    soon = timezone.localdate() + timedelta(days=30)
    theatre = OrganisationFactory(administration=administration)
    coming = EmploymentFactory(organisation=theatre, person__administration=administration, valid_from=soon)

    answer = client.get(on(soon, theatre))

    assert answer.context["counts"]["employments"] == "1 on that day"
    assert [(one.on, coming.person.display_name in one.text) for one in answer.context["since"].shown] == [
        (soon, True)
    ]


def test_nothing_on_another_day_changes_anything(client, noor, administration):
    theatre = OrganisationFactory(administration=administration)
    address = AddressFactory(relation=theatre)
    EmploymentFactory(organisation=theatre, person__administration=administration)
    services.set_financial_role(theatre, administration=administration, kind="debtor", valid_from=LONG_AGO)

    body = client.get(on(THEN, theatre)).content.decode()

    assert [text for text in ("fact-edit", "chip-add", "hx-post", "/end/", "/new/", "/edit/") if text in body] == []
    opening = ["fact/email/", "edit/", "iban/", f"address/{address.pk}/", f"address/{address.pk}/move/", "email/new/"]
    assert {client.get(on(THEN, theatre, tail)).status_code for tail in opening} == {409}


def test_what_one_may_not_see_today_one_does_not_see_of_then(client, administration):
    person = PersonFactory(administration=administration, birth_date=date(1976, 4, 12))
    account = BankAccountFactory(relation=person, iban="NL91ABNA0417164300", main=True)
    elsewhere = EmploymentFactory(person=person, organisation__legal_name="Geheim B.V.")
    written_on(date(2020, 1, 1), person, account, elsewhere)
    services.update_relation(person, version=1, birth_date=date(1975, 1, 1))
    client.force_login(user_in(administration, rights=(Right.RELATIONS_CHANGE,)))

    for tail in ("", "as-it-was/?at=1-5-2024&all=1", "tab/timeline/"):
        body = client.get(on(THEN, person, tail)).content.decode()
        hidden = ("12-04-1976", "01-01-1975", "NL91", "Geheim")
        assert [text for text in hidden if text in body] == [], tail


def test_relation_of_another_administration_is_there_on_no_day(client, noor):
    theirs = OrganisationFactory()

    assert client.get(on(THEN, theirs)).status_code == 404


def test_card_of_another_day_costs_the_same_at_one_and_three_rows(client, noor, administration):
    counts = []
    for rows in (1, 3):
        theatre = OrganisationFactory(administration=administration)
        for n in range(rows):
            theatre.email_addresses.create(email=f"{n}@x.example")
            EmploymentFactory(organisation=theatre, person__administration=administration)
        client.get(on(THEN, theatre))
        with CaptureQueriesContext(connection) as counted:
            client.get(on(THEN, theatre))
        counts.append(len(counted))

    assert counts[0] == counts[1]


def test_links_of_the_card_keep_the_day(client, noor, administration):
    person = PersonFactory(administration=administration)

    answer = client.get(on(THEN, person))

    assert [tab["url"].startswith("/on/2024-05-01/") for tab in answer.context["tabs"]] == [True] * len(
        answer.context["tabs"]
    )
    assert answer.context["log_url"].startswith("/on/2024-05-01/")
    assert reverse("relations:card", args=[person.number]) == f"/relations/{person.number}/"
