"""What follows from a row is refreshed in the transaction of the change: search words, fingerprints, the
private fields of one human.

A slice registers a set-wise `refresh(subject_ids)`; `Recorded` and the bulk door call it. Inside
`gathered()` the subjects are collected and refreshed once, at its end, still in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import transaction

Refresh = Callable[[list[int]], None]


@dataclass(frozen=True, eq=False)
class Derivation:
    """`watches` maps a model to the attributes that hold the subject's id; `fields` narrows, per model, which
    changed attributes matter (a model that is not named there: all of them)."""

    refresh: Refresh
    watches: Mapping[type, tuple[str, ...]]
    fields: Mapping[type, frozenset[str]]

    def cares(self, model: type, changed: Iterable[str] | None) -> bool:
        wanted = self.fields.get(model)
        return changed is None or wanted is None or bool(wanted & set(changed))


_derivations: list[Derivation] = []
_gathering: ContextVar[dict[Refresh, set[int]] | None] = ContextVar("derived", default=None)


def register(
    *,
    watches: Mapping[type, str | tuple[str, ...]],
    refresh: Refresh,
    fields: Mapping[type, Iterable[str]] | None = None,
) -> None:
    """Call `refresh` with the sorted subject ids whenever a watched row is made, changed or deleted.

    Of a foreign key that changes, the old and the new subject are both refreshed. A subject that was itself
    deleted is not passed to the derivations that watch it by "pk" (its rows go with it).
    """
    _derivations.append(
        Derivation(
            refresh=refresh,
            watches={m: (k,) if isinstance(k, str) else tuple(k) for m, k in watches.items()},
            fields={m: frozenset(names) for m, names in (fields or {}).items()},
        )
    )


def watching(model: type, changed: Iterable[str] | None) -> list[Derivation]:
    """The derivations that a change of these attributes touches; `changed=None` is a new or a deleted row."""
    model = model._meta.concrete_model
    return [d for d in _derivations if model in d.watches and d.cares(model, changed)]


def refresh_subjects(derivation: Derivation, subject_ids: Iterable[int | None]) -> None:
    subjects = {subject for subject in subject_ids if subject is not None}
    if not subjects:
        return
    gathering = _gathering.get()
    if gathering is None:
        derivation.refresh(sorted(subjects))
    else:
        gathering.setdefault(derivation.refresh, set()).update(subjects)


@contextmanager
def gathered() -> Iterator[None]:
    """One transaction in which every subject is refreshed once, at the end, however many of its rows change."""
    if _gathering.get() is not None:
        yield
        return
    with transaction.atomic(savepoint=False):
        token = _gathering.set({})
        try:
            yield
            # a refresh may itself change rows that others derive from: go on until nothing is left
            while waiting := _gathering.get():
                _gathering.set({})
                for refresh, subjects in waiting.items():
                    refresh(sorted(subjects))
        finally:
            _gathering.reset(token)
