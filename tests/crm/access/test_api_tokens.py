"""Tokens of the API: how they are made, what they reach, and how they stop."""

import re
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.access.api_tokens.models import ApiToken, ApiTokenUse
from crm.access.api_tokens.services import digest_of, make_token, revoke_token
from crm.access.rights import Right
from crm.access.services import deactivate_user
from crm.core.api.routes import resources
from tests.factories.relations import AdministrationFactory, PersonFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def home():
    return AdministrationFactory(name="Oost")


@pytest.fixture
def noor(home):
    return user_in(home, language="en", username="noor")


def token_for(user, *administrations, scopes=("relations:write",), **values):
    today = timezone.localdate()
    defaults = {"name": "Website", "expires_on": today + timedelta(days=30), "on": today}
    return make_token(user, administrations=administrations, scopes=scopes, **{**defaults, **values})


def get(client, secret, path="/api/v1/relations/", **headers):
    return client.get(path, headers={"Authorization": f"Bearer {secret}", **headers})


def test_token_is_kept_as_a_hash_and_known_by_its_beginning(home, noor):
    token, secret = token_for(noor, home)

    stored = ApiToken.objects.values().get()
    assert secret not in str(stored)
    assert (stored["digest"], secret.startswith(stored["prefix"])) == (digest_of(secret), True)
    assert "digest" not in {f.name for f in token.history.model._meta.fields}


def test_token_acts_for_its_user_within_its_administrations(home):
    elsewhere = AdministrationFactory()
    user = user_in(home, elsewhere)
    mine, _other = PersonFactory(administration=home), PersonFactory(administration=elsewhere)
    _token, secret = token_for(user, home)

    rows = get(Client(), secret).json()["results"]

    assert [row["id"] for row in rows] == [mine.pk]
    made = Client().post(
        "/api/v1/relations/",
        {"administration": elsewhere.pk, "kind": "person", "family_name": "X"},
        "application/json",
        headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "1"},
    )
    assert made.status_code == 422


def test_token_of_a_superuser_reaches_no_further_than_it_says(home, client):
    elsewhere = AdministrationFactory()
    mine, theirs = PersonFactory(administration=home), PersonFactory(administration=elsewhere)
    _token, secret = token_for(UserFactory(is_superuser=True), home)

    assert get(client, secret, f"/api/v1/relations/{mine.pk}/").status_code == 200
    assert get(client, secret, f"/api/v1/relations/{theirs.pk}/").status_code == 404
    assert "birth_date" in get(client, secret, f"/api/v1/relations/{mine.pk}/").json()


def test_token_may_what_its_scopes_say(home, noor, client):
    _token, reads = token_for(noor, home, scopes=["relations:read"])
    headers = {"Authorization": f"Bearer {reads}", "Idempotency-Key": "1"}

    written = client.post("/api/v1/relations/", {}, "application/json", headers=headers)

    assert get(client, reads).status_code == 200
    assert get(client, reads, "/api/v1/addresses/").json()["code"] == "scope_missing"
    assert (written.status_code, written.json()["code"]) == (403, "scope_missing")


def test_rights_that_are_taken_away_are_gone_from_the_token_too(home, noor, client):
    PersonFactory(administration=home)
    user_in(home)  # somebody remains who manages users
    _token, secret = token_for(noor, home)
    noor.grants.get().delete()

    assert get(client, secret).json()["results"] == []


def test_token_that_does_not_hold_is_refused_with_the_same_words(home, noor, client):
    today = timezone.localdate()
    revoked, over, of_gone, from_there = (token_for(noor, home) for _ in range(4))
    revoke_token(revoked[0])
    over[0].expires_on = today
    over[0].save()
    from_there[0].networks = "203.0.113.0/24 2001:db8::/32"
    from_there[0].save()
    bram = user_in(home)
    of_gone = token_for(bram, home)
    deactivate_user(bram)

    answers = [
        get(client, secret) for secret in (revoked[1], over[1], of_gone[1], from_there[1], "schakel_x", "x", "")
    ]

    assert {(answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) for answer in answers} == {
        (401, "invalid_token", 'Bearer realm="Schakel"')
    }
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_token_is_used_from_its_networks(home, noor, client):
    _token, secret = token_for(noor, home, networks="127.0.0.0/8")

    assert get(client, secret).status_code == 200


