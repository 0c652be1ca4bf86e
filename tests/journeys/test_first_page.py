"""From the first page, by mouse and by keyboard, at the office and on a phone."""

import pytest


@pytest.mark.parametrize("width", [1440, 390])
def test_first_page_and_help_fit_and_are_accessible(page, office, sign_in, axe, width):
    # given: Noor behind a screen of this width
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, "noor")

    # when: she looks at the first page and at help
    found = {}
    for path in ("/", "/help/"):
        page.goto(office + path)
        found[path] = [*axe(page), page.evaluate("document.documentElement.scrollWidth - innerWidth")]

    # then: nothing sticks out and nothing is out of reach
    assert found == {"/": [0], "/help/": [0]}


def test_reader_switches_between_administrations_by_keyboard(page, office, sign_in):
    # given: Noor, who works for two administrations
    sign_in(page, "noor")
    everybody = page.locator(".stats .figure").first.inner_text()

    # when: she chooses the smaller one
    page.locator(".menu-administration summary").focus()
    page.keyboard.press("Enter")
    page.locator(".menu-administration a", has_text="Podiumfonds Twente").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()

    # then: the first page is about that one, until she chooses all of them again
    assert page.locator(".menu-administration summary").inner_text().count("Podiumfonds Twente") == 1
    assert int(page.locator(".stats .figure").first.inner_text()) < int(everybody)
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/relations/?administration=*")


def test_reader_without_rights_sees_no_books(page, office, sign_in):
    # given: Lotte, who may only look, at Podiumfonds Twente
    sign_in(page, "lezer")

    # when: she opens a debtor
    page.goto(f"{office}/relations/10019/")

    # then: no bank account, no role, no pencil
    assert page.get_by_text("NL13 TEST").count() == 0
    assert page.locator(".fact-edit").count() == 0
    page.goto(f"{office}/")
    assert page.locator(".stats > li").count() == 2
