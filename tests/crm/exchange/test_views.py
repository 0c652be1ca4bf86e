import pytest
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.exchange.models import Backup
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


def test_backups_show_what_was_made_and_checked(client):
    client.force_login(user_in(AdministrationFactory()))
    Backup.objects.create(act="create", ok=True, ended_at=timezone.now(), rows=1234, files=2, size=5_000_000)
    Backup.objects.create(act="verify", ok=False, ended_at=timezone.now(), message="beschadigd")

    page = client.get(reverse("exchange:backups"))

    assert page.status_code == 200
    assert "1.234" in page.content.decode()
    assert "beschadigd" in page.content.decode()


def test_backups_are_only_for_who_sets_things_everywhere(client):
    mine, _other = AdministrationFactory(), AdministrationFactory()
    client.force_login(user_in(mine, rights=[Right.SETTINGS_MANAGE]))

    answers = [client.get(reverse("exchange:backups")), client.post(reverse("exchange:make-backup"))]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_without_a_key_no_backup_is_begun(client, settings):
    settings.BACKUP_KEYS = []
    client.force_login(user_in(AdministrationFactory()))

    answer = client.post(reverse("exchange:make-backup"), follow=True)

    assert (answer.status_code, Backup.objects.count()) == (200, 0)
