"""The demonstration in a browser: who signs in, as a person does."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from crm.desk import demonstration
from integrations.addresses.simulators.pdok import PdokSimulator

FOLDER = settings.BASE_DIR / "fixtures"


@pytest.fixture
def pdok(settings):
    """The address service, and the office's way to it."""
    with PdokSimulator() as simulator:
        settings.ADDRESS_SERVICES = ["own", "pdok"]
        settings.PDOK_URL = simulator.url
        yield simulator


@pytest.fixture
def office(live_server, transactional_db):
    """The demonstration, loaded; gives the address of the office."""
    cache.clear()
    demonstration.load(FOLDER, today=timezone.localdate())
    return live_server.url


@pytest.fixture
def sign_in(office):
    """Function of a page and a user name: signs in with the password of the demonstration."""
    passwords = {login.username: login.password for login in demonstration.logins(FOLDER)}
    pages = []

    def with_password(page, username):
        page.goto(f"{office}/accounts/login/")
        page.fill("[name=login]", username)
        page.fill("[name=password]", passwords[username])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{office}/")
        pages.append(page)
        return page

    yield with_password
    for page in pages:
        page.goto("about:blank")  # no request is on its way when the database is emptied
