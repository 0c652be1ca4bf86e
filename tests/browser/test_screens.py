"""Every screen, found from the URL resolver, in both languages at both widths: axe, console, boxes, headings.

A new route is in `screens.py`, with its arguments or with the reason why it is no screen; else the first test fails.
"""

from dataclasses import dataclass, field

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.browser.screens import MORE, NO_SCREENS, SCREENS

# what is cut off on purpose, scrolls inside itself, or is only for screen readers
APART = (
    "svg, dialog, [popover], .visually-hidden, .skip, .menu-list, .cut, .table-scroll, .tabs, .steps, [hidden], "
    "input, select, textarea, .name > a, .quote, pre, thead"
)
OUT_OF_ITS_BOX = f"""() => [...document.querySelectorAll('body *')].filter((element) => {{
    if (element.closest({APART!r}) || !element.offsetParent || !element.clientWidth) return false;
    return getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1;
}}).map((element) => `${{element.tagName}}.${{element.className}}: ${{element.textContent.trim().slice(0, 40)}}`)"""
OF_THE_PAGE = """() => ({
    sideways: document.documentElement.scrollWidth - innerWidth,
    headings: document.querySelectorAll('h1').length,
    title: document.title.trim() !== '',
    language: document.documentElement.lang,
    // a page without a menu, such as signing in, has nothing to skip
    'first to focus': !document.querySelector('.frame') ? 'skip'
        : document.querySelector('a[href], button, input')?.className,
})"""


def names(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from names(
                    pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                )
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def test_every_route_is_a_screen_here_or_is_left_out_with_a_reason():
    routes = set(names(get_resolver().url_patterns))

    assert routes == SCREENS.keys() | NO_SCREENS.keys()
    assert not SCREENS.keys() & NO_SCREENS.keys()


@dataclass
class Looked:
    """What is wrong on the screens that were looked at: address and width → what."""

    wrong: dict = field(default_factory=dict)

    def note(self, path, width, found):
        if found:
            self.wrong[f"{path} at {width}"] = found


def look(page, axe, language):
    """What is wrong with the page as it is now."""
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    of_the_page = page.evaluate(OF_THE_PAGE)
    wanted = {"sideways": 0, "headings": 1, "title": True, "language": language, "first to focus": "skip"}
    wrong = {name: value for name, value in of_the_page.items() if value != wanted[name]}
    found = {"axe": axe(page) if axe else [], "out of its box": page.evaluate(OUT_OF_ITS_BOX)}
    return wrong | {name: value for name, value in found.items() if value}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_screen_is_accessible_silent_and_inside_its_box(
    signed_in, office, axe, live_server, console_messages, take_picture, language
):
    page, looked = signed_in("noor", language), Looked()
    paths = [reverse(name, args=args) for name, make in SCREENS.items() for args in make(office)] + MORE

    for path in paths:
        page.set_viewport_size({"width": 1440, "height": 900})
        answer = page.goto(live_server.url + path)
        looked.note(path, "any", {"status": answer.status} if answer.status != 200 else {})
        # the same elements as in Dutch, with other words: axe looks at the narrow page alone
        looked.note(path, 1440, look(page, axe if language == "nl" else None, language))
        take_picture(f"{language}-1440{path}")
        page.set_viewport_size({"width": 390, "height": 844})
        looked.note(path, 390, look(page, axe, language))
        take_picture(f"{language}-390{path}")
        looked.note(path, "console", console_messages[:])
        console_messages.clear()

    assert looked.wrong == {}
