"""The fictional administration: complete, the same on a second start, and never with production's settings."""

from datetime import date
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from crm.access.models import User
from crm.administrations.models import Administration, Installation
from crm.attention.queries import open_for
from crm.core.change_set import ChangeSet
from crm.desk import demonstration
from crm.relations.models import Address, Employment, FinancialRole, Relation
from crm.relations.search.query import find_for
from tests.factories.relations import PersonFactory

FOLDER = settings.BASE_DIR / "fixtures"
TODAY = date(2026, 11, 25)


@pytest.fixture
def loaded(db):
    demonstration.load(FOLDER, today=TODAY)


def test_day_of_counts_from_today():
    texts = ("2021-03-01", "today-3", "today+6", "today", "new-year")

    days = [demonstration.day_of(text, today=TODAY) for text in texts]

    assert days == [date(2021, 3, 1), date(2026, 11, 22), date(2026, 12, 1), TODAY, date(2027, 1, 1)]


@pytest.mark.usefixtures("loaded")
def test_demonstration_has_two_administrations_under_one_umbrella():
    umbrella, other = Administration.objects.order_by("pk")

    assert (umbrella.name, other.name) == ("Verbond Kleine Podia", "Podiumfonds Twente")
    assert Installation.current().umbrella == umbrella


@pytest.mark.usefixtures("loaded")
def test_demonstration_shows_time_in_all_its_shapes():
    theatre = Relation.objects.get(number=10019)

    shapes = [(e.person.display_name, e.when(TODAY)) for e in theatre.staff.order_by("valid_from", "pk")]

    assert shapes == [
        ("Hendrik-Jan ’t Hoen", "past"),
        ("Sanne van den Brink-Oosterhuis", "now"),
        ("Aafje van den Brink", "now"),
        ("Pieter van der Meulen", "now"),
        ("Jet van den Brink", "future"),
    ]


@pytest.mark.usefixtures("loaded")
def test_demonstration_keeps_the_two_records_of_one_human_equal():
    cards = Relation.objects.filter(number__in=(10482, 13302)).order_by("number")

    assert [(r.initials, r.birth_date, r.email, r.mobile) for r in cards] == [
        ("A.M.", date(1976, 4, 12), "aafje@vandenbrink.example", "+31655500141")
    ] * 2
    assert [r.addresses.on(TODAY).get().street for r in cards] == ["Weverspad", "Weverspad"]


@pytest.mark.usefixtures("loaded")
def test_demonstration_is_found_by_name_and_by_its_newest_iban():
    noor = User.objects.get(username="noor")

    by_slip = {hit.relation_id for hit in find_for(noor, "brinck theater", on=TODAY)}
    by_iban = [hit.relation_id for hit in find_for(noor, "NL13TEST0123456789", on=TODAY)]

    theatre = Relation.objects.get(number=10019)
    assert theatre.pk in by_slip
    assert by_iban == [theatre.pk]


@pytest.mark.usefixtures("loaded")
def test_demonstration_leaves_a_history_with_the_names_of_those_who_changed():
    changed = ChangeSet.objects.exclude(actor=None).order_by("pk").values_list("actor__username", "door", "action")

    assert list(changed) == [
        ("bram", "screen", "iban.change"),
        ("noor", "screen", "relation.change"),
        ("noor", "screen", "relation.change"),
    ]


@pytest.mark.usefixtures("loaded")
def test_demonstration_asks_each_user_what_is_theirs():
    asked = {
        user.username: [item.subject_id for item in open_for(user, TODAY)]
        for user in User.objects.order_by("username")
    }

    numbers = dict(Relation.objects.values_list("pk", "number"))
    assert {name: [numbers[pk] for pk in ids] for name, ids in asked.items()} == {
        "bram": [10741, 10007, 11420, 10071],
        "emily": [10741, 10007, 11420],
        "lezer": [],
        "noor": [10741, 10007, 11420, 10071],
    }


def test_load_demo_adds_nothing_the_second_time(db):
    call_command("load_demo", stdout=StringIO())
    before = [m.objects.count() for m in (Relation, User, Address, Employment, FinancialRole)]
    told = StringIO()

    call_command("load_demo", stdout=told)

    assert [m.objects.count() for m in (Relation, User, Address, Employment, FinancialRole)] == before
    assert [line.split()[:2] for line in told.getvalue().splitlines()[1:]] == [
        ["noor", "zaallicht-gaat-aan"],
        ["bram", "kassa-sluit-op-tijd"],
        ["lezer", "alleen-even-kijken"],
        ["emily", "curtain-up-tonight"],
    ]


def test_load_demo_refuses_a_database_that_is_in_use(db):
    PersonFactory()

    with pytest.raises(CommandError, match="holds relations already"):
        call_command("load_demo")


def test_load_demo_refuses_the_settings_of_production(db, settings):
    settings.SETTINGS_MODULE = "config.settings.production"

    with pytest.raises(CommandError, match="not with these settings"):
        call_command("load_demo")


@pytest.mark.usefixtures("loaded")
def test_demonstration_passwords_open_the_door(client):
    for login in demonstration.logins(FOLDER):
        assert client.login(username=login.username, password=login.password), login.username
