"""Checks that a higher slice or a coupling must be able to make before a row of a lower one changes.

A guard is set-wise and runs below every door: `Recorded.save()` and `delete()`, the bulk door, and undo.
It refuses by raising Django's `ValidationError`, with a sentence for the person at the screen.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RowChange:
    """One row about to change. `before` and `after` map attribute names to values; before is None for a new
    row, after is None for a delete. For an update they hold only the attributes that differ."""

    pk: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


Guard = Callable[[Sequence[RowChange]], None]
_guards: dict[type, list[Guard]] = defaultdict(list)


def guard(*models: type) -> Callable[[Guard], Guard]:
    """Register the decorated function for changes of these models (proxies count as their model)."""

    def register(check: Guard) -> Guard:
        for model in models:
            _guards[model._meta.concrete_model].append(check)
        return check

    return register


def guarded(model: type) -> bool:
    return bool(_guards.get(model._meta.concrete_model))


def check(model: type, changes: Sequence[RowChange]) -> None:
    for refuse in _guards.get(model._meta.concrete_model, ()):
        refuse(changes)
