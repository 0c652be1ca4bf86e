"""The one door for writing many rows: set-wise, with history, what is derived, and `rows_changed`.

Each call is one transaction over at most 5,000 rows; more is a `Job` that calls it chunk by chunk. Rows that
would not change get no history and tell nobody (design/performance.md 3).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from crm.core import derived, guards
from crm.core.change_set import change_set, current_actor, current_change_set_id
from crm.core.guards import RowChange
from crm.core.signals import rows_changed

CHUNK = 5_000


class TooManyRows(ValueError):
    """More than one chunk in one call: use a Job."""


@dataclass
class Written:
    """What a bulk update did. `conflicts`: keys whose row was no longer at the expected version, left alone."""

    changed: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)


def create(objects: Sequence[models.Model]) -> list[models.Model]:
    """Insert unsaved instances of one model; they come back with their keys.

    Raises ValidationError when a guard refuses, IntegrityError as the database does.
    """
    objects = list(objects)
    if not objects:
        return objects
    _refuse_too_many(objects)
    model = type(objects[0])._meta.concrete_model
    with transaction.atomic(savepoint=False), change_set():
        model.before_insert(objects)
        for instance in objects:
            instance.fill_computed()
        if guards.guarded(model):
            guards.check(model, [RowChange(None, None, _values(instance)) for instance in objects])
        models.QuerySet(model).bulk_create(objects)
        ids = [instance.pk for instance in objects]
        for instance in objects:
            instance._remember()
        _write_history(model, ids, "+")
        _refresh_derived(model, None, _subjects(model, ids))
        rows_changed.send(sender=model, ids=ids, event="created", fields=frozenset(), moment="after")
    return objects


def set_values(rows: models.QuerySet, **values: Any) -> Written:
    """Give every row of a queryset the same values. `values` are by field name."""
    model = rows.model._meta.concrete_model
    names = [model._meta.get_field(name).attname for name in values]
    plain = {
        model._meta.get_field(name).attname: getattr(value, "pk", value) if isinstance(value, models.Model) else value
        for name, value in values.items()
    }
    with transaction.atomic(savepoint=False), change_set():
        differs = models.Q()
        for attname in names:
            same = {f"{attname}__isnull": True} if plain[attname] is None else {attname: plain[attname]}
            differs |= ~models.Q(**same)
            if plain[attname] is not None:
                differs |= models.Q(**{f"{attname}__isnull": True})
        ids = list(rows.order_by("pk").filter(differs).values_list("pk", flat=True)[: CHUNK + 1])
        return update(model, dict.fromkeys(ids, plain))


def update(
    model: type[models.Model],
    rows: Mapping[int, Mapping[str, Any]],
    *,
    expected_versions: Mapping[int, int] | None = None,
) -> Written:
    """Give each row its own values: `{pk: {attribute: value}}`, the same attributes for every row.

    With `expected_versions` a row that has another version by now is left alone and named in `conflicts`.
    """
    if not rows:
        return Written()
    _refuse_too_many(rows)
    model = model._meta.concrete_model
    with transaction.atomic(savepoint=False), change_set():
        rows = _with_computed(model, rows)
        names = sorted(next(iter(rows.values())))
        table = _ValueTable(model, names)
        table.fill(rows, expected_versions or {})
        conflicts = table.conflicts() if expected_versions else []
        changed = table.changed()
        if changed:
            _update_changed(model, table, names, rows, changed)
        table.drop()  # after an error the rollback takes it along
        return Written(changed=changed, conflicts=conflicts)


def _update_changed(model, table, names, rows, changed: list[int]) -> None:
    if guards.guarded(model):
        guards.check(model, table.row_changes(rows, changed))
    fields = frozenset(names)
    keys = _key_fields(model, names)
    old_subjects = _subjects(model, changed, fields) if keys else {}
    if keys:
        rows_changed.send(sender=model, ids=changed, event="updated", fields=fields, moment="before")
    table.apply()
    _write_history(model, changed, "~")
    new_subjects = _subjects(model, changed, fields)
    for derivation, subjects in old_subjects.items():
        new_subjects[derivation] |= subjects
    _refresh_derived(model, fields, new_subjects)
    rows_changed.send(sender=model, ids=changed, event="updated", fields=fields, moment="after")


def delete(rows: models.QuerySet) -> int:
    """Delete the rows of a queryset that nothing else points at; returns how many.

    The rows under a row are the caller's to delete first, by this same door: no cascade runs here.
    """
    model = rows.model._meta.concrete_model
    with transaction.atomic(savepoint=False), change_set():
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[: CHUNK + 1])
        if not ids:
            return 0
        _refuse_too_many(ids)
        doomed = models.QuerySet(model).filter(pk__in=ids)
        if guards.guarded(model):
            guards.check(model, [instance.as_deleted() for instance in doomed])
        subjects = _subjects(model, ids)
        rows_changed.send(sender=model, ids=ids, event="deleted", fields=frozenset(), moment="before")
        _write_history(model, ids, "-")
        doomed._raw_delete(doomed.db)
        gone = set(ids)
        _refresh_derived(model, None, {d: s - gone if "pk" in d.watches[model] else s for d, s in subjects.items()})
        rows_changed.send(sender=model, ids=ids, event="deleted", fields=frozenset(), moment="after")
        return len(ids)


# ---------------------------------------------------------------------------------------------- parts


_numbers = itertools.count(1)


class _ValueTable:
    """The new values of one chunk in a typed temporary table, and the statements that compare and apply them."""

    def __init__(self, model, names: list[str]):
        self.model, self.names = model, names
        # A refresh of what is derived may write in bulk itself, while this table is still there.
        self.name = f"bulk_values_{next(_numbers)}"
        self.fields = [next(f for f in model._meta.concrete_fields if f.attname == n) for n in names]
        quote = connection.ops.quote_name
        self.live = quote(model._meta.db_table)
        self.pk = quote(model._meta.pk.column)
        self.columns = [quote(f.column) for f in self.fields]
        distinct = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
        self.differs = " OR ".join(f"live.{c} {distinct} new.{c}" for c in self.columns)
        self.fresh = "(new.expected IS NULL OR new.expected = live.version)"

    def fill(self, rows: Mapping[int, Mapping[str, Any]], versions: Mapping[int, int]) -> None:
        types = ", ".join(
            f"{c} {f.rel_db_type(connection) if f.is_relation else f.db_type(connection)}"
            for c, f in zip(self.columns, self.fields, strict=True)
        )
        values = [
            (
                pk,
                versions.get(pk),
                *(f.get_db_prep_save(row[n], connection) for f, n in zip(self.fields, self.names, strict=True)),
            )
            for pk, row in rows.items()
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {self.name} (pk bigint PRIMARY KEY, expected integer, {types})")
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.name} FROM STDIN") as copy:
                    for value in values:
                        copy.write_row(value)
            else:
                marks = ", ".join(["%s"] * (len(self.names) + 2))
                cursor.executemany(f"INSERT INTO {self.name} VALUES ({marks})", values)

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {self.name}")

    def _ids(self, where: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT live.{self.pk} FROM {self.name} new JOIN {self.live} live ON live.{self.pk} = new.pk"
                f" WHERE {where} ORDER BY 1"
            )
            return [row[0] for row in cursor.fetchall()]

    def conflicts(self) -> list[int]:
        return self._ids(f"NOT {self.fresh} AND ({self.differs})")

    def changed(self) -> list[int]:
        """Ids of the rows that differ, locked where the database can."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT live.{self.pk} FROM {self.live} live JOIN {self.name} new ON live.{self.pk} = new.pk"
                    f" ORDER BY 1 FOR UPDATE OF live"
                )
        return self._ids(f"{self.fresh} AND ({self.differs})")

    def row_changes(self, rows, changed: list[int]) -> list[RowChange]:
        old = models.QuerySet(self.model).filter(pk__in=changed).values("pk", *self.names)
        return [
            RowChange(
                row["pk"],
                {n: row[n] for n in self.names if row[n] != rows[row["pk"]][n]},
                {n: rows[row["pk"]][n] for n in self.names if row[n] != rows[row["pk"]][n]},
            )
            for row in old
        ]

    def apply(self) -> None:
        sets = ", ".join(f"{c} = new.{c}" for c in self.columns)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self.live} AS live SET {sets}, version = live.version + 1 FROM {self.name} new"
                f" WHERE live.{self.pk} = new.pk AND {self.fresh} AND ({self.differs})"
            )


