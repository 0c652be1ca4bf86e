"""The language of the pages: kept with the user, or in a cookie before there is one."""

import pytest
from django.urls import reverse

from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


def choose(client, language, then="/relations/"):
    return client.post(reverse("set_language"), {"language": language, "next": then})


def test_language_that_somebody_chooses_is_kept_with_them(client):
    user = user_in(AdministrationFactory())
    client.force_login(user)

    answer = choose(client, "en")

    user.refresh_from_db()
    assert (answer.status_code, answer.url, user.language) == (302, "/relations/", "en")
    act = user.history.first().change_set
    assert (act.actor_id, act.action) == (user.pk, "access.language")
    assert client.get("/")["Content-Language"] == "en"


def test_language_before_signing_in_is_that_of_the_browser(client):
    choose(client, "en")

    assert client.get(reverse("account_login"))["Content-Language"] == "en"


def test_language_leads_to_our_own_pages_only(client):
    assert choose(client, "en", then="https://elsewhere.example/").url == "/"


@pytest.mark.parametrize("language", ["fr", "", "../nl"])
def test_language_that_we_do_not_have_is_refused(client, language):
    user = user_in(AdministrationFactory())
    client.force_login(user)

    answer = choose(client, language)

    user.refresh_from_db()
    assert (answer.status_code, user.language) == (400, "nl")
