"""The list of what asks for somebody: filters, pages by keyset, and what a person does with one item."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.attention import queries
from crm.attention.models import AttentionItem
from crm.attention.queries import Asked
from crm.attention.services import dismiss, handle, postpone, raise_item
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return AdministrationFactory()


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def asked(home):
    """Function: an item for whoever changes relations here."""

    def ask(title="One", **values):
        return raise_item(
            **({"kind": "test", "title": title, "administration": home, "for_right": Right.RELATIONS_CHANGE} | values)
        )

    return ask


def titles(page):
    return [item.title_message for item in page.items]


def test_pages_go_forward_and_back_by_the_day_that_is_due(home, noor, asked):
    today = timezone.localdate()
    for number in (3, 1, 2):
        asked(f"due {number}", on=today + timedelta(days=number))
    asked("never")

    first = queries.item_page(noor, Asked(), on=today, size=2)
    second = queries.item_page(noor, Asked(), on=today, size=2, after=first.next)
    back = queries.item_page(noor, Asked(), on=today, size=2, before=second.previous)

    assert [titles(page) for page in (first, second, back)] == [
        ["due 1", "due 2"],
        ["due 3", "never"],
        ["due 1", "due 2"],
    ]
    assert (first.previous, second.next, back.previous) == ("", "", "")


def test_closed_items_come_newest_first_by_keyset(noor, asked):
    for number in range(3):
        handle(asked(f"done {number}"))
    first = queries.item_page(noor, Asked("handled"), on=timezone.localdate(), size=2)
    second = queries.item_page(noor, Asked("handled"), on=timezone.localdate(), size=2, after=first.next)

    assert (titles(first), titles(second)) == (["done 2", "done 1"], ["done 0"])


@pytest.mark.parametrize("cursor", ["nonsense", "2026-99-99~1", "2026-01-01~x", "~"])
def test_cursor_that_is_none_begins_at_the_first_page(noor, asked, cursor):
    asked()

    assert titles(queries.item_page(noor, Asked(), on=timezone.localdate(), after=cursor)) == ["One"]


def test_list_is_narrowed_by_state_kind_and_for_whom(noor, asked):
    asked("mine", for_user=noor, for_right=None)
    asked("office", kind="job.failed")
    postpone(asked("later"), until=timezone.localdate() + timedelta(days=3))
    dismiss(asked("not"), reason="Twice")
    today = timezone.localdate()

    found = {
        name: titles(queries.item_page(noor, one, on=today))
        for name, one in {
            "open": Asked(),
            "postponed": Asked("postponed"),
            "dismissed": Asked("dismissed"),
            "kind": Asked(kind="job.failed"),
            "mine": Asked(who="mine"),
            "office": Asked(who="office"),
        }.items()
    }

    assert found == {
        "open": ["mine", "office"],
        "postponed": ["later"],
        "dismissed": ["not"],
        "kind": ["office"],
        "mine": ["mine"],
        "office": ["office"],
    }
    assert queries.counts(noor, Asked(), on=today) == {"open": 2, "postponed": 1}


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_number_of_queries(noor, asked, client, rows, django_assert_num_queries):
    for number in range(rows):
        asked(f"item {number}")
    client.get(reverse("attention:list"))

    # session, user, rights, administrations, 2 of the menu, the page, 2 counts
    with django_assert_num_queries(9):
        client.get(reverse("attention:list"))


def test_item_is_done_and_asks_again_by_undo(noor, asked, client):
    item = asked()
    here = reverse("desk:today")

    done = client.post(reverse("attention:handle", args=[item.pk]), {"version": item.version, "next": here})
    state = AttentionItem.objects.get().state
    client.post(reverse("attention:reopen", args=[item.pk]))

    item.refresh_from_db()
    assert (done.url, state) == (here, "handled")
    assert (item.state, item.closed_by, item.closed_at) == ("open", None, None)


def test_item_asks_again_on_the_day_that_was_typed(noor, asked, client):
    item = asked()

    client.post(reverse("attention:postpone", args=[item.pk]), {"until": "1-12-2099", "version": item.version})

    item.refresh_from_db()
    assert item.postponed_until == date(2099, 12, 1)


@pytest.mark.parametrize("until", ["gisteren", "vandaag", "never", ""])
def test_item_is_not_postponed_to_what_is_no_day_after_today(noor, asked, client, until):
    item = asked()

    answer = client.post(reverse("attention:postpone", args=[item.pk]), {"until": until, "version": item.version})

    item.refresh_from_db()
    assert (answer.status_code, item.postponed_until) == (422, None)


def test_item_is_dismissed_only_with_a_reason(noor, asked, client):
    item = asked()
    address = reverse("attention:dismiss", args=[item.pk])

    refused = client.post(address, {"reason": " ", "version": item.version})
    client.post(address, {"reason": "Asked twice", "version": item.version})

    item.refresh_from_db()
    assert (refused.status_code, item.state, item.reason, item.closed_by) == (422, "dismissed", "Asked twice", noor)


@pytest.mark.parametrize("act", ["handle", "postpone", "dismiss"])
def test_item_that_changed_meanwhile_stays_as_it_is(noor, asked, client, act):
    item = asked()
    form = {"version": item.version + 1, "until": "1-12-2099", "reason": "Why not"}

    answer = client.post(reverse(f"attention:{act}", args=[item.pk]), form, follow=True)

    item.refresh_from_db()
    assert (item.state, item.postponed_until) == ("open", None)
    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]


def test_matter_that_is_open_anew_is_not_opened_twice(noor, asked, client):
    item = handle(asked(once_key="k"))
    asked(once_key="k")

    answer = client.post(reverse("attention:reopen", args=[item.pk]), follow=True)

    assert [message.level_tag for message in answer.context["messages"]] == ["warning"]
    assert list(AttentionItem.objects.order_by("pk").values_list("state", flat=True)) == ["handled", "open"]


def test_way_back_never_leads_to_another_site(noor, asked, client):
    item = asked()

    answer = client.post(reverse("attention:handle", args=[item.pk]), {"next": "//elsewhere.example/"})

    assert answer.url == reverse("attention:list")


def test_item_of_somebody_else_is_not_there(noor, client):
    strange = raise_item(
        kind="test", title="Secret", administration=AdministrationFactory(), for_right=Right.RELATIONS_CHANGE
    )

    answers = [
        client.post(reverse(f"attention:{act}", args=[strange.pk])).status_code
        for act in ("handle", "postpone", "dismiss", "reopen")
    ]

    assert answers == [404] * 4
    assert "Secret" not in client.get(reverse("attention:list")).text


def test_all_done_says_so(noor, client):
    assert "All done" in client.get(reverse("attention:list")).text