def test_nobody_comes_in_without_either_and_nobody_with_both(home, noor, client):
    _token, secret = token_for(noor, home)

    stranger = client.get("/api/v1/relations/")
    client.force_login(noor)
    both = get(client, secret)

    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_signed_in")
    assert stranger["WWW-Authenticate"] == 'Bearer realm="Schakel"'
    assert (both.status_code, both.json()["code"]) == (400, "two_credentials")


def test_session_needs_the_token_of_forms_to_change_something(home, noor):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(noor)
    body = {"administration": home.pk, "kind": "person", "family_name": "Brink"}

    refused = strict.post("/api/v1/relations/", body, "application/json", headers={"Idempotency-Key": "1"})
    by_token = Client(enforce_csrf_checks=True).post(
        "/api/v1/relations/",
        body,
        "application/json",
        headers={"Idempotency-Key": "1", "Authorization": f"Bearer {token_for(noor, home)[1]}"},
    )

    assert (refused.status_code, by_token.status_code) == (403, 201)


def test_last_use_is_noted_once_a_minute(home, noor, client):
    token, secret = token_for(noor, home)
    get(client, secret)
    first = ApiTokenUse.objects.get()
    get(client, secret)
    assert ApiTokenUse.objects.get().at == first.at

    ApiTokenUse.objects.filter(pk=token.pk).update(at=first.at - timedelta(seconds=61))
    get(client, secret)

    assert ApiTokenUse.objects.get().at > first.at - timedelta(seconds=61)
    assert ApiTokenUse.objects.get().address == "127.0.0.1"


def test_requests_are_counted_per_token_and_told(home, noor, client, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    _token, secret = token_for(noor, home)
    _other, other = token_for(noor, home)

    first, _second, third = (get(client, secret) for _ in range(3))

    if third.status_code == 200:  # a minute began in between
        first, _second, third = (get(client, secret) for _ in range(3))
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert (third.status_code, third.json()["code"], third["RateLimit-Remaining"]) == (429, "too_many_requests", "0")
    assert 1 <= int(third["Retry-After"]) <= 60
    assert get(client, other).status_code == 200


def test_language_is_the_users_unless_the_program_asks_another(home, noor, client):
    _token, secret = token_for(noor, home)

    asked = ({}, {"Accept-Language": "nl"}, {"Accept-Language": "en"})
    languages = [get(client, secret, **more)["Content-Language"] for more in asked]

    assert languages == ["en", "nl", "en"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"expires_on": TODAY}, "expires_on"),
        ({"expires_on": TODAY + timedelta(days=367)}, "expires_on"),
        ({"networks": "thuis"}, "networks"),
    ],
)
def test_token_that_makes_no_sense_is_refused(home, noor, values, field):
    wanted = {"name": "x", "scopes": ["relations:read"], "expires_on": TODAY + timedelta(days=1)} | values

    with pytest.raises(ValidationError) as refusal:
        make_token(noor, administrations=[home], on=TODAY, **wanted)

    assert list(refusal.value.error_dict) == [field]


def test_token_reaches_only_where_one_may_connect_systems(home):
    reader = user_in(home, rights=(Right.RELATIONS_CHANGE,))

    with pytest.raises(ValidationError):
        token_for(reader, home)


def test_screen_makes_a_token_shows_it_once_and_takes_it_back(home, noor, client):
    client.force_login(noor)
    day = timezone.localdate() + timedelta(days=10)
    form = {
        "name": "Website",
        "administrations": [home.pk],
        "expires_on": f"{day:%d-%m-%Y}",
        **{f"scope_{one.key}": "nothing" for one in resources()},
        "scope_relations": "read",
        "scope_addresses": "write",
    }

    shown = client.post(reverse("users:make-api-token"), form)

    token = ApiToken.objects.get()
    secret = re.search(r"schakel_[\w-]{43}", shown.text)[0]
    assert (token.scopes, token.digest) == (["addresses:write", "relations:read"], digest_of(secret))
    page = client.get(reverse("users:api-tokens"))
    assert (secret in page.text, token.prefix in page.text) == (False, True)
    client.post(reverse("users:revoke-api-token", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_screen_is_for_who_connects_systems(home, client):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,)))

    pages = [client.get(reverse(name)).status_code for name in ("users:api-tokens", "users:make-api-token")]

    assert pages == [404, 404]
