"""From signing in to a changed IBAN without a mouse."""

import re

from playwright.sync_api import expect

from crm.desk import demonstration
from crm.relations.models import BankAccount
from tests.browser.conftest import FOLDER

FOCUSED = """() => { const now = document.activeElement;
  return `${now.getAttribute('aria-label') || ''}|${now.textContent.trim()}|${now.id || now.name || ''}`; }"""


def tab_to(page, wanted, limit=200):
    """Press Tab until what has the focus fits: its label, text or name."""
    for _step in range(limit):
        if re.search(wanted, page.evaluate(FOCUSED)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached with Tab")


def test_iban_is_changed_with_the_keyboard_alone(office, live_server, page):
    login = next(login for login in demonstration.logins(FOLDER) if login.username == "noor")
    page.goto(f"{live_server.url}/accounts/login/")
    tab_to(page, r"\|(id_)?login$")
    page.keyboard.type(login.username)
    tab_to(page, r"\|(id_)?password$")
    page.keyboard.type(login.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")

    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/relations/")
    tab_to(page, r"\|list-q$")
    page.keyboard.type("brinck")
    page.wait_for_url("**q=brinck**")
    expect(page.locator("#list mark").first).to_be_visible()
    tab_to(page, r"^\|Theater De Brink\|")
    page.keyboard.press("Enter")
    page.wait_for_url("**/relations/10019/?list=**")
    tab_to(page, "Bewerken: IBAN")
    page.keyboard.press("Enter")
    iban = page.locator("#fact-iban input[name=iban]")
    expect(iban).to_be_focused()
    iban.press("Control+a")
    page.keyboard.type("NL91 ABNA 0417 1643 00")
    page.keyboard.press("Enter")

    expect(page.locator("#fact-iban")).to_contain_text("NL91 ABNA 0417 1643 00")
    expect(page.locator("#fact-iban a")).to_be_focused()
    assert BankAccount.objects.get(relation__number=10019, main=True).iban == "NL91ABNA0417164300"
    page.goto("about:blank")  # no request is on its way when the database is emptied
