"""Delivering from the outbox to a vendor that takes 20 ms: design/performance.md 10 and 12.

The limit is the same calls from the same number of threads, without a database. The vendor is a plain HTTP server in
a process of its own, so that it answers as a machine elsewhere does, without waiting for our threads; the connector is
a stand-in for one, since Exact Online allows one call at a time. OUTBOX_VENDOR_MS=0 measures a vendor that takes no
time at all, where nothing hides what the database costs.
"""

import os
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.utils import timezone

from config.tooling.processes import end_with_parent
from crm.administrations.models import Administration
from crm.relations.models import Relation
from crm.relations.services import make_financial_roles
from integrations.hub import services
from integrations.hub.address_guard import AddressGuard
from integrations.hub.http import HttpClient
from integrations.hub.models import Connection, Delivery, ExternalLink, Run
from integrations.hub.protocol import Capabilities, PushResult
from integrations.hub.registry import catalogue

DELIVERIES = 500
THREADS = 8
ANSWER_SECONDS = float(os.environ.get("OUTBOX_VENDOR_MS", "20")) / 1000
RATIO = 1.05 if ANSWER_SECONDS else 2.7  # without any wait of the vendor: the hub's README says why
MEMORY_MB = 50


class Bench:
    """A connector that makes one call for a party."""

    capabilities = Capabilities(topics={"party": "out"}, idempotency="key", concurrency=THREADS)
    settings_fields = ()

    def __init__(self, values, credentials, http, clock):
        self.url, self.http = values["base_url"], http

    def check(self, payload):
        return []

    def find(self, payload):
        return None

    def push(self, payload, *, external_id, key):
        self.http.send("POST", self.url, json={"name": payload.name}, success=(201,), headers={"Idempotency-Key": key})
        return PushResult(payload.reference, "created", payload.number)


def start_vendor():
    """Host and port; the vendor ends with this process."""
    vendor = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.outbox_vendor", str(ANSWER_SECONDS)],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,
    )
    return f"127.0.0.1:{int(vendor.stdout.readline())}"


def prepare(size):
    module = types.ModuleType("integrations.finance.connectors.bench")
    module.Bench = Bench
    sys.modules[module.__name__] = module
    address = start_vendor()
    settings.CONNECTION_INSIDE_HOSTS = [address]
    administration = Administration.objects.order_by("pk").first()
    ids = list(
        Relation.objects.filter(administration=administration).order_by("pk").values_list("pk", flat=True)[:DELIVERIES]
    )
    make_financial_roles(ids, administration=administration, kind="debtor", valid_from=timezone.localdate())
    url = f"http://{address}/"
    connection = Connection.objects.create(
        administration=administration, channel="finance", connector="bench", title="Bench", settings={"base_url": url}
    )
    return {"connection": connection, "url": url, "ids": ids, "catalogue": catalogue()}


def reset(work):
    """Everything waits again, outside the clock."""
    Run.objects.all().delete()
    ExternalLink.objects.all().delete()
    Delivery.objects.all().delete()
    now = timezone.now()
    Delivery.objects.bulk_create(
        [
            Delivery(connection=work["connection"], topic="party", subject=pk, not_before=now, created_at=now)
            for pk in work["ids"]
        ]
    )


def ours(work):
    return services.deliver_due(work["connection"], on=timezone.localdate(), budget_seconds=300).delivered


def limit(work):
    client = HttpClient(allow_address=AddressGuard(allowed=settings.CONNECTION_INSIDE_HOSTS))
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(
            pool.map(
                lambda pk: client.send("POST", work["url"], json={"name": str(pk)}, success=(201,)).status, work["ids"]
            )
        )
    client.close()
    return answers.count(201)


def check(work, answer, best):
    assert answer == best == len(work["ids"]), (answer, best)
    assert ExternalLink.objects.count() == len(work["ids"])
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
