"""The log, the preview of undoing, a job and a conflict in a browser: no breach of the CSP, nothing axe objects to."""

import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from crm.core import jobs
from crm.core.change_set import change_set
from crm.core.jobs import Chunk
from crm.core.models import ChangeSet
from tests.factories.relations import (
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    OrganisationFactory,
    user_in,
)

# SQLite 3.40 ended the whole run with a segmentation fault while a live server's threads closed their connections
# and the database was emptied; on PostgreSQL there is nothing of the kind.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
WIDTHS = {"wide": {"width": 1440, "height": 1000}, "phone": {"width": 390, "height": 844}}


@jobs.job_kind("test.slow", label="Werk voor een plaatje")
def slow(job):
    return Chunk(done=1, mark={}, more=True)


@pytest.fixture
def administration():
    return AdministrationFactory(name="Verbond Kleine Podia")


@pytest.fixture
def organisation(administration):
    user = user_in(administration, first_name="Ilse", last_name="Dekker")
    with change_set(actor=user, door="screen"):
        organisation = OrganisationFactory(administration=administration, legal_name="Theater De Brink")
        AddressFactory(relation=organisation)
        BankAccountFactory(relation=organisation)
    with change_set(actor=user, door="screen", reason="verhuisd"):
        organisation.legal_name, organisation.sector = "Theater De Brink B.V.", "toneel"
        organisation.save()
    return organisation


@pytest.fixture
def signed_in(page, live_server, administration):
    """The page of a user with every right, and that user."""
    user = user_in(administration)
    client = Client()
    client.force_login(user)
    cookie = client.cookies[next(name for name in client.cookies if "session" in name)]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    yield page, user
    page.goto("about:blank")  # no request of this page is on its way when the database is emptied


def looked_at(page, axe, name):
    """Nothing sticks out at either width, and axe finds nothing."""
    found = []
    for width, size in WIDTHS.items():
        page.set_viewport_size(size)
        if os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(os.environ["SCREENSHOTS"]) / f"{name}-{width}.png", full_page=True)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found += [f"{width}: {over} px too wide"] if over > 0 else []
        found += [f"{width}: {line}" for line in axe(page)]
    return found


def test_log_of_a_relation_in_a_browser(signed_in, live_server, axe, organisation):
    page, _user = signed_in

    page.goto(live_server.url + reverse("audit:relation", args=[organisation.number]))

    assert page.get_by_text("Theater De Brink B.V.").count() > 0
    assert looked_at(page, axe, "log") == []


def test_undo_in_a_browser_puts_old_values_back(signed_in, live_server, axe, organisation):
    page, _user = signed_in
    act = ChangeSet.objects.get(reason="verhuisd")

    page.goto(live_server.url + reverse("audit:change_set", args=[act.pk]))
    seen = looked_at(page, axe, "undo")
    page.locator("main form button").click()
    page.wait_for_load_state()

    organisation.refresh_from_db()
    assert seen == []
    assert organisation.legal_name == "Theater De Brink"


def test_job_in_a_browser_shows_how_far_it_is_and_stops(signed_in, live_server, axe):
    page, user = signed_in
    job = jobs.start("test.slow", actor=user, total=100)
    jobs.Job.objects.filter(pk=job.pk).update(done=12)

    page.goto(live_server.url + reverse("core:job", args=[job.pk]))
    seen = looked_at(page, axe, "job")
    page.locator("#job form button").click()
    page.wait_for_load_state()
    stopped = looked_at(page, axe, "job-stopped")

    assert (seen, stopped) == ([], [])
    assert jobs.Job.objects.get(pk=job.pk).state == "stopped"


def test_conflict_in_a_browser_saves_what_is_chosen(signed_in, live_server, axe, organisation, console_messages):
    page, _user = signed_in
    page.goto(live_server.url + reverse("relations:edit", args=[organisation.number]))
    page.locator("[name=sector]").fill("muziek")
    with change_set(actor=user_in(organisation.administration, first_name="Ilse", last_name="Dekker")):
        organisation.sector = "dans"
        organisation.save()

    page.locator("main form button.primary").first.click()
    page.wait_for_selector(".conflict")
    seen = looked_at(page, axe, "conflict")
    page.locator("input[name=sector-choice][value=yours]").check()
    page.locator("main form button.primary").first.click()
    page.wait_for_load_state()
    console_messages.clear()  # the browser notes the answer 409

    organisation.refresh_from_db()
    assert seen == []
    assert organisation.sector == "muziek"
