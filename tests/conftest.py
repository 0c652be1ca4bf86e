"""What every test may count on: no network but this machine's own, and a browser where one is asked for.

Marks: a test that uses `page` or `context` is a `browser` test; one marked `postgresql` runs on PostgreSQL only; `make
test` runs `browser` tests on PostgreSQL only and those marked `once` on SQLite only.
"""

import ipaddress
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.utils import translation

# Playwright keeps an event loop running in the thread of the test; Django would take its own fixtures for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# what asks for none of these is the same on every database, and runs once
ON_A_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


class OutsideNetworkRefused(RuntimeError):
    """A test tried to reach another machine. Vendors answer from the simulators, on this one."""


def _refuse_other_machines(event, args):
    if event == "socket.connect":
        address = args[1]
        if isinstance(address, tuple) and not ipaddress.ip_address(address[0]).is_loopback:
            raise OutsideNetworkRefused(f"connection to {address[0]} port {address[1]}")
    elif event == "socket.getaddrinfo" and args[0] not in (None, "", "localhost", b"localhost"):
        host = args[0].decode() if isinstance(args[0], bytes) else args[0]
        try:
            inside = ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
        except ValueError:
            inside = False
        if not inside:
            raise OutsideNetworkRefused(f"look-up of {host}")


sys.addaudithook(_refuse_other_machines)


def pytest_addoption(parser):
    parser.addoption("--pictures", metavar="FOLDER", help="keep a picture of every screen that is looked at there")


def pytest_collection_modifyitems(config, items):
    on_postgresql = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    kept, left_out = [], []
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
        if not item.get_closest_marker("django_db") and not ON_A_DATABASE & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.once)
        elsewhere = item.get_closest_marker("postgresql") and not on_postgresql
        (left_out if elsewhere else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_unconfigure(config):
    for left in Path(tempfile.gettempdir()).glob(f"schakel-test-{os.getpid()}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def chromium():
    """Where Chromium is: CHROMIUM_BIN, else on the PATH. Raises LookupError where there is none."""
    found = os.environ.get("CHROMIUM_BIN") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise LookupError("No Chromium: install the package chromium, or say in CHROMIUM_BIN where it is.")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    arguments = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return browser_type_launch_args | {"executable_path": chromium(), "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {
        "locale": "nl-NL",
        "timezone_id": "Europe/Amsterdam",
        "viewport": {"width": 1440, "height": 1000},
    }


@pytest.fixture(scope="session")
def live_server(django_db_setup, live_server):
    """The server, started when the database of the tests is there. Earlier it would see the one in memory that the
    settings name, and all its threads would share the connection of the test: SQLite crashes on that."""
    return live_server


@pytest.fixture(autouse=True)
def language():
    """Every test begins in the language of the installation; a request leaves the language of its user behind."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def in_english(language):
    """For a test that reads sentences in the language of the code."""
    with translation.override("en"):
        yield


@pytest.fixture
def console_messages():
    """Errors and warnings of the page's console, breaches of the CSP among them, as texts.

    A test that provokes one (a 404, a refusal) empties the list before it ends.
    """
    return []


@pytest.fixture
def page(page, console_messages):
    """Playwright's page, which fails its test when anything was left on the console."""

    def remember(message):
        # A browser asks for this one by itself, also of pages that are no HTML.
        by_itself = message.location.get("url", "").endswith("/favicon.ico")
        if message.type in ("error", "warning") and not by_itself:
            console_messages.append(f"{message.type}: {message.text}")

    page.on("console", remember)
    page.on("pageerror", lambda error: console_messages.append(f"uncaught: {error}"))
    page.set_default_timeout(30_000)  # seconds go by when both cores are taken
    yield page
    assert console_messages == []


@pytest.fixture(scope="session")
def axe():
    """Function of a page: what axe-core finds wrong in it, as sorted lines "rule: help [selectors]"; [] is clean."""

    def violations(page):
        # Preloading reads style sheets anew, and trips over the @import in those of Django's admin.
        found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
        return sorted(
            f"{one['id']}: {one['help']} {[target for node in one['nodes'] for target in node['target']]}"
            for one in found
        )

    return violations
