"""What sorts of attention items there are: how a list calls them and what to do about one.

Slices register theirs in `hooks.py` or `panels.py`; a kind that nobody registered stands under "To look at".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

LOOK = _("Look at it")


@dataclass(frozen=True)
class Kind:
    """`label` heads a group of items; `verb` is on the button that leads to the thing. `tone`: "", warn or bad."""

    key: str
    label: Any
    icon: str = "bell"
    verb: Any = LOOK
    tone: str = ""
    order: int = 100


_kinds: dict[str, Kind] = {}
OTHER = Kind("", _("To look at"), order=900)


def kind(key: str, label, *, icon: str = "bell", verb=None, tone: str = "", order: int = 100) -> Kind:
    """Register the kind `key` of `raise_item(kind=…)`. Label and verb are lazy."""
    made = Kind(key, label, icon, verb or LOOK, tone, order)
    _kinds[key] = made
    return made


def kind_of(key: str) -> Kind:
    return _kinds.get(key, OTHER)


def known() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda one: one.order)


kind("job.failed", _("Background work that failed"), icon="octagon", verb=_("To the work"), tone="bad", order=30)
