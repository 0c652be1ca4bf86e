"""Somebody looks for a theatre and mistypes it: the box on top finds it, with the keyboard alone."""

from playwright.sync_api import expect


def test_office_finds_a_theatre_with_a_typing_error(page, office, sign_in, axe, console_messages):
    # given: Noor, on the first page
    sign_in(page, "noor")

    # when: she goes to the box on top and types a name as she heard it
    page.keyboard.press("/")
    box = page.locator("#global-search")
    expect(box).to_be_focused()
    page.keyboard.type("theater de brinck")
    options = page.locator("#global-search-list [role=option]")
    expect(options.first).to_contain_text("Theater De Brink")
    expect(box).to_have_attribute("aria-expanded", "true")

    assert axe(page) == []

    # then: the arrow points at it, and Enter opens its card
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "global-search-list-0")
    page.keyboard.press("Enter")
    page.wait_for_url("**/relations/10019/")
    assert page.locator("h1").inner_text() == "Theater De Brink"
    assert console_messages == []


def test_office_sees_everything_that_was_found(page, office, sign_in, axe, console_messages):
    # given: Bram, who is not sure what he looks for
    sign_in(page, "bram")

    # when: he types and presses Enter without a choice
    page.keyboard.press("/")
    page.keyboard.type("brink")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=brink")

    # then: there is a heading per kind, and j and Enter open the first
    expect(page.locator("#kind-relations h2")).to_be_visible()
    expect(page.locator("#kind-employments h2")).to_be_visible()
    assert axe(page) == []
    page.locator("h1").click()
    page.keyboard.press("j")
    first = page.locator("[data-row][data-current] a")
    address = first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")
    assert console_messages == []


def test_office_does_things_from_the_palette(page, office, sign_in, axe, console_messages):
    # given: Noor, on the list of relations
    sign_in(page, "noor")
    page.goto(f"{office}/relations/")

    # when: she asks the palette for another day
    page.keyboard.press("Control+k")
    options = page.locator("#global-search-list [role=option]")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert axe(page) == []
    page.keyboard.type("1-5-2024")
    expect(options.first).to_contain_text("2024")
    page.keyboard.press("Enter")

    # then: the same list is shown on that day, and without "New" among what she can do
    page.wait_for_url("**/on/2024-05-01/relations/")
    page.keyboard.press("Control+k")
    expect(options.first).to_be_visible()
    expect(page.locator("#global-search-list [data-href*='/new/']")).to_have_count(0)

    # and: Escape closes it, and what she presses next is no key while she types
    page.keyboard.press("Escape")
    expect(page.locator("#global-search-list")).to_be_hidden()
    page.keyboard.type("gr")
    assert page.url.endswith("/on/2024-05-01/relations/")
    assert console_messages == []


def test_office_switches_single_keys_off_and_they_stay_off(page, office, sign_in):
    # given: Noor, who dictates to her computer
    sign_in(page, "noor")
    page.keyboard.press("?")
    box = page.locator("#keys-dialog [data-action=keys-switch]")

    # when: she switches the keys off in their list
    with page.expect_response("**/search/keys/") as answered:
        box.uncheck()
    assert answered.value.ok

    # then: they do nothing, also with an empty browser; and the palette, which asks for Ctrl, still opens
    page.context.clear_cookies(name="keys")
    page.goto(f"{office}/relations/")
    page.keyboard.press("/")
    expect(page.locator("#global-search")).not_to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#global-search")).to_be_focused()
