"""The style guide in Chromium: every component, in both themes, at the three widths of `design/screens.md`."""

import pytest

# what is cut off on purpose, scrolls inside itself, or is only for screen readers
APART = "svg, dialog, [popover], .visually-hidden, .skip, .menu-list, .cut, .table-scroll, .tabs, .steps, [hidden]"
OUT_OF_ITS_BOX = (
    """() => [...document.querySelectorAll('body *')].filter((element) => {
    if (element.closest('"""
    + APART
    + """') || !element.offsetParent || !element.clientWidth) return false;
    return getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1;
}).map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`)"""
)
TARGETS = "button, summary, .button, nav a, [role=option]"
TOO_SMALL_TO_HIT = (
    "() => [...document.querySelectorAll('"
    + TARGETS
    + """')].filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return element.offsetParent && !element.closest('.skip') && Math.min(width, height) < 23.5;
}).map((element) => `${element.tagName}.${element.className}: ${element.textContent.trim().slice(0, 40)}`)"""
)


@pytest.fixture
def guide(live_server, page, settings):
    """Function of a query: opens the style guide."""
    settings.DEBUG = True

    def open_with(query="", width=1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_server.url}/styleguide/?{query}")
        return page

    return open_with


def test_styleguide_is_for_developers_only(client):
    answers = [client.get(address).status_code for address in ("/styleguide/", "/styleguide/options/?q=a")]

    assert answers == [404, 404]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_components_are_accessible_and_stay_in_their_boxes(guide, axe, theme):
    found = {}
    for width in (1440, 390, 320):
        page = guide(f"theme={theme}", width)
        found[width] = {
            "axe": axe(page),
            "sideways": page.evaluate("document.documentElement.scrollWidth - innerWidth"),
            "out of its box": page.evaluate(OUT_OF_ITS_BOX),
            "too small": page.evaluate(TOO_SMALL_TO_HIT),
        }

    clean = {"axe": [], "sideways": 0, "out of its box": [], "too small": []}
    assert found == {1440: clean, 390: clean, 320: clean}


def test_another_day_than_today_is_accessible_and_in_the_title(guide, axe):
    found = []
    for theme in ("light", "dark"):
        page = guide(f"theme={theme}&asof=1")
        found.append((axe(page), page.title()[:12]))

    assert found == [([], "[01-05-2024]")] * 2


def test_what_floats_is_accessible(guide, axe):
    page = guide("theme=light")

    page.get_by_role("button", name="Dialoog").click()
    in_dialog = axe(page)
    focused = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Kolommen").click()
    in_popover = axe(page)

    assert (in_dialog, focused, in_popover) == ([], "Annuleren", [])


def test_menu_closes_with_escape_and_gives_focus_back(guide):
    page = guide()
    menu = page.locator("details[data-new-menu]")

    menu.locator("summary").click()
    page.keyboard.press("ArrowDown")
    on_first = page.evaluate("document.activeElement.textContent.trim().slice(0, 14)")
    page.keyboard.press("Escape")

    closed = menu.get_attribute("open") is None
    assert (on_first, closed, page.evaluate("document.activeElement.tagName")) == ("Nieuwe persoon", True, "SUMMARY")


def test_keys_work_outside_fields_and_can_be_switched_off(guide):
    page = guide()
    page.locator("h1").click()

    page.keyboard.press("/")
    in_search = page.evaluate("document.activeElement.id")
    page.keyboard.type("g")
    typed = page.locator("#global-search").input_value()
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("m")
    went = page.evaluate("location.hash")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("r")

    assert (in_search, typed, went, page.evaluate("location.hash")) == ("global-search", "g", "#history", "#history")


def test_rows_are_walked_with_j_and_k_and_chosen_with_x(guide):
    page = guide()
    page.locator("h1").click()

    page.keyboard.press("j")
    current = page.locator("tr[data-current] .name").inner_text()
    page.keyboard.press("x")
    chosen = page.locator("tr[data-current] input").is_checked()
    page.keyboard.press("k")

    assert (current.strip(), chosen) == ("Brink Licht & Geluid B.V.", True)
    assert page.locator("tr[data-current] .name").inner_text().strip() == "Brink, Aafje van den"


def test_picker_finds_while_typing_and_is_chosen_with_the_keyboard(guide):
    page = guide()
    field = page.get_by_role("combobox", name="Namens organisatie")

    field.press_sequentially("brink")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    value = page.locator("[data-picker-value]").input_value()
    assert (field.input_value(), value, field.get_attribute("aria-expanded")) == ("Theater De Brink", "10019", "false")


def test_theme_that_is_chosen_stays(guide):
    page = guide()
    page.evaluate("document.cookie = 'theme=dark;path=/'")
    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_toast_with_undo_stays_until_it_is_closed(guide):
    page = guide()
    toast = page.locator("[data-toast]")

    shown = toast.inner_text().splitlines()[0].strip()
    toast.get_by_role("button").last.click()

    assert (shown, toast.count()) == ("Kenmerk gezet bij 128 relaties", 0)
