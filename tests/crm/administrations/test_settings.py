"""Administrations, the mode and how long logs are kept, in the settings."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from crm.access.rights import Right
from crm.administrations import retention
from crm.administrations.models import Administration, Installation, LogRetention, Mode
from crm.administrations.services import UnableToChangeMode, archive_administration, change_mode, keep_logs
from crm.relations.models import RelationUse
from tests.factories.relations import AdministrationFactory, PersonFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return AdministrationFactory(name="Oost")


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def root(client):
    user = UserFactory(is_superuser=True, language="en")
    client.force_login(user)
    return user


def test_administration_is_changed_where_one_manages_its_settings_and_nowhere_else(home, noor, client):
    there = AdministrationFactory(name="Geheim")
    form = {"name": "Oost en Veluwe", "email": "kantoor@oost.example", "version": home.version}

    client.post(reverse("administrations:change", args=[home.pk]), form)
    strange = client.post(reverse("administrations:change", args=[there.pk]), form)

    home.refresh_from_db()
    assert (home.name, home.email, strange.status_code) == ("Oost en Veluwe", "kantoor@oost.example", 404)
    assert "Geheim" not in client.get(reverse("administrations:list")).text


def test_administration_that_changed_meanwhile_is_not_overwritten(home, noor, client):
    answer = client.post(
        reverse("administrations:change", args=[home.pk]), {"name": "Anders", "version": home.version + 1}
    )

    assert (answer.status_code, Administration.objects.get(pk=home.pk).name) == (422, "Oost")


def test_administration_is_added_by_a_superuser_only(noor, client):
    assert client.post(reverse("administrations:add"), {"name": "Nieuw"}).status_code == 404

    client.force_login(UserFactory(is_superuser=True))
    assert client.get(reverse("administrations:add")).status_code == 200
    client.post(reverse("administrations:add"), {"name": "Nieuw"})

    assert Administration.objects.filter(name="Nieuw").exists()


def test_administration_goes_to_the_archive_and_back(home, noor, client):
    client.post(reverse("administrations:archive", args=[home.pk]), {"on": "31-12-2026"})
    archived = Administration.objects.get(pk=home.pk).archived_on
    client.post(reverse("administrations:archive", args=[home.pk]), {"back": "1"})

    assert (archived, Administration.objects.get(pk=home.pk).archived_on) == (date(2026, 12, 31), None)


@pytest.mark.usefixtures("in_english")
def test_umbrella_does_not_go_to_the_archive(home):
    Installation.objects.create(pk=1, mode=Mode.MULTIPLE, umbrella=home)

    with pytest.raises(ValidationError, match="umbrella"):
        archive_administration(home, on=date(2026, 12, 31))


# -------------------------------------------------------------------------------------------------- mode


def test_mode_tells_first_what_it_would_do_and_changes_nothing(home, root, client):
    PersonFactory(administration=AdministrationFactory())

    page = client.get(reverse("administrations:mode"), {"mode": "multiple", "umbrella": home.pk})

    assert [told.refused for told in page.context["told"]] == [False, False, False]
    assert "1 relation lives in another administration" in page.text
    assert Installation.current().mode == Mode.SINGLE


def test_mode_changes_at_the_last_button(home, root, client):
    client.post(reverse("administrations:mode"), {"mode": "multiple", "umbrella": home.pk})

    assert (Installation.current().mode, Installation.current().umbrella) == (Mode.MULTIPLE, home)


def test_mode_single_is_refused_in_words_while_relations_are_shared(home, root, client):
    Installation.objects.create(pk=1, mode=Mode.MULTIPLE, umbrella=home)
    RelationUse.objects.create(relation=PersonFactory(administration=home), administration=AdministrationFactory())

    page = client.get(reverse("administrations:mode"), {"mode": "single"})
    client.post(reverse("administrations:mode"), {"mode": "single"})

    assert (page.context["possible"], "Stop that use first" in page.text) == (False, True)
    assert Installation.current().mode == Mode.MULTIPLE
    with pytest.raises(UnableToChangeMode):
        change_mode(mode=Mode.SINGLE, umbrella=None)


def test_mode_multiple_asks_for_an_umbrella(root, client):
    answer = client.post(reverse("administrations:mode"), {"mode": "multiple"})

    assert (answer.status_code, Installation.current().mode) == (422, Mode.SINGLE)


def test_mode_is_shown_to_who_sets_everywhere_and_changed_by_a_superuser_only(home, noor, client):
    assert client.get(reverse("administrations:mode")).status_code == 200
    assert client.post(reverse("administrations:mode"), {"mode": "multiple", "umbrella": home.pk}).status_code == 404

    AdministrationFactory()
    assert client.get(reverse("administrations:mode")).status_code == 404


# ------------------------------------------------------------------------------------------- retention


@pytest.fixture
def log():
    made = retention.keep_log("test", "Test", "Lines of a test.", lambda: 90, least_days=30)
    yield made
    del retention._logs["test"]


def test_log_is_kept_as_its_maker_says_until_somebody_chooses(log):
    before = retention.days_kept("test")
    keep_logs({"test": 45})

    assert (before, retention.days_kept("test"), retention.days_by_log()["test"]) == (90, 45, 45)
    keep_logs({"test": 90})
    assert retention.days_kept("test") == 90


def test_default_that_nobody_changed_is_not_stored(log):
    keep_logs({"test": 90})

    assert LogRetention.objects.count() == 0


@pytest.mark.parametrize("days", [29, 3651])
def test_log_is_kept_neither_too_short_nor_too_long(log, days):
    with pytest.raises(ValidationError):
        keep_logs({"test": days})


def test_days_are_set_on_the_page_by_who_sets_everywhere(home, noor, client, log):
    days = retention.days_by_log()
    address = reverse("administrations:logs")

    refused = client.post(address, days | {"test": 3})
    client.post(address, days | {"test": 60})

    assert (refused.status_code, retention.days_kept("test")) == (422, 60)
    AdministrationFactory()
    assert client.get(address).status_code == 404


def test_pages_are_not_there_for_who_manages_no_settings(home, client):
    client.force_login(user_in(home, rights=(Right.USERS_MANAGE,)))

    names = ("administrations:list", "administrations:mode", "administrations:logs", "relationship-types:list")
    assert [client.get(reverse(name)).status_code for name in names] == [404] * 4
