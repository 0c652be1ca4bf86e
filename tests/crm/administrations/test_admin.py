"""The pages of administrations and of the installation."""

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.administrations.models import Administration, Installation
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


def change(client, administration, **values):
    address = reverse("admin:administrations_administration_change", args=[administration.pk])
    shown = {"name": administration.name, "legal_name": "", "email": "", "shown_version": administration.version}
    return client.post(address, shown | values)


def test_settings_are_changed_with_the_right_in_that_administration(client):
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    user = user_in(here)
    user.grants.create(administration=elsewhere, role=user_in(elsewhere, rights=()).grants.get().role)
    client.force_login(user)
    answers = [change(client, one, legal_name="Vereniging").status_code for one in (here, elsewhere)]
    assert (answers, list(Administration.objects.order_by("pk").values_list("legal_name", flat=True))) == (
        [302, 403],
        ["Vereniging", ""],
    )


def test_a_change_over_a_newer_version_is_refused(client):
    here = AdministrationFactory()
    client.force_login(user_in(here))
    stale = Administration.objects.get(pk=here.pk)
    here.email = "info@vereniging.example"
    here.save()
    answer = change(client, stale, legal_name="Vereniging")
    assert (answer.status_code, Administration.objects.get(pk=here.pk).legal_name) == (200, "")
    assert "info@vereniging.example" in answer.content.decode()


def test_administrations_are_added_by_a_superuser_only(client):
    client.force_login(user_in(AdministrationFactory()))
    assert client.get(reverse("admin:administrations_administration_add")).status_code == 403
    client.force_login(user_in(is_superuser=True))
    answer = client.post(reverse("admin:administrations_administration_add"), {"name": "Vereniging Oost"})
    assert (answer.status_code, Administration.objects.filter(name="Vereniging Oost").count()) == (302, 1)


def test_the_mode_is_a_superusers(client):
    here = AdministrationFactory()
    Installation.objects.create(pk=1)
    address = reverse("admin:administrations_installation_change", args=[1])
    wanted = {"mode": "multiple", "umbrella": here.pk, "shown_version": 1}
    client.force_login(user_in(here, rights=tuple(Right.values)))
    assert (client.get(address).status_code, client.post(address, wanted).status_code) == (200, 403)
    client.force_login(user_in(is_superuser=True))
    assert client.post(address, wanted).status_code == 302
    assert Installation.current().umbrella == here


def test_the_mode_multiple_without_an_umbrella_is_refused(client):
    Installation.objects.create(pk=1)
    client.force_login(user_in(is_superuser=True))
    address = reverse("admin:administrations_installation_change", args=[1])
    answer = client.post(address, {"mode": "multiple", "umbrella": "", "shown_version": 1})
    assert (answer.status_code, Installation.current().mode) == (200, "single")
