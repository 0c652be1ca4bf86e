"""The health page: figures for monitoring, open to it, without data of people."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.urls import reverse
from django.utils import timezone

from crm.core import health

pytestmark = pytest.mark.django_db
# the checks of core; slices and couplings have their own
CORE = ["database", "disk", "errors", "jobs", "migrations", "worker"]


@pytest.fixture(autouse=True)
def _local_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def test_health_is_well_when_the_worker_beats(client):
    health.beat()

    response = client.get(reverse("core:health"))

    report = response.json()
    assert [report["checks"][name]["ok"] for name in CORE] == [True] * len(CORE)
    assert report["ok"] == all(check["ok"] for check in report["checks"].values())
    assert response.status_code == (200 if report["ok"] else 503)
    assert report["checks"]["migrations"] == {"ok": True, "waiting": 0}


@pytest.mark.parametrize("silent", [None, health.WORKER_SILENT_SECONDS + 60])
def test_health_says_when_no_worker_beats(client, silent):
    if silent:
        health.Heartbeat.objects.create(name=health.WORKER, at=timezone.now() - timedelta(seconds=silent))

    response = client.get(reverse("core:health"))

    assert response.status_code == 503
    assert [name for name in CORE if not response.json()["checks"][name]["ok"]] == ["worker"]


def test_health_check_that_breaks_is_not_ok_and_says_nothing_of_why(client):
    @health.register("planted")
    def planted():
        raise RuntimeError("password=geheim")

    response = client.get(reverse("core:health"))
    del health._checks["planted"]

    assert response.json()["checks"]["planted"] == {"ok": False}
    assert b"geheim" not in response.content


def test_health_counts_pages_that_failed(client):
    got_request_exception.send(sender=None)
    got_request_exception.send(sender=None)

    assert client.get(reverse("core:health")).json()["checks"]["errors"] == {"ok": True, "server_errors_24h": 2}
