"""What a slice shows on somebody else's page: sections of a card, tiles of the dashboard, entries of the menu.

A slice registers in its own `panels.py`, which core's `ready()` imports. The page that shows them is the desk's
(menu, dashboard) or the relation's (card); neither knows who registered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from crm.core.actor_rights import rights_of

# ------------------------------------------------------------------------------------------------ menu


@dataclass(frozen=True)
class MenuEntry:
    """One line of the side menu. `count`: only where somebody must act; None shows nothing."""

    label: str
    url: str
    icon: str
    key: str = ""
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class MenuGroup:
    label: str
    entries: list[MenuEntry] = field(default_factory=list)


# groups of the side menu in their order; the first has no heading
MENU_GROUPS = ("work", "data", "connection", "management")

EntryFor = Callable[[HttpRequest], MenuEntry | None]
_menu: list[tuple[str, int, EntryFor]] = []
_new: list[tuple[int, EntryFor]] = []


def menu_entry(group: str, order: int) -> Callable[[EntryFor], EntryFor]:
    """Register an entry of the side menu; the function returns None for who may not use it."""
    if group not in MENU_GROUPS:
        raise ValueError(f"no such menu group: {group}")

    def register(entry: EntryFor) -> EntryFor:
        _menu.append((group, order, entry))
        return entry

    return register


def new_entry(order: int) -> Callable[[EntryFor], EntryFor]:
    """Register an entry of the menu "New"."""

    def register(entry: EntryFor) -> EntryFor:
        _new.append((order, entry))
        return entry

    return register


def menu(request: HttpRequest) -> dict[str, list[MenuEntry]]:
    """group key -> its entries, for this user; groups without entries are left out."""
    found: dict[str, list[MenuEntry]] = {}
    for group, _order, entry in sorted(_menu, key=lambda item: (MENU_GROUPS.index(item[0]), item[1])):
        if shown := entry(request):
            found.setdefault(group, []).append(shown)
    return found


def new_entries(request: HttpRequest) -> list[MenuEntry]:
    return [shown for _order, entry in sorted(_new, key=lambda item: item[0]) if (shown := entry(request))]


# ------------------------------------------------------------------------------------- sections and tiles


@dataclass(frozen=True)
class Section:
    """A part of somebody else's page: its template with `context` (a function of request and subject).

    `context` returns None when the section is not for this user or has nothing to say about this subject.
    `place`: "left", "middle", "right", "head" (the line under the name), or the key of a tab. `label`, lazy: what a
    page calls it where its parts are arranged ("dashboard").
    """

    key: str
    template: str
    context: Callable[..., dict[str, Any] | None]
    place: str = "middle"
    order: int = 100
    label: Any = ""


_sections: dict[str, list[Section]] = {}


def add_section(page: str, section: Section) -> None:
    """Put a section on a page ("relation" is the card, "dashboard" the desk's first page)."""
    _sections.setdefault(page, []).append(section)


def sections(page: str, place: str | None = None) -> list[Section]:
    found = [s for s in _sections.get(page, []) if place is None or s.place == place]
    return sorted(found, key=lambda s: s.order)


# -------------------------------------------------------------------------------------------------- tabs


@dataclass(frozen=True)
class Tab:
    """A tab of somebody else's page; what it shows are the sections with `place` = its key.

    `count(request, subject)`: the number beside the label, asked on every tab of the page, so one cheap query at most;
    None shows no number. A tab without a section is not there.
    """

    key: str
    label: Any
    icon: str = ""
    order: int = 100
    count: Callable[..., int | None] | None = None


_tabs: dict[str, list[Tab]] = {}


def add_tab(page: str, tab: Tab) -> None:
    """Give a page a tab ("relation" is the card). Its label is lazy: it is read per request."""
    _tabs.setdefault(page, []).append(tab)


def tabs(page: str) -> list[Tab]:
    """In their order; only those in which something was put."""
    places = {section.place for section in _sections.get(page, [])}
    return sorted((tab for tab in _tabs.get(page, []) if tab.key in places), key=lambda tab: tab.order)


# ------------------------------------------------------------------------------------------- list columns


@dataclass(frozen=True)
class Column:
    """A column in somebody else's list. `values(user, ids)` answers for a whole page in a single query: id -> HTML."""

    key: str
    label: str
    values: Callable[[Any, list[int]], dict[int, Any]]
    order: int = 100


_columns: dict[str, list[Column]] = {}


def add_column(page: str, column: Column) -> None:
    _columns.setdefault(page, []).append(column)


def columns(page: str) -> list[Column]:
    return sorted(_columns.get(page, []), key=lambda column: column.order)


# ------------------------------------------------------------------------------------ settings, account


@dataclass(frozen=True)
class SettingsPage:
    """A page of the settings area. `right`: the key of a right in any administration, or a function of the user."""

    key: str
    label: Any
    description: Any
    url_name: str
    icon: str
    right: str | Callable[[Any], bool]
    order: int = 100

    def for_user(self, user) -> bool:
        return self.right(user) if callable(self.right) else rights_of(user).has(self.right)


_settings_pages: dict[str, SettingsPage] = {}
_account: list[tuple[int, EntryFor]] = []


def settings_page(key, label, description, url_name, icon, right, order=100) -> SettingsPage:
    """Put a page on the index of /settings/. Label and description are lazy; the page itself refuses who may not.

    Order: 100 and up is about people, 200 about the office, 300 about data, 400 about security and logs.
    """
    page = SettingsPage(key, label, description, url_name, icon, right, order)
    _settings_pages[key] = page
    return page


def settings_pages(user) -> list[SettingsPage]:
    """The pages that this user may open, in their order."""
    return sorted((page for page in _settings_pages.values() if page.for_user(user)), key=lambda page: page.order)


def account_entry(order: int) -> Callable[[EntryFor], EntryFor]:
    """Register an entry of the menu under one's own name."""

    def register(entry: EntryFor) -> EntryFor:
        _account.append((order, entry))
        return entry

    return register


def account_entries(request: HttpRequest) -> list[MenuEntry]:
    return [shown for _order, entry in sorted(_account, key=lambda item: item[0]) if (shown := entry(request))]
