"""The first page and the switcher of administrations; and what they cost."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation

from crm.access.rights import Right
from crm.attention.services import raise_item
from crm.desk import queries, working
from crm.relations.services import set_financial_role
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

# session, user, rights, administrations, 2 of the menu, arrangement, asks for you, 3 of the couplings, 3 figures, open
# amount, 4 of what comes, 7 of this week
FIRST_PAGE_QUERIES = 26


@pytest.fixture
def home(db):
    cache.clear()
    return AdministrationFactory(name="Verbond Kleine Podia")


@pytest.fixture
def noor(home, client):
    user = user_in(home)
    client.force_login(user)
    return user


def soon(days=5):
    return timezone.localdate() + timedelta(days=days)


def about_to_change(home, name):
    """A person who moves and begins somewhere within the month."""
    person = PersonFactory(administration=home, family_name=name)
    AddressFactory(relation=person, valid_from=LONG_AGO, valid_until=soon(9))
    AddressFactory(relation=person, valid_from=soon(9), street="Marktplein", house_number=3)
    theatre = OrganisationFactory(administration=home, legal_name=f"Theater {name}")
    EmploymentFactory(person=person, organisation=theatre, valid_from=soon(), function="directeur")
    set_financial_role(person, administration=home, kind="debtor", valid_from=soon(12))
    return person


def test_coming_tells_what_begins_and_ends_in_the_order_of_days(home, noor):
    about_to_change(home, "Brink")

    with translation.override("en"):
        found = queries.coming(noor, None, on=timezone.localdate())

    assert [(one.day, one.text) for one in found] == [
        (soon(), "begins as directeur at Theater Brink"),
        (soon(9), "moves to Marktplein 3, 7551 EC Hengelo"),
        (soon(12), "becomes a debtor of Verbond Kleine Podia"),
    ]


def test_coming_leaves_out_what_this_user_may_not_see(home):
    about_to_change(home, "Brink")
    elsewhere = user_in(AdministrationFactory())
    reader = user_in(home, rights=())

    assert queries.coming(elsewhere, None, on=timezone.localdate()) == []
    assert [one.icon for one in queries.coming(reader, None, on=timezone.localdate())] == ["people", "map"]


def test_figures_count_only_what_this_user_may_see(home, noor):
    about_to_change(home, "Brink")
    PersonFactory(administration=AdministrationFactory())

    today, later = timezone.localdate(), soon(40)

    assert [(f.key, f.count) for f in queries.figures(noor, None, on=today)] == [
        ("relations", 2),
        ("members", 0),
        ("debtors", 0),
    ]
    assert queries.figures(noor, home, on=later)[2] == queries.Figure("debtors", 1)
    assert [f.key for f in queries.figures(user_in(home, rights=()), None, on=today)] == ["relations", "members"]


def test_this_week_counts_no_changes_of_another_administration(home, noor):
    about_to_change(home, "Brink")
    about_to_change(AdministrationFactory(), "Elders")

    _monday, rows = queries.this_week(noor, None, on=timezone.localdate())

    assert [(row.new, row.changed, row.deleted) for row in rows] == [
        (2, 0, 0),
        (1, 0, 0),
        (2, 0, 0),
        (0, 0, 0),
        (1, 0, 0),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_first_page_costs_the_same_number_of_queries(home, noor, client, rows, django_assert_num_queries):
    for number in range(rows):
        about_to_change(home, f"Brink{number}")
        raise_item(kind="test", title="Look at this", administration=home, for_right=Right.RELATIONS_CHANGE)
    client.get(reverse("desk:today"))

    with django_assert_num_queries(FIRST_PAGE_QUERIES):
        answer = client.get(reverse("desk:today"))

    assert len(answer.context["coming"]) == 3
    assert len(answer.context["items"]) == rows


def test_context_processor_asks_nothing_by_itself(rf, noor, django_assert_num_queries):
    request = rf.get("/")
    request.user, request.session = noor, {}

    with django_assert_num_queries(0):
        context = working.shell(request)
    with django_assert_num_queries(1):
        assert (str(context["administration"]), list(context["administrations"])) == ("Verbond Kleine Podia", [])


def test_choosing_an_administration_narrows_the_first_page(home, client):
    other = AdministrationFactory(name="Podiumfonds Twente")
    client.force_login(user_in(home, other))
    PersonFactory(administration=home)

    client.get(reverse("desk:administration", args=[other.pk]))

    answer = client.get(reverse("desk:today"))
    assert [figure["count"] for figure in answer.context["figures"]] == [0, 0, 0]
    assert str(answer.context["administration"]) == "Podiumfonds Twente"
    client.get(reverse("desk:administration", args=[0]))
    assert client.get(reverse("desk:today")).context["figures"][0]["count"] == 1


def test_choosing_an_administration_of_others_changes_nothing(home, noor, client):
    strange = AdministrationFactory(name="Geheim")

    client.get(reverse("desk:administration", args=[strange.pk]))

    assert "Geheim" not in client.get(reverse("desk:today")).text


def test_choosing_an_administration_never_leads_to_another_site(home, noor, client):
    answer = client.get(
        reverse("desk:administration", args=[home.pk]), headers={"referer": "https://elsewhere.example/relations/"}
    )

    assert answer.url == reverse("desk:today")


@pytest.mark.parametrize(
    "name", ["desk:today", "desk:search", "desk:help", "desk:settings", "desk:preferences", "attention:list"]
)
def test_desk_is_for_who_signed_in(db, client, name):
    answer = client.get(reverse(name))

    assert answer.url == f"{reverse('account_login')}?next={reverse(name)}"
