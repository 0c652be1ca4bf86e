"""A conflict of undoing in words: what it was before the act, what the act made of it, what it is now and by whom."""

from __future__ import annotations

from typing import Any

from crm.access.queries import rights_of
from crm.audit.queries.entries import names_of, spoken
from crm.audit.records import columns_with_values, history_of, last_rows, parents_of, places, plain_rows, predecessors
from crm.core.models import ChangeSet


def conflicts_in_words(conflicts: list, change_set: ChangeSet, user) -> list[dict[str, Any]]:
    """Rows for the page, in the order of the conflicts. A fixed number of queries per model.

    A value that this user may not read is None. Of a whole record (`column` "") there are no values.
    """
    by_model: dict[type, list] = {}
    for one in conflicts:
        by_model.setdefault(one.model, []).append(one)
    told: dict[str, dict[str, Any]] = {}
    for model, those in by_model.items():
        ids = {one.pk for one in those}
        history = history_of(model)
        first, written = {}, {}
        for row in history.objects.filter(change_set_id=change_set.pk, id__in=ids).order_by("history_id"):
            first.setdefault(row.id, row)
            written[row.id] = row
        before = predecessors(history, [row.history_id for row in first.values()])
        live = plain_rows(model).in_bulk(ids)
        newest = last_rows(model, ids)
        columns = {column.name: column for column in columns_with_values(model)}
        names = _names(model, [*before.values(), *written.values(), *live.values()], user)
        own = names_of(model, ids, user)
        lies = places(model, live)
        for one in those:
            row = {
                "key": one.key,
                "label": one.label,
                "name": _name(model, one.pk, live.get(one.pk), own, names),
                "field": one.field_label,
                "version": one.version,
                "who": str(_who(newest.get(one.pk)) or ""),
                "when": newest[one.pk].history_date if one.pk in newest else None,
                "readable": True,
            }
            if one.column:
                column = columns[one.column]
                readable = user.is_superuser or one.column in rights_of(user).readable(model, lies.get(one.pk, ()))
                old, made, now = (
                    rows.get(key)
                    for rows, key in (
                        (before, first[one.pk].history_id),
                        (written, one.pk),
                        (live, one.pk),
                    )
                )
                row["readable"] = readable
                for name, version in (("was", old), ("made", made), ("now", now)):
                    value = getattr(version, column.attname) if version is not None else None
                    row[name] = spoken(column, value, names) if readable else None
            told[one.key] = row
    return [told[one.key] for one in conflicts]


def _who(row):
    if row is None:
        return None
    return row.change_set.actor if row.change_set_id and row.change_set.actor_id else row.history_user


def _names(model: type, rows: list, user) -> dict[type, dict[int, str]]:
    found: dict[type, set[int]] = {}
    for column in columns_with_values(model):
        if column.is_relation:
            target = column.related_model._meta.concrete_model
            found.setdefault(target, set()).update(getattr(row, column.attname) for row in rows)
    return {target: names_of(target, ids - {None}, user) for target, ids in found.items()}


def _name(model: type, pk: int, row, own: dict[int, str], names: dict[type, dict[int, str]]) -> str:
    """Of a part what it hangs under, else its own name."""
    parents = [
        names.get(key.related_model._meta.concrete_model, {}).get(getattr(row, key.attname, None))
        for key in parents_of(model)
    ]
    return ", ".join(name for name in parents if name) or own.get(pk, "")
