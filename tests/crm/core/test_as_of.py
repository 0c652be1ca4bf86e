from datetime import date

import pytest
from django.urls import get_script_prefix

from tests.factories.relations import (
    AdministrationFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)


@pytest.fixture
def administration(db):
    return AdministrationFactory()


@pytest.fixture
def person(administration):
    return PersonFactory(administration=administration, family_name="Visser")


@pytest.fixture
def office(client, administration):
    client.force_login(user_in(administration))
    return client


def test_every_link_of_a_page_keeps_the_day(office, person):
    page = office.get(f"/on/2024-05-01/relations/{person.number}/").content.decode()

    assert f'href="/on/2024-05-01/relations/{person.number}/' in page
    assert 'href="/relations/' not in page.split("<main")[1]
    assert '<link rel="stylesheet" href="/static/' in page
    assert get_script_prefix() == "/"


def test_a_card_shows_who_worked_where_on_that_day(office, person):
    EmploymentFactory(
        person=person,
        organisation=OrganisationFactory(administration=person.administration),
        function="bakker",
        valid_from=date(2020, 1, 1),
        valid_until=date(2022, 1, 1),
    )

    shapes = [
        office.get(f"{day}/relations/{person.number}/").context["lists"]["employments"][0].shape
        for day in ("/on/2019-06-01", "/on/2021-06-01", "")
    ]

    assert shapes == ["future", "now", "past"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_changes_on_another_day(office, person, method):
    answer = getattr(office, method)(f"/on/2024-05-01/relations/{person.number}/edit/", {"family_name": "Bakker"})

    person.refresh_from_db()
    assert (answer.status_code, person.family_name) == (409, "Visser")


def test_a_form_is_not_opened_on_another_day(office, person):
    answer = office.get(f"/on/2024-05-01/relations/{person.number}/edit/?x=1")

    assert (answer.status_code, answer.context["today_url"]) == (409, f"/relations/{person.number}/edit/?x=1")


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("on=1-5-2024&next=/relations/?q=visser", "/on/2024-05-01/relations/?q=visser"),
        ("on=2024-05-01&next=/on/2020-01-01/relations/", "/on/2024-05-01/relations/"),
        ("on=&next=/on/2020-01-01/relations/", "/relations/"),
        ("on=1-5-2024&next=https://elsewhere.nl/", "/on/2024-05-01/"),
        ("on=1-5-2024&next=//elsewhere.nl/", "/on/2024-05-01/"),
        ("on=gekkigheid&next=/relations/", "/relations/"),
        ("on=1-1-0001&next=/relations/", "/relations/"),
    ],
)
def test_choosing_a_day_goes_to_the_same_page(office, asked, answered):
    assert office.get(f"/as-of/?{asked}").headers["Location"] == answered


@pytest.mark.parametrize("path", ["/admin/", "/accounts/login/?next=/on/2024-05-01/"])
def test_what_knows_today_only_goes_to_today(office, path):
    assert office.get(f"/on/2024-05-01{path}").headers["Location"] == path


def test_signing_out_is_possible_on_any_day(office):
    office.post("/on/2024-05-01/accounts/logout/")

    assert office.get("/relations/").status_code == 302


def test_a_day_that_is_none_is_not_found(office):
    assert office.get("/on/2024-13-01/relations/").status_code == 404


def test_today_in_the_address_is_today(office):
    today = office.get("/").wsgi_request.today

    assert office.get(f"/on/{today}/relations/?q=x").headers["Location"] == "/relations/?q=x"


def test_signing_in_comes_back_to_the_day(client, db):
    answer = client.get("/on/2024-05-01/relations/")

    assert answer.headers["Location"].endswith("?next=/on/2024-05-01/relations/")
