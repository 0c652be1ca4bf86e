"""Signing in as a person does, in a browser under our policy: passkey, authenticator app, provider, confirming."""

from importlib import import_module

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import expect

from crm.access.models import AccessEvent, SignInRules, User
from tests.crm.access.authenticator_app import code
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "lang wachtwoord 123"


@pytest.fixture
def door(live_server, page, axe):
    """The page, at the sign-in page; leaves nothing on its way when the database is emptied."""
    cache.clear()
    page.goto(f"{live_server.url}/accounts/login/")
    yield page
    page.goto("about:blank")


@pytest.fixture
def user(transactional_db):
    return user_in(AdministrationFactory(), email="noor@kantoor.example", language="en")


@pytest.fixture
def own_lock(page):
    """The page's device has a lock: it makes passkeys and opens them without anybody touching it."""
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def with_password(page, user):
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def sign_out(page, live_server):
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")


def a_quarter_of_an_hour_goes_by(page):
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == settings.SESSION_COOKIE_NAME)
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    for name in ("began", "confirmed"):
        session[name] -= 15 * 60
    session.save()


def is_sound(page, axe):
    """Axe finds nothing, and nothing sticks out, at both widths."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_passkey_is_set_up_when_it_has_to_be_and_signs_in_with_and_without_password(
    door, live_server, user, own_lock, axe
):
    SignInRules.objects.create(pk=1, second_factor=True)
    with_password(door, user)
    door.wait_for_url("**/accounts/set-up/")
    is_sound(door, axe)
    door.click("a[href$='webauthn/add/']")
    is_sound(door, axe)
    door.click("#mfa_webauthn_add")
    door.wait_for_url("**/recovery-codes/")
    assert door.locator(".codes li").count() == 10
    is_sound(door, axe)
    door.goto(f"{live_server.url}/accounts/2fa/")
    expect(door.locator("main")).to_contain_text("Passkey, also without a password")
    is_sound(door, axe)

    sign_out(door, live_server)
    with_password(door, user)
    door.wait_for_url("**/2fa/authenticate/")
    is_sound(door, axe)
    door.click("#mfa_webauthn_authenticate")
    door.wait_for_url(f"{live_server.url}/")

    sign_out(door, live_server)
    door.click("#passkey_login")
    door.wait_for_url(f"{live_server.url}/")
    ways = AccessEvent.objects.filter(kind="signed_in").order_by("pk").values_list("detail", flat=True)
    assert list(ways) == ["password", "password+webauthn", "passkey"]


def test_passkey_that_does_not_come_is_said_on_the_page(door, own_lock):
    door.click("#passkey_login")

    expect(door.locator("#passkey-refused")).to_be_visible()
    expect(door.locator("#passkey-refused")).to_be_focused()


def test_authenticator_app_is_set_up_with_the_keyboard_and_asked_for(door, live_server, user, axe):
    with_password(door, user)
    door.wait_for_url(f"{live_server.url}/")
    door.goto(f"{live_server.url}/accounts/2fa/totp/activate/")
    is_sound(door, axe)
    secret = door.inner_text(".secret-key").strip()
    door.focus("[name=code]")
    door.keyboard.type("000000")
    door.keyboard.press("Enter")
    expect(door.locator(".summary")).to_be_focused()
    door.focus("[name=code]")
    door.keyboard.press("Control+a")
    door.keyboard.type(code(secret, steps=-1))
    door.keyboard.press("Enter")
    door.wait_for_url("**/recovery-codes/")

    sign_out(door, live_server)
    with_password(door, user)
    door.wait_for_url("**/2fa/authenticate/")
    door.keyboard.type(code(secret))
    door.keyboard.press("Enter")
    door.wait_for_url(f"{live_server.url}/")


def test_provider_of_the_office_leads_there_and_back(door, live_server, user, office, known_office):
    door.reload()
    door.click("text=Kantooraccount")

    door.wait_for_url(f"{live_server.url}/")
    assert [way for (way,) in AccessEvent.objects.values_list("detail")] == ["provider:kantoor"]


@pytest.mark.parametrize("way", ["password", "passkey"])
def test_what_was_typed_is_still_there_after_confirming(door, live_server, user, own_lock, axe, console_messages, way):
    with_password(door, user)
    door.wait_for_url(f"{live_server.url}/")
    if way == "passkey":
        door.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
        door.click("#mfa_webauthn_add")
        door.wait_for_url("**/recovery-codes/")
    door.goto(f"{live_server.url}/settings/users/invite/")
    door.fill("[name=first_name]", "Ilse")
    door.fill("[name=last_name]", "Dekker")
    door.fill("[name=email]", "ilse@kantoor.example")
    for name in ("administration", "role"):
        door.select_option(f"[name={name}]", index=1)
    a_quarter_of_an_hour_goes_by(door)
    door.locator("main form button.primary").click()
    expect(door.locator("h1")).to_have_text("Is it you?")
    is_sound(door, axe)
    if way == "password":
        door.fill("[name=confirm-password]", PASSWORD)
        door.keyboard.press("Enter")
    else:
        door.click("#confirm_passkey")
    expect(door.locator("h1")).to_have_text("Ilse Dekker")
    console_messages.clear()  # the page that asks is a 403

    assert User.objects.filter(email="ilse@kantoor.example", last_name="Dekker").count() == 1


def test_pages_of_signing_in_are_sound(door, live_server, user, axe):
    with_password(door, user)
    door.wait_for_url(f"{live_server.url}/")
    for path in ("2fa/", "sessions/", "events/", "events/all/", "rules/", "providers/add/", "password/change/"):
        door.goto(f"{live_server.url}/accounts/{path}")
        is_sound(door, axe)
