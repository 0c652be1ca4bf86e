"""What the log knows of any model: which are recorded, what hangs under what, where a record lies and who sees it.

Found from the models themselves; no slice is named here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from crm.access.queries import rights_of
from crm.administrations.models import Administration
from crm.core.models import Recorded


@cache
def recorded_models() -> tuple[type[Recorded], ...]:
    """Every recorded model, those without a key to another first: what a row points at comes before it."""
    left = [m for m in apps.get_models() if issubclass(m, Recorded) and not m._meta.proxy]
    ordered: list[type[Recorded]] = []
    while left:
        ready = [m for m in left if not ({f.related_model for f in keys_of(m)} - {m}) & set(left)] or left[:1]
        ordered += ready
        left = [m for m in left if m not in ready]
    return tuple(ordered)


def model_of(label: str) -> type[Recorded]:
    """Raises LookupError for what is no recorded model."""
    return next(m for m in recorded_models() if m._meta.label == label)


@cache
def history_of(model: type) -> type[models.Model]:
    """The model of its history rows. `model.history` makes a manager anew each time it is named: a third of a page."""
    return model.history.model


@cache
def keys_of(model: type) -> tuple[models.ForeignKey, ...]:
    """Foreign keys to recorded models."""
    return tuple(
        f
        for f in model._meta.concrete_fields
        if isinstance(f, models.ForeignKey) and issubclass(f.related_model._meta.concrete_model, Recorded)
    )


@cache
def parents_of(model: type) -> tuple[models.ForeignKey, ...]:
    """The keys under which a row hangs: it goes when that record goes."""
    return tuple(f for f in keys_of(model) if f.remote_field.on_delete is models.CASCADE)


@cache
def parts_of(model: type) -> tuple[tuple[type[Recorded], tuple[str, ...]], ...]:
    """(model, attributes) of every recorded model that has a key to this one."""
    found = []
    for other in recorded_models():
        names = tuple(f.attname for f in parents_of(other) if f.related_model._meta.concrete_model is model)
        if names and other is not model:
            found.append((other, names))
    return tuple(found)


def has_administration(model: type) -> bool:
    return any(f.attname == "administration_id" for f in model._meta.concrete_fields)


def plain_rows(model: type) -> models.QuerySet:
    """All rows, also of those the user may not see: only for what follows from a record that was checked already."""
    return models.QuerySet(model)


def last_rows(model: type, ids: Iterable[int]) -> dict[int, Any]:
    """key -> its last history row."""
    history = history_of(model)
    newest = history.objects.filter(id=OuterRef("id")).order_by("-history_id").values("history_id")[:1]
    return {row.id: row for row in history.objects.filter(id__in=list(ids), history_id=Subquery(newest))}


def predecessors(history: type[models.Model], history_ids: Iterable[int]) -> dict[int, Any]:
    """history_id -> the row of the same record before it, for those that have one; two queries for any number."""
    before = (
        history.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
        .order_by("-history_id")
        .values("history_id")[:1]
    )
    ids = history.objects.filter(history_id__in=list(history_ids)).annotate(before=Subquery(before))
    pairs = {one: other for one, other in ids.values_list("history_id", "before") if other is not None}
    rows = history.objects.in_bulk(list(pairs.values()))
    return {one: rows[other] for one, other in pairs.items()}


def visible_keys(model: type, ids: Iterable[int], user, on=None) -> set[int]:
    """Of these keys, which this user may see. A record that is gone: by where it last lay, or what it hung under."""
    ids = set(ids)
    if not ids:
        return set()
    if user.is_superuser and user.is_active:
        return ids
    rows = model._default_manager.filter(pk__in=ids)
    seen = set(rows.visible_to(user).values_list("pk", flat=True)) if hasattr(rows, "visible_to") else set()
    gone = ids - set(plain_rows(model).filter(pk__in=ids).values_list("pk", flat=True)) - seen
    return seen | _visible_gone(model, gone, user) if gone else seen


def _visible_gone(model: type, gone: set[int], user) -> set[int]:
    rights = rights_of(user)
    last = last_rows(model, gone)
    if has_administration(model):
        mine = rights.administrations()
        found = {pk for pk, row in last.items() if row.administration_id in mine}
    elif parents_of(model):
        found = set(last)
    else:
        return set()
    for key in parents_of(model):
        of = {pk: getattr(last[pk], key.attname) for pk in found}
        parents = visible_keys(key.related_model._meta.concrete_model, {p for p in of.values() if p}, user)
        found = {pk for pk, parent in of.items() if parent is None or parent in parents}
    if not found:
        return set()
    # what the rule of a live row asks for, told from its columns: nothing of it readable, nothing of it there
    keys = {f.name for f in keys_of(model)}
    lies = places(model, {pk: last[pk] for pk in found})
    return {pk for pk in found if rights.readable(model, lies[pk]) - keys or not (_columns(model) - keys)}


def _columns(model: type) -> set[str]:
    return {f.name for f in model._meta.concrete_fields if not f.primary_key and f.name != "version"}


def places(model: type, rows: dict[int, Any]) -> dict[int, set[int]]:
    """key -> the administrations in which a record lies, from a row (live or history) of each.

    Its own, and those in which it was put to use: rows of a model that is unique per administration and record.
    A part without one lies where the record lies that it hangs under; what lies nowhere lies in all.
    """
    if has_administration(model):
        found = {pk: {row.administration_id} for pk, row in rows.items()}
        for other, attname in uses_of(model):
            pairs = (
                plain_rows(other).filter(**{f"{attname}__in": list(rows)}).values_list(attname, "administration_id")
            )
            for pk, administration in pairs:
                found[pk].add(administration)
        return found
    found = {pk: set() for pk in rows}
    for key in parents_of(model):
        parent = key.related_model._meta.concrete_model
        ids = {getattr(row, key.attname) for row in rows.values()} - {None}
        live = plain_rows(parent).in_bulk(ids)
        where = places(parent, live | last_rows(parent, ids - set(live))) if ids else {}
        for pk, row in rows.items():
            found[pk] |= where.get(getattr(row, key.attname), set())
    if parents_of(model):
        return found
    everywhere = set(Administration.objects.values_list("pk", flat=True))
    return dict.fromkeys(rows, everywhere)


@cache
def uses_of(model: type) -> tuple[tuple[type, str], ...]:
    found = []
    for other, attnames in parts_of(model):
        names = {f"{name}" for constraint in other._meta.constraints for name in getattr(constraint, "fields", ())}
        plain = {f.attname for f in other._meta.concrete_fields if not f.primary_key} - {"version"}
        if len(attnames) == 1 and plain == {attnames[0], "administration_id"} and "administration" in names:
            found.append((other, attnames[0]))
    return tuple(found)


@cache
def columns_with_values(model: type) -> list[models.Field]:
    """The columns of which the history has values, without key and version."""
    return [f for f in history_of(model).tracked_fields if not f.primary_key and f.name != "version"]


def any_of(attnames: Iterable[str], pk: int) -> Q:
    condition = Q()
    for attname in attnames:
        condition |= Q(**{attname: pk})
    return condition


def record_numbered(label: str, number: int, user) -> tuple[type[Recorded], int] | None:
    """(model, key) of the record that has or had this number, when the user may see it."""
    model = model_of(label)
    keys = set(plain_rows(model).filter(number=number).values_list("pk", flat=True))
    keys = keys or set(history_of(model).objects.filter(number=number).values_list("id", flat=True))
    seen = visible_keys(model, keys, user)
    return (model, max(seen)) if seen else None


def deleted_record(model: type[Recorded], pk: int, user) -> models.Model | None:
    """A record that is gone, as it last was; None when it is there, never was, or is not there for this user."""
    last = last_rows(model, [pk]).get(pk)
    if last is None or last.history_type != "-" or plain_rows(model).filter(pk=pk).exists():
        return None
    return last.instance if pk in visible_keys(model, [pk], user) else None
