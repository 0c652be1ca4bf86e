"""The bookkeeping refuses what the office changed: seen, understood, mended, and delivered after all."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.administrations.models import Administration
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.hub.models import Delivery
from integrations.hub.services import deliver_due
from tests.integrations.contract_cases import call
from tests.integrations.hub.conftest import connect_to

WRONG, RIGHT = "kassa@debrnk.example", "kassa@debrink.example"
THEIR_WORDS = "E-mailadres: het domein debrnk.example bestaat niet"


@pytest.fixture
def exact(office, settings):
    """Exact Online, connected to the umbrella of the demonstration, with all its debtors told."""
    with ExactOnlineSimulator(limits=False, token_rules=False) as simulator:
        settings.CONNECTION_INSIDE_HOSTS = [simulator.url.removeprefix("http://")]
        simulator.connection = connect_to(simulator, Administration.objects.order_by("pk").first())
        deliver_due(simulator.connection, on=timezone.localdate(), budget_seconds=120)
        yield simulator


def change_email(page, value):
    """On the card, in place, as a person does."""
    page.locator("#fact-email").hover()
    page.locator("#fact-email .fact-edit").click()
    page.locator("#fact-email [name=email]").fill(value)
    page.locator("#fact-email [name=email]").press("Enter")
    page.get_by_role("link", name=value).first.wait_for()


def email_there(simulator):
    """What stands in the simulator's own records of Theater De Brink."""
    (account,) = [row for row in simulator.records()["accounts"] if row["Name"] == "Theater De Brink"]
    return account["Email"]


def test_office_sees_what_was_refused_and_mends_it(page, office, exact, sign_in, axe):
    # given: Noor makes a slip in an e-mail address, and Exact Online refuses it
    call(
        f"{exact.url}/_simulator/scenario",
        {"kind": "refuse_field", "path": "crm/Accounts", "method": "PUT", "field": "Email", "words": THEIR_WORDS},
    )
    sign_in(page, "noor")
    page.goto(f"{office}/relations/10019/")
    change_email(page, WRONG)
    deliver_due(exact.connection, on=timezone.localdate())

    # when: her first page tells of it, and leads to the monitor and the card
    page.goto(office)
    tile = page.locator("#couplings")
    assert THEIR_WORDS in tile.inner_text()
    assert axe(page) == []
    tile.get_by_role("link", name="Theater De Brink", exact=True).wait_for()
    page.goto(office + reverse("hub:monitor", args=[exact.connection.pk]))
    refused = page.locator("tr[data-refused]")
    assert THEIR_WORDS in refused.inner_text()
    assert axe(page) == []
    refused.get_by_role("link", name="Theater De Brink", exact=True).click()
    page.locator(".tabs a[href*='/tab/connections/']").click()
    assert THEIR_WORDS in page.locator("main").inner_text()
    assert axe(page) == []

    # and: she mends the address on the card; the worker passes by
    page.goto(f"{office}/relations/10019/")
    change_email(page, RIGHT)
    deliver_due(exact.connection, on=timezone.localdate())

    # then: it is there, and nothing asks for her any more
    assert email_there(exact) == RIGHT
    assert not Delivery.objects.filter(state=Delivery.State.STUCK).exists()
    page.goto(f"{office}/relations/10019/tab/connections/")
    assert THEIR_WORDS not in page.locator("main").inner_text()
    assert page.locator(".coupling .badge").inner_text().strip().endswith("10023")
    page.goto(office)
    assert THEIR_WORDS not in page.locator("main").inner_text()
