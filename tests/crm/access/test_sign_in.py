"""Signing in: by name or address, limited, the same for who exists and who does not; and how a session ends."""

import time

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.access.backends import OneCheckBackend
from crm.access.middleware import BEGAN, SEEN
from tests.factories.relations import AdministrationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

PASSWORD = "lang wachtwoord 123"
LOGIN = "account_login"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


def sign_in(client, login, password=PASSWORD, **extra):
    return client.post(reverse(LOGIN), {"login": login, "password": password}, **extra)


@pytest.mark.parametrize("way", ["username", "email", "EMAIL"])
def test_sign_in_works_by_name_and_by_address(client, way):
    user = UserFactory()
    login = {"username": user.username, "email": user.email, "EMAIL": user.email.upper()}[way]
    assert sign_in(client, login).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_sign_in_gives_a_new_session_id(client):
    user = UserFactory()
    client.get(reverse(LOGIN))
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    sign_in(client, user.username)
    assert client.session.session_key != before


def test_unknown_user_and_wrong_password_get_the_same_answer(client):
    user = UserFactory()
    answers = [sign_in(client, login, "verkeerd woord 99") for login in (user.email, "niemand@kantoor.example")]
    said = [list(answer.context["form"].non_field_errors()) for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert said[0] == said[1]


@pytest.mark.parametrize("login", ["name", "address", "unknown name", "unknown@kantoor.example"])
def test_every_try_costs_one_hash(login, rf, monkeypatch):
    user = UserFactory()
    login = {"name": user.username, "address": user.email}.get(login, login)
    spent = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self, password, salt):
        spent.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    OneCheckBackend().authenticate(rf.post("/"), username=login, email=login, password="verkeerd woord 99")
    assert spent == ["verkeerd woord 99"]


def test_wrong_tries_by_name_and_by_address_count_for_one_account(client):
    user = UserFactory()
    for login in (user.username, user.email) * 3:
        sign_in(client, login, "verkeerd woord 99")
    refused = sign_in(client, user.username)
    assert (refused.status_code, "_auth_user_id" in client.session) == (200, False)


def test_an_unknown_name_is_limited_just_so(client):
    for _ in range(5):
        last = sign_in(client, "niemand", "verkeerd woord 99")
    refused = sign_in(client, "niemand", "verkeerd woord 99")
    said = [list(answer.context["form"].non_field_errors()) for answer in (last, refused)]
    assert said[0] != said[1]


def test_there_is_no_sign_up(client):
    answer = client.post(
        reverse("account_signup"),
        {"email": "nieuw@example.nl", "username": "nieuw", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert answer.status_code == 200
    assert not type(UserFactory()).objects.filter(email="nieuw@example.nl").exists()


def test_admin_sign_in_is_the_products(client):
    answer = client.get(reverse("admin:login"), {"next": "/admin/"})
    assert answer["Location"] == f"{reverse(LOGIN)}?next=%2Fadmin%2F"


@pytest.mark.parametrize(("mark", "seconds"), [(SEEN, 30 * 60), (BEGAN, 12 * 60 * 60)])
def test_session_ends_when_idle_or_old(client, mark, seconds):
    client.force_login(user_in(AdministrationFactory()))
    client.get(reverse("admin:index"))
    session = client.session
    session[mark] = int(time.time()) - seconds + 60
    session.save()
    assert client.get(reverse("admin:index")).status_code == 200
    session = client.session
    session[mark] = int(time.time()) - seconds
    session.save()
    assert client.get(reverse("admin:index")).status_code == 302
    assert "_auth_user_id" not in client.session


def test_session_is_not_written_twice_a_minute(client):
    client.force_login(user_in(AdministrationFactory()))
    client.get(reverse("admin:index"))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:index"))
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []


def test_part_of_a_page_is_told_that_nobody_is_signed_in(client):
    answers = [client.get(reverse("admin:index"), headers=h).status_code for h in ({}, {"HX-Request": "true"})]
    assert answers == [302, 401]


def test_page_is_in_the_language_of_the_user(client):
    client.force_login(user_in(AdministrationFactory(), language="en"))
    assert client.get(reverse("admin:index"), headers={"Accept-Language": "nl"})["Content-Language"] == "en"
