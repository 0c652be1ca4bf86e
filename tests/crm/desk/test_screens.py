"""The first page, the search box, the switcher and help; and what they cost."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation

from crm.access.rights import Right
from crm.attention.models import AttentionItem
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

# session, user, rights, administrations, menu, asks for you, 3 figures, open amount, 4 of what comes, 7 of this week
FIRST_PAGE_QUERIES = 22


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


def test_search_sends_a_number_to_its_card_and_the_rest_to_the_list(home, noor, client):
    person = PersonFactory(administration=home)

    by_number = client.get(reverse("desk:search"), {"q": f" {person.number} "})
    by_name = client.get(reverse("desk:search"), {"q": "van den brink"})

    assert by_number.url == person.get_absolute_url()
    assert by_name.url == f"{reverse('relations:list')}?q=van+den+brink"


def test_search_does_not_tell_of_a_number_that_one_may_not_see(noor, client):
    hidden = PersonFactory()

    answer = client.get(reverse("desk:search"), {"q": hidden.number})

    assert answer.url == f"{reverse('relations:list')}?q={hidden.number}"


def test_choosing_an_administration_narrows_the_first_page_and_the_search(home, client):
    other = AdministrationFactory(name="Podiumfonds Twente")
    client.force_login(user_in(home, other))
    PersonFactory(administration=home)

    client.get(reverse("desk:administration", args=[other.pk]))

    answer = client.get(reverse("desk:today"))
    assert [figure["count"] for figure in answer.context["figures"]] == [0, 0, 0]
    assert str(answer.context["administration"]) == "Podiumfonds Twente"
    assert client.get(reverse("desk:search"), {"q": "brink"}).url.endswith(f"?q=brink&administration={other.pk}")
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


def test_item_is_handled_and_postponed_from_the_first_page(home, noor, client):
    handled, postponed = (
        raise_item(kind="test", title=title, administration=home, for_right=Right.RELATIONS_CHANGE)
        for title in ("One", "Two")
    )

    client.post(reverse("desk:handle", args=[handled.pk]), {"version": handled.version})
    client.post(reverse("desk:postpone", args=[postponed.pk]), {"version": postponed.version})

    states = AttentionItem.objects.order_by("pk").values_list("state", "closed_by__username", "postponed_until")
    assert list(states) == [("handled", noor.username, None), ("open", None, soon(7))]


def test_item_that_changed_meanwhile_stays_as_it_is(home, noor, client):
    item = raise_item(kind="test", title="One", administration=home, for_right=Right.RELATIONS_CHANGE)

    answer = client.post(reverse("desk:handle", args=[item.pk]), {"version": item.version + 1}, follow=True)

    item.refresh_from_db()
    assert item.state == "open"
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]


def test_item_of_somebody_else_is_not_there(home, noor, client):
    strange = raise_item(
        kind="test", title="Secret", administration=AdministrationFactory(), for_right=Right.RELATIONS_CHANGE
    )

    assert client.post(reverse("desk:handle", args=[strange.pk])).status_code == 404
    assert "Secret" not in client.get(reverse("desk:today")).text


@pytest.mark.parametrize(("language", "title"), [("nl", "Een relatie zoeken"), ("en", "Finding a relation")])
def test_help_is_there_in_both_languages(noor, client, language, title):
    noor.language = language
    noor.save()

    assert title in client.get(reverse("desk:help")).text


@pytest.mark.parametrize("name", ["desk:today", "desk:search", "desk:help"])
def test_desk_is_for_who_signed_in(db, client, name):
    answer = client.get(reverse(name))

    assert answer.url == f"{reverse('account_login')}?next={reverse(name)}"
