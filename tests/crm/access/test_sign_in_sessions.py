"""Where somebody is signed in, ended one by one or all others; and the log of what happened."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from crm.access.events import record
from crm.access.models import AccessEvent, EventKind, OpenSession
from crm.access.rights import Right
from crm.access.tasks import forget_old_events
from crm.access.visitors import device_of, place_of
from tests.factories.relations import AdministrationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

PASSWORD = "lang wachtwoord 123"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1"
)


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


@pytest.fixture
def user():
    return user_in(AdministrationFactory(), language="en")


def signed_in(client_class, user, agent=FIREFOX, address="127.0.0.1"):
    client = client_class(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
    return client


def listed(client):
    rows = client.get(reverse("access:sessions")).context["rows"]
    return [(one["row"].device, one["place"], one["way"], one["here"]) for one in rows]


def is_in(client):
    return client.get(reverse("access:sessions")).status_code == 200


def test_sessions_are_listed_with_device_place_and_the_one_that_looks(client, user):
    signed_in(type(client), user, IPHONE, "10.0.0.7")
    here = signed_in(type(client), user, FIREFOX, "8.8.8.8")

    assert listed(here) == [
        ("Firefox, Windows", "8.8.8.8", "password", True),
        ("Safari, iPhone", "own network (10.0.0.7)", "password", False),
    ]


def test_session_that_is_ended_is_out_at_its_next_request(client, user):
    there, here = signed_in(type(client), user), signed_in(type(client), user)
    row = OpenSession.objects.get(pk=there.session["open_session"])

    here.post(reverse("access:end_session", args=[row.pk]))

    assert (is_in(there), is_in(here), len(listed(here))) == (False, True, 1)
    assert list(AccessEvent.objects.filter(kind="session_ended").values_list("user", "actor", "detail")) == [
        (user.pk, user.pk, "Firefox, Windows")
    ]


def test_all_other_sessions_end_at_once(client, user):
    others = [signed_in(type(client), user) for _one in range(2)]
    here = signed_in(type(client), user)

    here.post(reverse("access:end_other_sessions"))

    assert ([is_in(one) for one in others], is_in(here)) == ([False, False], True)


def test_session_of_somebody_else_is_not_there(client, user):
    there = signed_in(type(client), UserFactory())
    here = signed_in(type(client), user)

    answer = here.post(reverse("access:end_session", args=[there.session["open_session"]]))

    assert (answer.status_code, is_in(there)) == (404, True)


def test_session_whose_row_is_gone_ends_within_a_minute(client, user):
    """Also when it went on under a new id that the row did not know yet."""
    here = signed_in(type(client), user)
    OpenSession.objects.all().delete()
    session = here.session
    session["seen"] -= 61
    session.save()

    assert is_in(here) is False


def test_session_goes_from_the_list_when_it_ends(client, user):
    there, here = signed_in(type(client), user), signed_in(type(client), user)
    there.post(reverse("account_logout"))

    assert len(listed(here)) == 1


def test_session_that_nobody_used_for_half_an_hour_is_not_listed(client, user):
    there, here = signed_in(type(client), user), signed_in(type(client), user)
    OpenSession.objects.filter(pk=there.session["open_session"]).update(seen_at=timezone.now() - timedelta(minutes=30))

    assert len(listed(here)) == 1


def test_changing_the_password_ends_the_others_and_keeps_this_one(client, user):
    there, here = signed_in(type(client), user), signed_in(type(client), user)
    new = "een heel nieuw wachtwoord 7"

    here.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert (is_in(there), is_in(here)) == (False, True)
    assert here.session.session_key == OpenSession.objects.get(pk=here.session["open_session"]).session_key


@pytest.mark.parametrize("others", [1, 3])
def test_sessions_are_listed_at_the_same_count_of_queries(client, user, others):
    for _one in range(others):
        signed_in(type(client), user)
    here = signed_in(type(client), user)
    here.get(reverse("access:sessions"))

    with CaptureQueriesContext(connection) as queries:
        here.get(reverse("access:sessions"))

    assert sum("access_opensession" in query["sql"] for query in queries) == 1


# -------------------------------------------------------------------------------------------------- the log


def test_log_tells_who_came_in_who_tried_and_who_had_to_wait(client, user):
    for _try in range(6):
        client.post(reverse("account_login"), {"login": user.username, "password": "fout wachtwoord"})
    client.post(reverse("account_login"), {"login": "niemand", "password": "fout wachtwoord"})

    assert list(AccessEvent.objects.order_by("pk").values_list("kind", "user")) == [
        *[("refused", user.pk)] * 5,
        ("blocked", user.pk),
        ("refused", None),
    ]


def test_log_keeps_nothing_of_what_was_typed(client, user):
    client.post(reverse("account_login"), {"login": "wachtwoord-in-het-verkeerde-vak", "password": "x"})

    assert "wachtwoord-in" not in str(list(AccessEvent.objects.values()))


def test_log_of_ones_own_shows_nobody_else(client, user):
    record(EventKind.REFUSED, user=UserFactory(username="ander"))
    here = signed_in(type(client), user)

    lines = here.get(reverse("access:own_events")).context["lines"]

    assert [(line["event"].user, line["event"].kind) for line in lines] == [(user, "signed_in")]


def test_log_of_all_is_for_who_manages_users_and_about_whom_they_manage(client):
    mine, theirs = AdministrationFactory(), AdministrationFactory()
    manager, colleague, stranger = user_in(mine), user_in(mine, rights=()), user_in(theirs)
    for one in (colleague, stranger, None):
        record(EventKind.REFUSED, user=one)
    client.force_login(manager)

    lines = client.get(reverse("access:all_events"), {"kind": "refused"}).context["lines"]
    asked = client.get(reverse("access:all_events"), {"user": stranger.pk}).status_code
    client.force_login(colleague)

    assert ([line["event"].user for line in lines], asked) == ([colleague], 404)
    assert client.get(reverse("access:all_events")).status_code == 403


def test_log_tells_of_names_that_nobody_has_to_who_manages_everywhere(client, user):
    record(EventKind.REFUSED, user=None)
    client.force_login(user)

    lines = client.get(reverse("access:all_events"), {"kind": "refused"}).context["lines"]

    assert [line["event"].user for line in lines] == [None]


def test_log_is_read_in_pages_that_overlap_nowhere(client, user):
    for _line in range(60):
        record(EventKind.CONFIRMED, user=user)
    client.force_login(user)

    first = client.get(reverse("access:own_events")).context
    second = client.get(f"{reverse('access:own_events')}{first['older']}").context

    seen = [line["event"].pk for page in (first, second) for line in page["lines"]]
    assert seen == list(AccessEvent.objects.order_by("-at", "-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("lines", [1, 3])
def test_log_is_read_at_the_same_count_of_queries(client, user, lines):
    client.force_login(user)
    for _line in range(lines):
        record(EventKind.CONFIRMED, user=user, actor=UserFactory())
    client.get(reverse("access:all_events"))

    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("access:all_events"))

    assert sum('FROM "access_accessevent"' in query["sql"] for query in queries) == 1


def test_log_cannot_be_changed(user):
    event = record(EventKind.CONFIRMED, user=user)
    ways = (
        event.save,
        event.delete,
        AccessEvent.objects.all().delete,
        lambda: AccessEvent.objects.update(detail="anders"),
    )

    for way in ways:
        with pytest.raises(TypeError):
            way()


def test_log_lets_old_lines_go(user):
    record(EventKind.CONFIRMED, user=user)
    AccessEvent.objects.create(kind=EventKind.CONFIRMED, user=user, at=timezone.now() - timedelta(days=401))

    assert (forget_old_events(), AccessEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox, Windows"),
        (IPHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, macOS"),
        ("curl/8.5.0\r\nX-Kwaad: ja", "curl/8.5.0X-Kwaad: ja"),
        ("", ""),
    ],
)
def test_device_is_told_in_two_words(agent, device):
    assert device_of(agent) == device


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1", "this computer (127.0.0.1)"),
        ("10.1.2.3", "own network (10.1.2.3)"),
        ("8.8.8.8", "8.8.8.8"),
        (None, "unknown"),
    ],
)
def test_place_is_told_as_far_as_an_address_tells(address, place):
    with translation.override("en"):
        assert place_of(address) == place


def test_manager_without_the_right_does_not_see_the_log(client):
    client.force_login(user_in(AdministrationFactory(), rights=(Right.SETTINGS_MANAGE,)))

    assert client.get(reverse("access:all_events")).status_code == 403
