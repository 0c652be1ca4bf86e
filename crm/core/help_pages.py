"""Help beside a screen: which text belongs to which screen. The desk shows it (`crm.desk.help`).

A slice registers in its `help.py`; the text is a template per language, `<template>.nl.html` and `<template>.en.html`,
in the slice that owns the screen. Each is a whole text of its own, not a translation sentence by sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LANGUAGES = ("nl", "en")


@dataclass(frozen=True)
class HelpPage:
    """`key` names the text in its address; `routes` are names of routes. "relations:*" are the ones of that slice
    without a text of their own; names without a slice ("account_login", of allauth) belong to "account:*"."""

    key: str
    title: Any
    template: str
    routes: tuple[str, ...] = ()
    order: int = 100

    def template_in(self, language: str) -> str:
        return f"{self.template}.{language}.html"


_pages: dict[str, HelpPage] = {}
_by_route: dict[str, HelpPage] = {}


def help_page(key: str, title, template: str, routes: Iterable[str] = (), order: int = 100) -> HelpPage:
    """Register the help of these routes. Raises ValueError when a route has another one already."""
    page = HelpPage(key, title, template, tuple(routes), order)
    for route in page.routes:
        if _by_route.get(route, page).key != key:
            raise ValueError(f"{route} has help already: {_by_route[route].key}")
        _by_route[route] = page
    _pages[key] = page
    return page


def pages() -> list[HelpPage]:
    return sorted(_pages.values(), key=lambda page: (page.order, page.key))


def page_named(key: str) -> HelpPage | None:
    return _pages.get(key)


def page_for(route: str | None) -> HelpPage | None:
    """The help of this screen, else that of its slice."""
    if not route:
        return None
    own_slice = route.partition(":")[0] if ":" in route else route.partition("_")[0]
    return _by_route.get(route) or _by_route.get(f"{own_slice}:*")
