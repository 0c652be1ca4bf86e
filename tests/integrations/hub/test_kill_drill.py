"""`kill -9` of the web server and of the worker, at random moments: nothing lost, nothing doubled at the vendor.

Three people at the office change card after card over HTTP, and save again when no answer came. The number of
deliveries comes from KILL_DRILL_DELIVERIES: 60 in every run, 2,000 with `make kill-drill`.
"""

import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from config.tooling.processes import end_with_parent
from crm.core import bulk
from crm.relations.models import BankAccount, Organisation, Relation
from crm.relations.services import make_financial_roles
from integrations.hub.models import Connection, ConnectionStatus, Delivery, ExternalLink
from tests.factories.relations import user_in
from tests.integrations.hub.conftest import DAY

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

DELIVERIES = int(os.environ.get("KILL_DRILL_DELIVERIES", "60"))
# after it came to work, which takes seconds by itself; a small drill is over in a few seconds
KILL_AFTER_SECONDS = (0.1, 8.0) if DELIVERIES >= 500 else (0.05, 0.6)
LONGER_EACH_TIME = 1.0 if DELIVERIES >= 500 else 1.25
IBAN_OF_EVERY = 10
PEOPLE = 3
NO_LIMIT = 1_000_000
ROOT = Path(__file__).resolve().parents[3]
SEED = 20261125


class Part:
    """One program that is killed, with all its children, at random moments, and started again.

    `begun(process)`: whether it came to work.
    """

    def __init__(self, command, environment, chance, begun):
        self.command, self.environment, self.chance, self.begun = command, environment, chance, begun
        self.kills = -1
        self.start()

    def start(self):
        self.kills += 1
        stdout = subprocess.PIPE if self.begun is says_something else subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        self.dies_at = None

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def killed_when_it_is_time(self):
        """True when it was killed (or went by itself). Start it again."""
        if self.dies_at is None and self.begun(self.process):
            # lives grow longer: on a busy machine nothing would ever be finished in half a second
            soonest, latest = KILL_AFTER_SECONDS
            self.dies_at = time.monotonic() + self.chance.uniform(soonest, latest * LONGER_EACH_TIME**self.kills)
        if self.dies_at is None or time.monotonic() < self.dies_at:
            return False
        self.kill()
        return True


class Office(threading.Thread):
    """Gives every relation a web site, as a person does in a browser; after no answer they look, and save again."""

    def __init__(self, address, cookies, relations):
        super().__init__(daemon=True)
        self.address, self.cookies, self.relations = address, cookies, relations
        self.stopped = threading.Event()
        self.heard = threading.Event()  # since the server was started last
        self.saved, self.refusals, self.error = 0, [], None

    def run(self):
        try:
            with httpx.Client(base_url=self.address, cookies=self.cookies, timeout=20) as browser:
                for number, version in self.relations:
                    self.save(browser, number, version)
        except Exception as error:
            self.error = error
        finally:
            connections.close_all()

    def save(self, browser, number, version):
        values = {"website": site_of(number), "version": version}
        token = {"X-CSRFToken": self.cookies[settings.CSRF_COOKIE_NAME], "HX-Request": "true"}
        while not self.stopped.is_set():
            try:
                answer = browser.post(f"/relations/{number}/fact/website/", data=values, headers=token)
            except httpx.TransportError:
                time.sleep(0.1)
                if Relation.objects.get(number=number).website == site_of(number):
                    break
                continue
            self.heard.set()
            if answer.status_code == 200:
                break
            if answer.status_code == 409 and Relation.objects.get(number=number).website == site_of(number):
                break  # saved, and the server was killed before it could say so
            self.refusals.append((number, answer.status_code))
            time.sleep(0.1)
        self.saved += 1


def says_something(process):
    return bool(select.select([process.stdout], [], [], 0)[0])


def site_of(number):
    return f"https://zaal{number}.example"


def database_address():
    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{database['NAME']}"
    user = f"{database['USER']}:{database['PASSWORD']}@" if database["PASSWORD"] else f"{database['USER']}@"
    # a host that is a folder holds the server's socket
    socket_folder = database["HOST"].startswith("/")
    host = f"/{database['HOST']}" if socket_folder else f"{database['HOST']}:{database['PORT']}"
    return f"postgres://{user}{host}/{database['NAME']}"


