"""What stands where on the first page: what slices register there, as this user arranged it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from crm.core import panels
from crm.desk.models import Preferences

PAGE = "dashboard"
LEFT, RIGHT, TOP = "left", "right", "top"
COLUMNS = (TOP, LEFT, RIGHT)
UP, DOWN, ACROSS, HIDE, SHOW = "up", "down", "across", "hide", "show"


@dataclass(frozen=True)
class Part:
    """A part of the page in its column; `place` "top" is the row of figures, which stays where it is."""

    section: panels.Section
    column: str
    hidden: bool = False

    @property
    def key(self) -> str:
        return self.section.key

    @property
    def label(self) -> Any:
        return self.section.label or self.section.key

    @property
    def fixed(self) -> bool:
        return self.column == TOP


def preferences_of(user) -> Preferences:
    """One's own, unsaved when one never chose anything. One query, remembered on the user."""
    if not hasattr(user, "_preferences"):
        user._preferences = Preferences.objects.visible_to(user).filter(user=user).first() or Preferences(user=user)
    return user._preferences


def parts(arrangement: dict) -> list[Part]:
    """Every registered part in its column and order, the hidden ones among them.

    What the arrangement does not know, because it was registered since, comes last in the column of its maker; what
    it names and is registered no more is passed over.
    """
    registered = {section.key: section for section in panels.sections(PAGE)}
    hidden = set(arrangement.get("hidden", ()))
    placed: list[Part] = []
    for column in COLUMNS:
        for key in arrangement.get(column, ()):
            if (section := registered.pop(key, None)) is not None:
                placed.append(Part(section, column, key in hidden))
    for key, section in registered.items():
        placed.append(Part(section, section.place if section.place in COLUMNS else RIGHT, key in hidden))
    return sorted(placed, key=lambda part: COLUMNS.index(part.column))


def shown(request: HttpRequest) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(column, template, context) of what is not hidden and has something to say to this user."""
    for part in parts(preferences_of(request.user).arrangement):
        if not part.hidden and (context := part.section.context(request, None)) is not None:
            yield part.column, part.section.template, context


def rearranged(arrangement: dict, key: str, move: str) -> dict:
    """The arrangement after one move of one part; a move that is not there, or leads nowhere, changes nothing."""
    found = parts(arrangement)
    columns = {column: [part.key for part in found if part.column == column] for column in COLUMNS}
    hidden = [part.key for part in found if part.hidden]
    part = next((one for one in found if one.key == key), None)
    if part is None:
        return arrangement
    column = columns[part.column]
    at = column.index(key)
    if move == HIDE and key not in hidden:
        hidden.append(key)
    elif move == SHOW and key in hidden:
        hidden.remove(key)
    elif move in (UP, DOWN) and 0 <= (to := at + (1 if move == DOWN else -1)) < len(column):
        column[at], column[to] = column[to], column[at]
    elif move == ACROSS and not part.fixed:
        column.remove(key)
        columns[RIGHT if part.column == LEFT else LEFT].append(key)
    return {**columns, "hidden": hidden}
