"""Which resources the API has. A slice registers its view sets in its `api.py`, which is found like its `hooks.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Resource:
    """`key` stands in the address and in the scopes of tokens; `label`, lazy, in the settings."""

    key: str
    viewset: type
    label: Any
    writes: bool = True


_resources: dict[str, Resource] = {}


def register(key: str, viewset: type, label: Any, *, writes: bool = True) -> None:
    _resources[key] = Resource(key, viewset, label, writes)


def resources() -> list[Resource]:
    """All of them, in the order of their keys."""
    autodiscover_modules("api")
    return [_resources[key] for key in sorted(_resources)]
