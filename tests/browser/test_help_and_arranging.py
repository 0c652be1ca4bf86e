"""Help beside a screen, and arranging the first page, by keyboard; and what both are without script."""

import pytest
from django.urls import reverse


def test_help_opens_beside_the_screen_and_gives_the_focus_back(signed_in, live_server, axe):
    page = signed_in("noor")
    page.goto(live_server.url + reverse("attention:list"))
    button = page.locator("[data-help-button]")

    button.focus()
    page.keyboard.press("Enter")
    page.locator(".help-panel").wait_for()

    assert page.evaluate("document.activeElement.id") == "help-beside-title"
    assert button.get_attribute("aria-expanded") == "true"
    assert page.url == live_server.url + reverse("attention:list")
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".help-panel").count() == 0
    assert page.evaluate("document.activeElement.matches('[data-help-button]')") is True


def test_all_help_is_searched_beside_the_screen(signed_in, live_server):
    page = signed_in("noor")
    page.goto(live_server.url + reverse("desk:today"))

    page.click("[data-help-button]")
    page.click(".help-panel footer a >> nth=0")
    page.fill("#help-beside-q", "iban")
    page.keyboard.press("Enter")
    page.locator(".help-panel .help-found").wait_for()

    assert page.locator(".help-panel mark").first.inner_text().lower() == "iban"


@pytest.fixture
def without_script(browser, browser_context_args, signed_in, live_server):
    """The page of noor in a browser that runs no script."""
    cookies = signed_in("noor").context.cookies()
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.add_cookies(cookies)
    yield context.new_page()
    context.close()


def test_help_and_arranging_work_without_script(without_script, live_server):
    page = without_script
    page.goto(live_server.url + reverse("desk:today"))

    page.click("[data-help-button]")
    assert page.url == live_server.url + reverse("desk:help-page", args=["today"])

    page.goto(live_server.url + reverse("desk:arrange"))
    page.click("#part-coming button[value=hide]")
    page.goto(live_server.url + reverse("desk:today"))
    assert (page.locator("#coming").count(), page.locator("#asks").count()) == (0, 1)


def test_item_is_postponed_by_keyboard(signed_in, live_server):
    page = signed_in("noor")
    page.goto(live_server.url + reverse("attention:list"))
    title = page.locator(".work h3").first.inner_text()

    page.locator(".work summary").first.focus()
    page.keyboard.press("Enter")
    page.locator(".work details[open] .menu-list button").first.focus()
    page.keyboard.press("Enter")
    page.locator("[data-toast]").wait_for()

    assert title not in page.locator(".attention").inner_text()
    page.goto(live_server.url + reverse("attention:list") + "?state=postponed")
    assert title in page.locator(".attention").inner_text()
