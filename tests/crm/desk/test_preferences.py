"""What somebody prefers is theirs alone, and goes with them."""

import pytest
from django.urls import reverse

from crm.desk.models import Preferences
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor(client):
    user = user_in(AdministrationFactory(), language="nl")
    client.force_login(user)
    return user


def test_preferences_are_kept_as_one_change_and_shown_at_once(noor, client):
    form = {"language": "en", "theme": "dark", "start_page": "relations"}

    answer = client.post(reverse("desk:preferences"), form)

    noor.refresh_from_db()
    kept = Preferences.objects.get(user=noor)
    assert (noor.language, noor.shortcuts, kept.theme, kept.start_page) == ("en", False, "dark", "relations")
    assert (answer.cookies["theme"].value, answer.cookies["keys"].value) == ("dark", "off")
    assert kept.history.get().change_set_id == noor.history.latest().change_set_id


def test_who_signs_in_begins_where_they_chose(noor, client):
    assert client.get(reverse("desk:start")).url == reverse("desk:today")

    client.post(reverse("desk:preferences"), {"language": "nl", "theme": "light", "start_page": "attention"})
    begun = client.get(reverse("desk:start"))

    assert (begun.url, begun.cookies["theme"].value) == (reverse("attention:list"), "light")


def test_what_is_no_choice_is_refused_and_nothing_is_kept(noor, client):
    answer = client.post(reverse("desk:preferences"), {"language": "xx", "start_page": "nowhere"})

    assert (answer.status_code, Preferences.objects.count()) == (422, 0)
    assert answer.text.count("said refused") == 3
