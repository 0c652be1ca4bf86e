"""`kill -9` of who writes and of the worker, at random moments: nothing lost, nothing doubled at the vendor.

The number of deliveries comes from KILL_DRILL_DELIVERIES (60 in every run; 2,000 before a release).
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from crm.relations.models import Organisation
from crm.relations.services import make_financial_roles
from integrations.hub.models import ConnectionStatus, Delivery, ExternalLink
from tests.integrations.hub.conftest import DAY

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DELIVERIES = int(os.environ.get("KILL_DRILL_DELIVERIES", "60"))
ROOT = Path(__file__).resolve().parents[3]
SEED = 20261125


def start(part, *arguments, inside):
    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        address = f"sqlite:///{database['NAME']}"
    else:
        user = f"{database['USER']}:{database['PASSWORD']}@" if database["PASSWORD"] else f"{database['USER']}@"
        # a host that is a folder holds the server's socket
        socket = database["HOST"].startswith("/")
        host = f"/{database['HOST']}" if socket else f"{database['HOST']}:{database['PORT']}"
        address = f"postgres://{user}{host}/{database['NAME']}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integrations.hub.kill_drill_parts", part, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": address,
            "CONNECTION_INSIDE_HOSTS": inside,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "LOG_LEVEL": "WARNING",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process):
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def leases_run_out():
    """What waiting for a minute would do."""
    now = timezone.now()
    ConnectionStatus.objects.update(lane_until=None, breaker_until=None, rest_until=None)
    Delivery.objects.filter(in_flight=True).update(lease_until=now)
    Delivery.objects.filter(waiting=True).update(not_before=now)


def everything_settled():
    return not Delivery.objects.filter(waiting=True).exists() and not Delivery.objects.filter(in_flight=True).exists()


def test_killing_writer_and_worker_loses_and_doubles_nothing(coupling):
    chance = random.Random(SEED)
    for number in range(DELIVERIES):
        Organisation.objects.create(administration=coupling.administration, legal_name=f"Zaal {number}")
    ids = list(Organisation.objects.order_by("pk").values_list("pk", flat=True))
    make_financial_roles(ids, administration=coupling.administration, kind="debtor", valid_from=DAY)
    inside = coupling.simulator.url.removeprefix("http://")

    kills, written, writer, worker = 0, 0, None, None
    deadline = time.monotonic() + 300 + DELIVERIES
    try:
        while time.monotonic() < deadline:
            worker = worker or start("work", inside=inside)
            if writer is None and written < DELIVERIES:
                writer = start("write", written, DELIVERIES, inside=inside)
            time.sleep(chance.uniform(0.1, 2.5))
            if writer is not None and (writer.poll() is not None or chance.random() < 0.5):
                kills += writer.poll() is None
                kill(writer)
                lines = writer.stdout.read().split()
                written = int(lines[-1]) + 1 if lines else written
                writer = None
            if written >= DELIVERIES and everything_settled():
                break
            if chance.random() < 0.7:
                kills += worker.poll() is None
                kill(worker)
                worker = None
                leases_run_out()
    finally:
        for process in (writer, worker):
            if process is not None:
                kill(process)

    records = coupling.records()
    assert kills >= 2
    names = sorted(name for _number, name in coupling.accounts())
    assert names == sorted(f"Zaal {number} gewijzigd" for number in range(DELIVERIES))
    assert records["doubles"] == {"codes": [], "search_codes": [], "bank_accounts": []}
    assert ExternalLink.objects.count() == DELIVERIES
    assert everything_settled()