def _refuse_too_many(rows) -> None:
    if len(rows) > CHUNK:
        raise TooManyRows(f"{len(rows)} rows in one call; the limit is {CHUNK}: use a Job")


def _values(instance) -> dict[str, Any]:
    return {f.attname: getattr(instance, f.attname) for f in instance._meta.concrete_fields if not f.generated}


def _with_computed(model, rows):
    """Add the columns that Python computes (a sort key) where one of their sources is among the new values."""
    names = set(next(iter(rows.values())))
    rules = [rule for rule in model.computed if names & set(rule.sources)]
    if not rules:
        return rows
    needed = sorted({source for rule in rules for source in rule.sources} - names)
    stored = {r.pop("pk"): r for r in models.QuerySet(model).filter(pk__in=list(rows)).values("pk", *needed)}
    return {
        pk: {**row, **{rule.column: rule.compute({**stored[pk], **row}) for rule in rules}}
        for pk, row in rows.items()
        if pk in stored
    }


def _key_fields(model, names) -> list[str]:
    return [f.attname for f in model._meta.concrete_fields if f.is_relation and f.attname in names]


def _subjects(model, ids: list[int], changed: Iterable[str] | None = None) -> dict[derived.Derivation, set[int]]:
    """The subjects of these rows per derivation that cares, read in one query per derivation."""
    found: dict[derived.Derivation, set[int]] = {}
    for derivation in derived.watching(model, changed):
        names = derivation.watches[model]
        if names == ("pk",):
            found[derivation] = set(ids)
        else:
            rows = models.QuerySet(model).filter(pk__in=ids).values_list(*names)
            found[derivation] = {key for row in rows for key in row if key is not None}
    return found


def _refresh_derived(model, changed, subjects: Mapping[derived.Derivation, set[int]]) -> None:
    for derivation, ids in subjects.items():
        derived.refresh_subjects(derivation, ids)


def _write_history(model, ids: list[int], kind: str) -> None:
    """One INSERT … SELECT from the live rows. `kind`: "+", "~" or "-", as django-simple-history has them."""
    history = model.history.model
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in history.tracked_fields)
    actor = current_actor()
    if connection.vendor == "postgresql":
        chosen, ids_param = "= ANY(%s)", ids
    else:
        chosen, ids_param = "IN (SELECT value FROM json_each(%s))", json.dumps(ids)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(history._meta.db_table)} ({columns}, history_date, history_type, history_user_id,"
            f" history_change_reason, change_set_id)"
            f" SELECT {columns}, %s, %s, %s, NULL, %s FROM {quote(model._meta.db_table)}"
            f" WHERE {quote(model._meta.pk.column)} {chosen} ORDER BY {quote(model._meta.pk.column)}",
            [now, kind, actor.pk if actor else None, current_change_set_id(), ids_param],
        )
