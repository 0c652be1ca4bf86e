"""The demonstration with a coupling that has delivered, and a browser that is signed in to it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from crm.access.models import User
from crm.administrations.models import Administration
from crm.desk import demonstration
from integrations.addresses.simulators.pdok import PdokSimulator
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.hub.services import deliver_due
from tests.integrations.hub.conftest import connect_to

FOLDER = settings.BASE_DIR / "fixtures"


@pytest.fixture
def office(live_server, transactional_db, settings):
    """The demonstration, loaded, its debtors delivered to a simulated Exact Online; gives the connection."""
    cache.clear()
    today = timezone.localdate()
    demonstration.load(FOLDER, today=today)
    with PdokSimulator() as pdok, ExactOnlineSimulator(limits=False, token_rules=False) as simulator:
        settings.ADDRESS_SERVICES, settings.PDOK_URL = ["own", "pdok"], pdok.url
        settings.CONNECTION_INSIDE_HOSTS = [simulator.url.removeprefix("http://")]
        connection = connect_to(simulator, Administration.objects.order_by("pk").first())
        deliver_due(connection, on=today)
        yield connection


@pytest.fixture
def signed_in(office, live_server, client, page):
    """Function of a user name and a language: the page, signed in without the form of the log-in."""

    def sign_in(username, language="nl"):
        user = User.objects.get(username=username)
        user.language = language
        user.save()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        page.context.clear_cookies()
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return page

    yield sign_in
    page.goto("about:blank")  # no request is on its way when the database is emptied


@pytest.fixture
def take_picture(page, pytestconfig):
    """Function of a name: keeps a picture of the whole page in the folder of `--pictures`, which `make screenshots`
    gives; without it nothing."""
    folder = pytestconfig.getoption("pictures")

    def take(name):
        if folder:
            path = Path(folder) / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")

    return take
