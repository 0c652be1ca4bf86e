"""`Recorded`: what every model of ours is. A change, its history and all that listens to it are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models.deletion import Collector
from django.utils.translation import gettext_lazy as _

from crm.core import derived, guards
from crm.core.change_set import change_set
from crm.core.guards import RowChange
from crm.core.history import RecordedHistory


class ChangedMeanwhile(Exception):
    """Somebody saved a newer version of this record since it was loaded. Nothing was written.

    `record` is the model's label and key, `expected` the version that was shown.
    """

    def __init__(self, model: type, pk: Any, expected: int | None):
        super().__init__(f"{model._meta.label} {pk} changed since version {expected}")
        self.model, self.pk, self.expected = model._meta.concrete_model, pk, expected


@dataclass(frozen=True)
class Computed:
    """A plain column that Python fills from other columns, because the databases cannot (case and accents).

    `compute` gets a mapping of the sources' values and returns the column's value.
    """

    column: str
    sources: tuple[str, ...]
    compute: Callable[[Mapping[str, Any]], Any]


class RecordedQuerySet(models.QuerySet):
    """Refuses the bulk writes that leave no history; `crm.core.bulk` is the door for those."""

    def lock(self, record, version: int | None = None):
        """Read a row again under a lock for the rest of the transaction.

        `record` is an instance or a key. Raises ChangedMeanwhile when `version` (the one that was shown) is no
        longer the row's, and DoesNotExist when it is gone. On SQLite the transaction itself is the lock.
        """
        pk = getattr(record, "pk", record)
        row = self.select_for_update().get(pk=pk)
        if version is not None and row.version != int(version):
            raise ChangedMeanwhile(self.model, pk, int(version))
        return row

    def _refuse(self, *args, **kwargs):
        raise TypeError(f"{self.model.__name__} is recorded: use crm.core.bulk, which writes the history too.")

    update = bulk_create = bulk_update = _refuse
    update.alters_data = bulk_create.alters_data = bulk_update.alters_data = True

    def delete(self):
        """Row by row through the model, for the admin and tests; many rows go through `bulk.delete`."""
        with transaction.atomic(savepoint=False), change_set():
            rows = list(self)
            for row in rows:
                row.delete()
        return len(rows), {self.model._meta.label: len(rows)}

    delete.alters_data = True
    delete.queryset_only = True


class Recorded(models.Model):
    """Saved with its history in one transaction; never saved over a newer version; not saved when nothing changed."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = RecordedHistory()
    objects = RecordedQuerySet.as_manager()

    computed: ClassVar[tuple[Computed, ...]] = ()
    history_excluded: ClassVar[tuple[str, ...]] = ()
    # field class -> names of the columns in it (crm.core.field_classes); an architecture test wants every column named
    field_classes: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    class Meta:
        abstract = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._loaded: dict[str, Any] = {}
        # attribute -> (old, new) of the save that is going on or was last done; signals read it
        self.changes: dict[str, tuple[Any, Any]] = {}

    @classmethod
    def from_db(cls, db, field_names, values):
        instance = super().from_db(db, field_names, values)
        instance._remember()
        return instance

    def refresh_from_db(self, using=None, fields=None, from_queryset=None):
        # also how Django fetches one deferred column: what was changed and not yet saved must stay a change
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._remember(fields)

    def _remember(self, names=None) -> None:
        """Keep the values as loaded or saved, of all columns or only of the named ones."""
        for f in self._meta.concrete_fields:
            if f.attname not in self.__dict__ or f.generated or not (names is None or f.name in names):
                continue
            value = self.__dict__[f.attname]
            self._loaded[f.attname] = deepcopy(value) if isinstance(value, dict | list) else value

    def keys_of(self, attname: str) -> set[int]:
        """The subject this row belongs to, by attribute name: the key it has and, in a change, the one it had."""
        old_and_new = self.changes.get(attname, ())
        return {key for key in (self.__dict__.get(attname), self.pk if attname == "pk" else None, *old_and_new) if key}

    def pending_changes(self) -> dict[str, tuple[Any, Any]]:
        """attribute -> (as loaded, as it is now), for what a save would write. A new row: everything."""
        pending = {}
        for f in self._meta.concrete_fields:
            if f.generated or f.attname == "version" or f.attname not in self.__dict__:
                continue
            new = self.__dict__[f.attname]
            if self._state.adding:
                pending[f.attname] = (None, new)
                continue
            if f.attname not in self._loaded:
                continue
            if not f.is_relation and not hasattr(new, "resolve_expression"):
                new = f.to_python(new)
            if new != self._loaded[f.attname]:
                pending[f.attname] = (self._loaded[f.attname], new)
        return pending

    @classmethod
    def before_insert(cls, instances) -> None:
        """Give new rows what only the system gives out (a number); one call for a whole chunk."""

    def fill_computed(self) -> None:
        deferred = self.get_deferred_fields()
        for rule in self.computed:
            if deferred.isdisjoint((*rule.sources, rule.column)):
                setattr(self, rule.column, rule.compute({name: getattr(self, name) for name in rule.sources}))

    def save(self, *, force_insert=False, force_update=False, using=None, update_fields=None):
        """Write what changed, its history row, what is derived from it and its outbox rows, in one transaction.

        Does nothing when nothing changed. Raises ChangedMeanwhile over a newer version, ValidationError when a
        guard refuses.
        """
        with transaction.atomic(savepoint=False), change_set():
            adding = self._state.adding
            if adding:
                self.before_insert([self])
            self.fill_computed()
            changes = self.pending_changes()
            if update_fields is not None:
                named = {self._meta.get_field(name).attname for name in update_fields}
                changes = {name: pair for name, pair in changes.items() if name in named | self._computed_columns()}
            if not (adding or changes):
                return
            model = self._meta.concrete_model
            if guards.guarded(model):
                before = None if adding else {name: old for name, (old, _new) in changes.items()}
                guards.check(model, [RowChange(self.pk, before, {name: new for name, (_old, new) in changes.items()})])
            self._write(adding, changes)
            for derivation in derived.watching(model, None if adding else changes):
                derived.refresh_subjects(derivation, self._subjects(derivation))

    def _computed_columns(self) -> set[str]:
        return {rule.column for rule in self.computed}

    def _write(self, adding: bool, changes: dict[str, tuple[Any, Any]]) -> None:
        self.changes = changes
        version = self.version
        try:
            if adding:
                super().save(force_insert=True)
            else:
                deferred = self.get_deferred_fields()
                if deferred:
                    # who listens reads the keys of the row: one query for what `only()` left out, not one per column
                    super().refresh_from_db(fields=sorted(deferred))
                self.version = version + 1
                super().save(update_fields=[*changes, "version"])
        except BaseException:
            self.version = version
            raise
        self._remember()

    def _do_update(self, base_qs, using, pk_val, values, update_fields, forced_update, *args, **kwargs):
        expected = self._loaded.get("version", self.version - 1)
        written = super()._do_update(
            base_qs.filter(version=expected), using, pk_val, values, update_fields, forced_update, *args, **kwargs
        )
        if not written:
            raise ChangedMeanwhile(type(self), pk_val, expected)
        return written

    def _subjects(self, derivation: derived.Derivation) -> set[int]:
        subjects: set[int] = set()
        for attname in derivation.watches[self._meta.concrete_model]:
            subjects |= self.keys_of(attname)
        return subjects

    def delete(self, using=None, keep_parents=False):
        """Delete with everything that hangs under it, each with its history row. A guard may refuse."""
        with transaction.atomic(savepoint=False), change_set():
            doomed = Collector(using=self._state.db or "default", origin=self)
            doomed.collect([self], keep_parents=keep_parents)
            rows = [row for rows in doomed.data.values() for row in rows if isinstance(row, Recorded)]
            gone: dict[type, set[int]] = {}
            for row in rows:
                gone.setdefault(row._meta.concrete_model, set()).add(row.pk)
                row.changes = {}
            for model in gone:
                if guards.guarded(model):
                    guards.check(model, [row.as_deleted() for row in rows if row._meta.concrete_model is model])
            subjects = [
                (derivation, row._subjects(derivation))
                for row in rows
                for derivation in derived.watching(row._meta.concrete_model, None)
            ]
            result = super().delete(using=using, keep_parents=keep_parents)
            for derivation, ids in subjects:
                watched_by_key = {m for m, names in derivation.watches.items() if "pk" in names}
                vanished = set().union(*(gone.get(model, set()) for model in watched_by_key))
                derived.refresh_subjects(derivation, ids - vanished)
            return result

    def as_deleted(self) -> RowChange:
        values = {f.attname: self.__dict__.get(f.attname) for f in self._meta.concrete_fields if not f.generated}
        return RowChange(self.pk, values, None)
