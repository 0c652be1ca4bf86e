"""The box on top: what it finds for whom, its suggestions, the page with all results, and the palette."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation

from crm.access.rights import Right
from crm.attention.services import raise_item
from crm.audit.models import Look
from crm.core.change_set import Door
from crm.core.searching import SearchHit, fits, search
from crm.desk import search_actions
from crm.relations.models import BankAccount, ContactMoment, Relation
from tests.factories.relations import (
    AddressFactory,
    AdministrationFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)


@pytest.fixture
def home(db):
    cache.clear()
    return AdministrationFactory(name="Verbond Kleine Podia")


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en")
    client.force_login(user)
    return user


def furnish(administration, name):
    """A person of this name who works somewhere, with a call about it and something that asks for attention."""
    person = PersonFactory(administration=administration, given_name="Aafje", prefix="van den", family_name=name)
    AddressFactory(relation=person, city="Hengelo")
    theatre = OrganisationFactory(administration=administration, legal_name=f"Theater De {name}")
    EmploymentFactory(person=person, organisation=theatre, function="directeur")
    ContactMoment.objects.create(
        relation=person, happened_at=timezone.now() - timedelta(days=1), subject=f"Subsidie {name}", text="Belt terug"
    )
    raise_item(kind="test", title=f"Look at {name}", administration=administration, for_right=Right.RELATIONS_CHANGE)
    return person


def found_by(user, question, **options):
    """kind → (title, detail, why) of its hits."""
    with translation.override("en"):
        found = search(user, question, on=timezone.localdate(), limit=options.pop("limit", 20), **options)
        return {one.kind.key: [(hit.title, hit.detail, hit.why) for hit in one.hits] for one in found}


# ------------------------------------------------------------------------------------------- what is found


def test_name_with_a_slip_finds_the_relation_and_who_works_there(home, noor):
    person = furnish(home, "Brink")
    theatre = Relation.objects.get(legal_name="Theater De Brink")

    assert found_by(noor, "theater de brinck") == {
        "relations": [("Theater De Brink", str(theatre.number), "looks like it")],
        "employments": [("Aafje van den Brink", "directeur, Theater De Brink", "")],
    }
    assert found_by(noor, "aafje hengelo")["relations"] == [
        ("Aafje van den Brink", f"{person.number} · Hengelo", ""),
    ]


def test_key_says_what_was_found_by(home):
    person = furnish(home, "Brink")
    BankAccount.objects.create(relation=person, iban="NL91ABNA0417164300")
    books = user_in(home, rights=(Right.FINANCIAL_VIEW,))

    found = found_by(books, "nl91 abna 0417")

    assert found["relations"] == [("Aafje van den Brink", f"{person.number} · Hengelo", "IBAN: NL91 ABNA 0417")]
    assert "relations" not in found_by(user_in(home, rights=()), "nl91 abna 0417")


def test_every_kind_answers_for_who_may_see_it(home):
    furnish(home, "Brink")
    office = user_in(home, first_name="Noor", last_name="Haverkamp")
    reader = user_in(home, rights=())

    assert set(found_by(office, "directeur")) == {"employments"}
    assert [hit[0] for hit in found_by(office, "belt terug")["contact"]] == ["Subsidie Brink"]
    assert [hit[0] for hit in found_by(office, "look brink")["attention"]] == ["Look at Brink"]
    assert [hit[0] for hit in found_by(office, "verbnd kleine")["administrations"]] == ["Verbond Kleine Podia"]
    assert [hit[0] for hit in found_by(office, "haverkmap")["users"]] == ["Noor Haverkamp"]
    assert "attention" not in found_by(reader, "look brink")
    assert "users" not in found_by(reader, "haverkamp")
    assert "settings" not in found_by(reader, "users")


def test_nothing_of_another_administration_is_found_or_counted(home, noor, client):
    elsewhere = AdministrationFactory(name="Geheim Genootschap")
    user_in(elsewhere, first_name="Geheim", last_name="Persoon")
    furnish(home, "Brink")
    questions = ("brink", "theater", "subsidie", "directeur", "look", "geheim", "aafje", "hengelo", "terug")
    before = {question: found_by(noor, question) for question in questions}
    pages = {question: client.get(reverse("desk:search"), {"q": question}).context["found"] for question in questions}

    for _ in range(7):
        furnish(elsewhere, "Brink")

    assert {question: found_by(noor, question) for question in questions} == before
    assert found_by(noor, "geheim") == {}
    for question in questions:
        page = client.get(reverse("desk:search"), {"q": question}).context["found"]
        assert [(one["kind"].key, one["count"]) for one in page] == [
            (one["kind"].key, one["count"]) for one in pages[question]
        ]


def test_words_fit_with_case_accents_beginnings_and_slips():
    assert fits("cafe", "Café Brink") == (0, ("Café",))
    assert fits("kop", "Koppelingen") == (1, ("Koppelingen",))
    assert fits("kopeling", "Koppeling") == (2, ("Koppeling",))
    assert fits("kopelin", "Koppelingen") == (3, ("Koppelingen",))
    assert fits("houding", "Boekhouding") == (5, ("Boekhouding",))
    assert fits("rechten gebruiker", "Gebruikers", "wie welke rechten heeft") == (1, ("rechten", "Gebruikers"))
    assert fits("zee", "Koppelingen") is None


# --------------------------------------------------------------------------------------------- suggestions


def titles(answer):
    return [hit.title for one in answer.context["found"] for hit in one.hits]


def test_suggestions_are_eight_at_most_and_of_every_kind(home, noor, client):
    for _ in range(6):
        furnish(home, "Kwartel")

    answer = client.get(reverse("desk:search-suggest"), {"q": "kwartel"})

    assert [(one.kind.key, len(one.hits)) for one in answer.context["found"]] == [
        ("relations", 5),
        ("employments", 1),
        ("contact", 1),
        ("attention", 1),
    ]
    assert answer.text.count('role="option"') == 9  # and the way to all results
    assert client.get(reverse("desk:search-suggest"), {"q": "b"}).text.strip() == ""


def test_suggestions_of_one_kind_alone_take_all_the_room(home, noor, client):
    for number in range(10):
        PersonFactory(administration=home, family_name="Zwartsluis", given_name=f"Jan{number}")

    assert len(titles(client.get(reverse("desk:search-suggest"), {"q": "zwartslius"}))) == 8


@pytest.mark.parametrize("rows", [1, 3])
def test_suggestions_cost_the_same_number_of_queries(home, noor, client, rows, django_assert_num_queries):
    for _ in range(rows):
        furnish(home, "Brink")
    client.get(reverse("desk:search-suggest"), {"q": "brink"})

    with django_assert_num_queries(SUGGEST_QUERIES):
        answer = client.get(reverse("desk:search-suggest"), {"q": "brink"})

    assert len(titles(answer)) > rows


SUGGEST_QUERIES = 21


# ------------------------------------------------------------------------------------------ page of results


def test_page_shows_five_of_each_kind_and_the_way_to_all_of_them(home, noor, client):
    for _ in range(6):
        furnish(home, "Kwartel")

    found = client.get(reverse("desk:search"), {"q": "kwartel"}).context["found"]
    alone = client.get(reverse("desk:search"), {"q": "kwartel", "kind": "contact"}).context["found"]

    assert {one["kind"].key: (len(one["hits"]), one["count"], one["all_url"]) for one in found} == {
        "relations": (5, "12", "/relations/?q=kwartel"),
        "employments": (5, "6", "/search/?q=kwartel&kind=employments"),
        "contact": (5, "6", "/search/?q=kwartel&kind=contact"),
        "attention": (5, "6", "/search/?q=kwartel&kind=attention"),
    }
    assert [(one["kind"].key, one["count"], one["all_url"]) for one in alone] == [("contact", "6", "")]
    assert client.get(reverse("desk:search"), {"q": "kwartel", "kind": "zzz"}).status_code == 404


def test_number_goes_to_its_card_and_one_that_may_not_be_seen_is_not_told(home, noor, client):
    person, hidden = PersonFactory(administration=home), PersonFactory()

    assert client.get(reverse("desk:search"), {"q": f" {person.number} "}).url == person.get_absolute_url()
    answer = client.get(reverse("desk:search"), {"q": hidden.number})
    assert (answer.status_code, answer.context["found"]) == (200, [])


def test_links_keep_the_day_that_is_shown(home, noor, client):
    furnish(home, "Brink")
    day = timezone.localdate() - timedelta(days=1)

    answer = client.get(f"/on/{day}/search/suggest/?q=brink&actions=&from=/on/{day}/relations/")

    found = [hit.url for one in answer.context["found"] for hit in one.hits if one.kind.key == "relations"]
    assert found
    assert {url.startswith(f"/on/{day}/relations/") for url in found} == {True}
    assert "New" not in [group.label for group in answer.context["action_groups"]]


# --------------------------------------------------------------------------------------------------- palette


@pytest.fixture
def offered(noor, rf):
    """Function of what is typed: group → labels of the palette."""

    def ask(typed, user=noor, **asked):
        request = rf.get("/")
        request.user, request.session = user, {}
        request.on = request.today = timezone.localdate()
        request.as_of = None
        with translation.override("en"):
            groups = search_actions.offered(request, typed, came_from="/relations/")
        return {group.label: [(one.label, one.url or one.press) for one in group.actions] for group in groups}

    return ask


def test_palette_offers_what_this_user_may_do(home, offered):
    everything = offered("")

    assert [label for label, _url in everything["New"]] == ["Person", "Organisation"]
    assert ("Relations", "/relations/") in everything["Go to"]
    assert ("Sign out", "sign-out") in everything["This screen"]
    assert "Administration" not in everything
    assert "New" not in offered("", user=user_in(home, rights=()))


def test_palette_narrows_as_one_types(offered):
    assert offered("new pers") == {"New": [("Person", "/relations/new/person/")]}
    assert offered("drak") == {"This screen": [("Dark", "theme:dark")]}
    assert offered("as of 1-5-2024") == {"As of": [("1 May 2024", "/as-of/?on=01-05-2024&next=%2Frelations%2F")]}
    assert offered("zzzz") == {}


def test_palette_has_the_cards_opened_last_that_may_still_be_seen(home, noor, offered):
    first, second, hidden = PersonFactory(administration=home), PersonFactory(administration=home), PersonFactory()
    now = timezone.now()
    for minutes, record in enumerate((hidden, second, first, second)):
        Look.objects.create(
            at=now - timedelta(minutes=minutes),
            user=noor,
            door=Door.SCREEN,
            model="relations.Relation",
            record=record.pk,
        )

    assert offered("")["Opened last"] == [(row.display_name, row.get_absolute_url()) for row in (second, first)]


def test_keys_are_switched_off_for_the_user_and_stay_off(noor, client):
    assert client.post(reverse("desk:search-keys"), {"on": ""}).json() == {"on": False}
    noor.refresh_from_db()
    assert noor.shortcuts is False
    assert 'data-keys="off"' in client.get(reverse("desk:search")).text

    assert client.post(reverse("desk:search-keys"), {"on": "yes"}).json() == {"on": True}
    assert 'data-keys="off"' not in client.get(reverse("desk:search")).text


def test_whole_words_are_marked_and_what_was_typed_is_no_html():
    hit = SearchHit("Theater De <Brink>", "/", "van den Brink", marks=("De", "Brink"))

    assert hit.title_marked == "Theater <mark>De</mark> &lt;<mark>Brink</mark>&gt;"
    assert hit.detail_marked == "van den <mark>Brink</mark>"
