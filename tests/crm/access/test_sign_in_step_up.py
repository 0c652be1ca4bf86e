"""Confirming once more who one is, before something dangerous."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse

from crm.access.models import AccessEvent, Grant
from crm.access.sealing import seal
from tests.crm.access.authenticator_app import SECRET, code
from tests.factories.relations import AdministrationFactory, RoleFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

PASSWORD = "lang wachtwoord 123"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


@pytest.fixture
def user(client):
    """Somebody who manages users, and signed in a quarter of an hour ago."""
    user = user_in(AdministrationFactory())
    client.force_login(user)
    client.get("/accounts/sessions/")
    session = client.session
    session["began"] = session["confirmed"] = int(time.time()) - 15 * 60
    session.save()
    return user


def colleague_of(user):
    return user_in(user.grants.get().administration, rights=())


def roles_given_to(user):
    return Grant.objects.filter(user=user).count()


def giving(user):
    role, administration = RoleFactory(name="Balie"), user.grants.get().administration
    return reverse("users:give", args=[colleague_of(user).pk]), {"administration": administration.pk, "role": role.pk}


DANGEROUS = [
    lambda user: reverse("users:invite"),
    lambda user: reverse("users:change", args=[colleague_of(user).pk]),
    lambda user: reverse("users:new-role"),
    lambda user: reverse("admin:access_user_add"),
    lambda user: reverse("admin:access_grant_change", args=[colleague_of(user).grants.get().pk]),
    lambda user: reverse("admin:access_role_change", args=[user.grants.get().role_id]),
    lambda user: reverse("hub:add", args=["finance", "exact_online"]),
    lambda user: reverse("access:rules"),
    lambda user: reverse("access:add_provider"),
    lambda user: reverse("mfa_activate_totp"),
    lambda user: reverse("mfa_add_webauthn"),
    lambda user: reverse("account_change_password"),
]


@pytest.mark.parametrize("dangerous", DANGEROUS)
def test_form_of_something_dangerous_asks_first_who_one_is(client, user, dangerous):
    address = dangerous(user)

    asked = client.get(address)
    client.post(asked["Location"], {"confirm-password": PASSWORD})

    assert asked["Location"].startswith(reverse("access:confirm"))
    assert client.get(address).status_code == 200


def test_confirming_leads_on_under_a_new_session_id_and_is_noted(client, user):
    before = client.session.session_key
    address = f"{reverse('access:confirm')}?next=/relations/?q=brink"

    answer = client.post(address, {"confirm-password": PASSWORD, "next": "/relations/?q=brink"})

    assert (answer.status_code, answer["Location"]) == (302, "/relations/?q=brink")
    assert client.session.session_key != before
    assert client.session["_auth_user_id"] == str(user.pk)
    assert list(AccessEvent.objects.filter(kind="confirmed").values_list("user", "detail")) == [(user.pk, "password")]


@pytest.mark.parametrize("onward", ["https://kwaad.example/", "//kwaad.example/", "javascript:alert(1)"])
def test_confirming_leads_nowhere_else(client, user, onward):
    answer = client.post(reverse("access:confirm"), {"confirm-password": PASSWORD, "next": onward})

    assert answer["Location"] == "/"


def test_what_was_posted_too_late_is_asked_about_carried_and_done(client, user):
    address, values = giving(user)
    before = Grant.objects.count()

    asked = client.post(address, values)
    between = Grant.objects.count()
    carried = dict(asked.context["carried"])
    client.post(address, carried | {"confirm-password": PASSWORD})

    assert (asked.status_code, carried) == (403, {name: str(value) for name, value in values.items()})
    assert (between - before, Grant.objects.count() - before) == (0, 1)


def test_wrong_password_does_not_do_it_and_keeps_what_was_posted(client, user):
    address, values = giving(user)
    before = Grant.objects.count()

    answer = client.post(address, values | {"confirm-password": "een ander wachtwoord"})

    assert (answer.status_code, Grant.objects.count() - before) == (403, 0)
    assert dict(answer.context["carried"]) == {name: str(value) for name, value in values.items()}
    assert list(AccessEvent.objects.filter(kind="confirm_refused").values_list("detail")) == [("password",)]


def test_passwords_are_not_guessed_here_either(client, user):
    for _try in range(5):
        client.post(reverse("access:confirm"), {"confirm-password": "een ander wachtwoord"})

    assert client.post(reverse("access:confirm"), {"confirm-password": PASSWORD}).status_code == 422


def test_guessing_at_the_door_does_not_keep_somebody_from_confirming(client, user):
    door = type(client)()
    for _try in range(6):
        door.post(reverse("account_login"), {"login": user.username, "password": "een ander wachtwoord"})

    assert client.post(reverse("access:confirm"), {"confirm-password": PASSWORD}).status_code == 302


def test_code_of_the_app_confirms_once(client, user):
    Authenticator.objects.create(user=user, type="totp", data={"secret": seal(SECRET)})
    typed = code()

    answers = [client.post(reverse("access:confirm"), {"confirm-code": typed}).status_code for _time in range(2)]

    assert answers == [302, 422]


def test_code_of_somebody_else_does_not_confirm(client, user):
    Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": seal(SECRET)})

    assert client.post(reverse("access:confirm"), {"confirm-code": code()}).status_code == 422


@pytest.mark.parametrize(("minutes", "opens", "saves"), [(4, True, True), (6, False, True), (11, False, False)])
def test_confirming_lasts_longer_for_saving_than_for_opening(client, user, minutes, opens, saves):
    session = client.session
    session["began"] = session["confirmed"] = int(time.time()) - minutes * 60
    session.save()
    address, values = giving(user)
    before = Grant.objects.count()

    opened = client.get(reverse("users:invite")).status_code == 200
    client.post(address, values)

    assert (opened, Grant.objects.count() - before == 1) == (opens, saves)


def test_piece_of_a_page_leads_the_whole_page_to_the_question(client, user):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/settings/users/?q=a"}

    answer = client.get(reverse("users:invite"), headers=headers)

    assert answer["HX-Redirect"] == f"{reverse('access:confirm')}?next=%2Fsettings%2Fusers%2F%3Fq%3Da"


def test_who_comes_in_through_the_office_alone_signs_in_there_again(client, user, office, known_office):
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    session = client.session
    session["began"] = session["confirmed"] = int(time.time()) - 15 * 60
    session.save()

    page = client.get(client.get(reverse("users:invite"))["Location"]).content.decode()
    away = client.get(reverse("openid_connect_login", args=["kantoor"]), {"again": "1"})["Location"]

    assert f"{reverse('openid_connect_login', args=['kantoor'])}?again=1" in page
    assert ("confirm-password" in page, "prompt=login" in away, "max_age=0" in away) == (False, True, True)
