"""Each user arranges the first page: order, columns, what is hidden; by plain forms."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.attention.services import raise_item
from crm.desk import dashboard
from crm.desk.growth import _at_month_ends, growth
from crm.desk.models import Preferences
from tests.factories.relations import (
    DAY,
    AddressFactory,
    AdministrationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return AdministrationFactory(name="Verbond Kleine Podia")


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en")
    client.force_login(user)
    return user


OWN = ("figures", "asks", "coming", "growth", "week")


def keys(arrangement, column):
    """The desk's own parts; couplings put theirs among them."""
    return [p.key for p in dashboard.parts(arrangement) if p.column == column and p.key in OWN]


def test_parts_stand_where_their_maker_put_them_until_somebody_moves_them():
    moved = dashboard.rearranged({}, "growth", dashboard.UP)

    assert keys({}, "left") == ["asks", "coming", "growth"]
    assert keys(moved, "left") == ["asks", "growth", "coming"]
    assert keys(dashboard.rearranged(moved, "asks", dashboard.ACROSS), "right")[-1] == "asks"


@pytest.mark.parametrize(
    ("key", "move"), [("asks", "up"), ("growth", "down"), ("figures", "across"), ("nothing", "up"), ("asks", "fly")]
)
def test_move_that_leads_nowhere_changes_nothing(key, move):
    assert dashboard.parts(dashboard.rearranged({}, key, move)) == dashboard.parts({})


def test_part_that_is_registered_since_stands_last_and_one_that_is_gone_is_passed_over():
    assert keys({"left": ["gone", "growth", "asks"]}, "left") == ["growth", "asks", "coming"]


def test_hidden_part_is_not_computed_and_others_still_see_it(home, noor, client):
    client.post(reverse("desk:arrange"), {"part": "coming", "move": "hide"})
    client.post(reverse("desk:arrange"), {"part": "week", "move": "across"})

    page = client.get(reverse("desk:today"))
    assert ("coming" in page.context, 'id="asks"' in page.text) == (False, True)
    assert [template for template, _panel in page.context["columns"]["left"]][-1] == "desk/parts/week.html"
    assert [part.key for part in dashboard.parts(Preferences.objects.get().arrangement) if part.hidden] == ["coming"]

    client.force_login(user_in(home))
    assert "coming" in client.get(reverse("desk:today")).context


def test_arrangement_goes_back_to_how_it_was_made(noor, client):
    client.post(reverse("desk:arrange"), {"part": "coming", "move": "hide"})

    client.post(reverse("desk:arrange"), {"move": "as-made"})

    assert Preferences.objects.get().arrangement == {}


def test_another_day_shows_its_figures_without_buttons_or_what_asks_today(home, noor, client):
    later = timezone.localdate() + timedelta(days=40)
    PersonFactory(administration=home, ended_on=timezone.localdate() + timedelta(days=7))
    raise_item(kind="test", title="One", administration=home, for_right=Right.RELATIONS_CHANGE)

    page = client.get(f"/on/{later:%Y-%m-%d}/")

    assert page.context["figures"][0]["count"] == 0
    assert ("items" in page.context, "/arrange/" in page.text, page.context["on"]) == (False, False, later)
    assert client.get(f"/on/{later:%Y-%m-%d}/arrange/").status_code == 409


# ------------------------------------------------------------------------------------------- over time


def test_growth_counts_a_relation_from_what_is_first_known_until_it_ended(home, noor):
    old = PersonFactory(administration=home)
    AddressFactory(relation=old, valid_from=DAY.replace(year=2026, month=9, day=3))
    gone = PersonFactory(administration=home, ended_on=DAY.replace(month=11, day=2))
    AddressFactory(relation=gone, valid_from=DAY.replace(month=10, day=30))
    PersonFactory(administration=AdministrationFactory())

    points = growth(noor, None, on=DAY)

    assert [(day.month, count) for day, count in points] == [(9, 1), (10, 2), (11, 1)]
    assert points[-1][0] == DAY


def test_growth_is_one_query_and_then_remembered(home, noor, django_assert_num_queries):
    for _number in range(3):
        PersonFactory(administration=home)
    noor_again = type(noor).objects.get(pk=noor.pk)

    first = growth(noor, None, on=DAY)

    # rights, and the cache, which lies in the database
    with django_assert_num_queries(2):
        assert growth(noor_again, None, on=DAY) == first


def test_month_ends_begin_with_what_was_there_before():
    first = DAY.replace(day=1)

    assert _at_month_ends(Counter({first.replace(year=2020): 5, first: 2}), DAY, 2) == [
        (first - timedelta(days=1), 5),
        (DAY, 7),
    ]


def test_line_is_fetched_as_a_piece_and_is_a_page_without_script(home, noor, client):
    for month in (9, 10):
        AddressFactory(relation=PersonFactory(administration=home), valid_from=DAY.replace(month=month))

    piece = client.get(reverse("desk:growth"), headers={"HX-Request": "true"})
    page = client.get(reverse("desk:growth"))

    assert ("<h1" in piece.text, "<h1" in page.text) == (False, True)
    assert all(part in piece.text for part in ("<title", "<desc", "As a table"))