def free_port():
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return attempt.getsockname()[1]


def leases_run_out():
    """What waiting for a minute would do."""
    now = timezone.now()
    ConnectionStatus.objects.update(lane_until=None, breaker_until=None, rest_until=None)
    Delivery.objects.filter(in_flight=True).update(lease_until=now)
    Delivery.objects.filter(waiting=True).update(not_before=now)


def everything_settled():
    return not Delivery.objects.filter(waiting=True).exists() and not Delivery.objects.filter(in_flight=True).exists()


def fill(coupling):
    """The relations, all of them debtors, some with an IBAN; the vendor sets no limit to the number of calls."""
    row = Connection.objects.get(pk=coupling.connection.pk)
    row.settings = row.settings | {"calls_per_minute": NO_LIMIT, "calls_per_day": NO_LIMIT}
    row.save()
    made = bulk.create(
        [
            Organisation(administration=coupling.administration, legal_name=f"Zaal {number}")
            for number in range(DELIVERIES)
        ]
    )
    ids = [relation.pk for relation in made]
    bulk.create([BankAccount(relation_id=pk, iban="NL91ABNA0417164300", main=True) for pk in ids[::IBAN_OF_EVERY]])
    make_financial_roles(ids, administration=coupling.administration, kind="debtor", valid_from=DAY)
    return list(Relation.objects.filter(pk__in=ids).order_by("pk").values_list("number", "version"))


def test_killing_web_server_and_worker_loses_and_doubles_nothing(coupling, client, capsys):
    chance = random.Random(SEED)
    relations = fill(coupling)
    client.force_login(user_in(coupling.administration))
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.CSRF_COOKIE_NAME: "k" * 32,
    }
    port = free_port()
    environment = {
        "DATABASE_URL": database_address(),
        "CONNECTION_INSIDE_HOSTS": coupling.simulator.url.removeprefix("http://"),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "LOG_LEVEL": "WARNING",
        "BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "1",
    }
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:config.web_server"]
    people = [Office(f"http://127.0.0.1:{port}", cookies, relations[place::PEOPLE]) for place in range(PEOPLE)]
    web = Part(gunicorn, environment, chance, lambda process: any(person.heard.is_set() for person in people))
    deliver = [sys.executable, "-m", "tests.integrations.hub.kill_drill_parts"]
    worker = Part(deliver, environment, chance, says_something)
    began = time.monotonic()
    for person in people:
        person.start()
    try:
        while time.monotonic() < began + 180 + DELIVERIES:
            time.sleep(0.1)
            at_work = any(person.is_alive() for person in people)
            if not at_work and everything_settled():
                break
            if worker.killed_when_it_is_time():
                leases_run_out()
                worker.start()
            if at_work and web.killed_when_it_is_time():
                for person in people:
                    person.heard.clear()
                web.start()
    finally:
        for person in people:
            person.stopped.set()
        for part in (web, worker):
            part.kill()
        for person in people:
            person.join(30)

    took = time.monotonic() - began
    sites = sorted(row.get("Website") or "" for row in coupling.simulator.store.rows("crm/Accounts"))
    banks = coupling.simulator.store.rows("crm/BankAccounts")
    deliveries = Delivery.objects.filter(state__in=("delivered", "same")).count()
    with capsys.disabled():
        print(
            f"\n{DELIVERIES} relations, {deliveries} deliveries, {took:.0f} s; killed: web {web.kills} times,"
            f" worker {worker.kills} times; at the vendor {len(sites)} accounts, {len(banks)} bank accounts"
        )
    assert [person.error for person in people if person.error] == []
    assert [refusal for person in people for refusal in person.refusals] == []
    assert sum(person.saved for person in people) == DELIVERIES
    assert web.kills + worker.kills >= 2
    assert sites == sorted(site_of(number) for number, _version in relations)
    assert len(banks) == len(range(0, DELIVERIES, IBAN_OF_EVERY))
    assert coupling.records()["doubles"] == {"codes": [], "search_codes": [], "bank_accounts": []}
    assert ExternalLink.objects.count() == DELIVERIES
    assert everything_settled()
