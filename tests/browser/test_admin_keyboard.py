"""The pages of Management with the keyboard alone."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_management_is_reached_past_the_menu_with_the_skip_link(signed_in, live_server, page):
    signed_in("noor")
    page.goto(f"{live_server.url}/admin/relations/person/")

    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_management_form_has_its_fields_in_the_order_of_the_page(signed_in, live_server, page):
    signed_in("noor")
    page.goto(f"{live_server.url}/admin/relations/person/add/")
    page.locator("#id_initials").focus()

    walked = []
    for _step in range(4):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.name"))

    assert walked == ["given_name", "prefix", "family_name", "partner_prefix"]
    assert "---------" not in page.content()
