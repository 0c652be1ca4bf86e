"""Undoing what belonged together, and bringing back what was deleted. Undoing is itself a change set.

What changed since stays as it is and is reported: nothing is overwritten without being named in `overrides`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.audit.queries import count_of_change_set
from crm.audit.records import (
    any_of,
    columns_with_values,
    last_rows,
    model_of,
    parts_of,
    places,
    plain_rows,
    predecessors,
    recorded_models,
)
from crm.core import bulk, derived, jobs
from crm.core.change_set import change_set as open_change_set
from crm.core.change_set import current_change_set
from crm.core.models import ChangeSet, Door

# more history rows than this are undone by a job
AT_ONCE = 5_000
JOB_CHUNK = 500
JOB_KIND = "audit.undo"

Override = tuple[str, int, str]


class UnableToUndo(Exception):
    """Why this change set cannot be undone at all, for a person."""


@dataclass(frozen=True)
class Conflict:
    """What stays as it is. `column` is "" for a whole record; `why`: "changed", "gone", "back", "used", "refused",
    "not allowed". `said` is the sentence of a guard."""

    model: type
    pk: int
    column: str
    why: str
    said: str = ""

    def as_override(self) -> Override:
        return (self.model._meta.label, self.pk, self.column)

    @property
    def key(self) -> str:
        """As a form posts it."""
        return f"{self.model._meta.label}:{self.pk}:{self.column}"

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def field_label(self) -> str:
        return str(self.model._meta.get_field(self.column).verbose_name) if self.column else ""

    @property
    def by_database(self) -> bool:
        """A constraint refused it, and may not once other rows are as they were."""
        return self.why == "refused" and not self.said

    @property
    def reason(self) -> str:
        return self.said or str(WHY[self.why])


WHY = {
    "changed": gettext_lazy("was changed since by somebody else"),
    "gone": gettext_lazy("was deleted since"),
    "back": gettext_lazy("is there again"),
    "used": gettext_lazy("is used by something newer"),
    "refused": gettext_lazy("may not be so"),
    "not allowed": gettext_lazy("you may not change this"),
}


@dataclass
class UndoReport:
    """What was undone, or would be: `changed`, `removed` and `returned` are (model, key); `conflicts` stay."""

    changed: list[tuple[type, int]] = field(default_factory=list)
    removed: list[tuple[type, int]] = field(default_factory=list)
    returned: list[tuple[type, int]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    job: jobs.Job | None = None

    @property
    def restored(self) -> int:
        return len(self.changed) + len(self.removed) + len(self.returned)


@dataclass
class Plan:
    """What undoing asks of some records of one model."""

    model: type
    updates: dict[int, dict[str, Any]] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    deletes: list[int] = field(default_factory=list)
    inserts: dict[int, Any] = field(default_factory=dict)  # key -> the history row to bring back
    insert_versions: dict[int, int] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


# ---------------------------------------------------------------------------------------- what one calls


def may_undo(user) -> bool:
    return rights_of(user).has(Right.HISTORY_UNDO)


def preview(change_set: ChangeSet, actor, *, overrides: Collection[Override] = ()) -> UndoReport:
    """What `undo_change_set` would do, without writing. Only what the actor may undo counts as done."""
    report = UndoReport()
    for model in recorded_models():
        plan = _plan(change_set, model, actor, overrides)
        _add(report, plan, plan.inserts, plan.updates, plan.deletes)
    return report


def undo_change_set(
    change_set: ChangeSet, actor, *, reason: str = "", overrides: Collection[Override] = ()
) -> UndoReport:
    """Undo everything a change set did: old values back where the value is still what it made of them, what it made
    deleted, what it deleted back under the same key. In one new change set that names the old one.

    `overrides`: (model label, key, column) of conflicts to overwrite. More than 5,000 history rows: nothing is done
    yet, and the report names the job. Guards are asked; what one refuses is a conflict. Raises UnableToUndo for who
    has no right to undo anything.
    """
    if actor is not None and not may_undo(actor):
        raise UnableToUndo(_("You may not undo changes."))
    total = count_of_change_set(change_set)
    if total > AT_ONCE:
        params = {"change_set": change_set.pk, "overrides": [list(one) for one in overrides]}
        return UndoReport(
            job=jobs.start(JOB_KIND, params=params, actor=actor, total=total, reason=reason, reverts=change_set)
        )
    return _undo(change_set, actor, reason, overrides, only=None)


def restore(model: type, pk: int, actor, *, reason: str = "") -> UndoReport:
    """Bring back a deleted record with the parts that went with it. Raises UnableToUndo when it is not deleted."""
    last = last_rows(model, [pk]).get(pk)
    if last is None or last.history_type != "-" or last.change_set is None:
        raise UnableToUndo(_("This record is not deleted, or was never there."))
    if actor is not None and not may_undo(actor):
        raise UnableToUndo(_("You may not undo changes."))
    only = {model: Q(id=pk, history_type="-")}
    for part, attnames in parts_of(model):
        only[part] = any_of(attnames, pk) & Q(history_type="-")
    return _undo(last.change_set, actor, reason, (), only)


@jobs.job_kind(JOB_KIND, label=gettext_lazy("Undo changes"))
def undo_chunk(job: jobs.Job) -> jobs.Chunk:
    """Some records of one model at a time: first what comes back, then old values, then what goes, and at last the
    old values that were refused while something else was in their place."""
    change_set = ChangeSet.objects.get(pk=job.params["change_set"])
    overrides = {tuple(one) for one in job.params["overrides"]}
    order = [m._meta.label for m in recorded_models()]
    steps = [(phase, label) for phase in ("insert", "update") for label in order]
    steps += [("delete", label) for label in reversed(order)]
    steps += [("again", label) for label in order]
    at, after = job.mark.get("step", 0), job.mark.get("after", 0)
    phase, label = steps[at]
    model = model_of(label)
    rows = model.history.model.objects.filter(change_set_id=change_set.pk, id__gt=after)
    ids = list(rows.order_by("id").values_list("id", flat=True).distinct()[:JOB_CHUNK])
    report = UndoReport()
    if ids:
        plan = _plan(change_set, model, job.actor, overrides, Q(id__in=ids))
        _apply(plan, report, "update" if phase == "again" else phase, None)
        # the phases plan the same records again: each conflict counts in one of them
        if phase == "insert":
            report.conflicts += [one for one in plan.conflicts if one.why == "back"]
        elif phase == "update":
            report.conflicts = [one for one in report.conflicts if not one.by_database]
            report.conflicts += [one for one in plan.conflicts if one.why != "back"]
    mark = {"step": at, "after": ids[-1]} if len(ids) == JOB_CHUNK else {"step": at + 1, "after": 0}
    counted = {"changed": len(report.changed), "removed": len(report.removed), "returned": len(report.returned)}
    result = {name: job.result.get(name, 0) + number for name, number in counted.items()}
    result["conflicts"] = job.result.get("conflicts", 0) + len(report.conflicts)
    return jobs.Chunk(done=report.restored, mark=mark, more=mark["step"] < len(steps), result=result)


# ------------------------------------------------------------------------------------------------ doing


def _undo(change_set, actor, reason, overrides, only: Mapping[type, Q] | None) -> UndoReport:
    report = UndoReport()
    chosen = [m for m in recorded_models() if only is None or m in only]
    outer = current_change_set()
    with (
        transaction.atomic(),
        open_change_set(
            actor=actor,
            door=outer.door if outer else Door.SHELL,
            action="audit.undo",
            reason=reason,
            reverts=change_set,
            separate=True,
        ),
    ):
        plans = [_plan(change_set, m, actor, overrides, only[m] if only else None) for m in chosen]
        doomed = {plan.model: set(plan.deletes) for plan in plans}
        for plan in plans:
            _apply(plan, report, "insert", doomed)
        # one refresh at the end: what follows from the first row must not look like a change of the second
        with derived.gathered():
            for plan in plans:
                _apply(plan, report, "update", doomed)
                report.conflicts += plan.conflicts
        for plan in reversed(plans):
            _apply(plan, report, "delete", doomed)
        with derived.gathered():
            _try_again(plans, report)
    return report


def _try_again(plans: list[Plan], report: UndoReport) -> None:
    """What the database refused may go now: the main account cannot change back while the other one is still it."""
    refused = [one for one in report.conflicts if one.by_database]
    while refused:
        report.conflicts = [one for one in report.conflicts if not one.by_database]
        for plan in plans:
            again = {
                one.pk: plan.updates[one.pk] for one in refused if one.model is plan.model and one.pk in plan.updates
            }
            _apply(replace(plan, updates=again), report, "update", None)
            report.conflicts += [one for one in refused if one.model is plan.model and one.pk not in again]
        left = [one for one in report.conflicts if one.by_database]
        refused = left if len(left) < len(refused) else []


def _apply(plan: Plan, report: UndoReport, phase: str, doomed: Mapping[type, set[int]] | None) -> None:
    if phase == "insert":
        done = _in_groups(list(plan.inserts), lambda ids: _insert(plan, ids), plan, report)
        report.returned += [(plan.model, pk) for pk in done]
    elif phase == "update":
        groups: dict[tuple[str, ...], list[int]] = {}
        for pk, values in plan.updates.items():
            groups.setdefault(tuple(sorted(values)), []).append(pk)
        for ids in groups.values():
            lost: set[int] = set()
            done = _in_groups(ids, lambda some, lost=lost: lost.update(_update(plan, some)), plan, report)
            report.conflicts += [Conflict(plan.model, pk, "", "changed") for pk in sorted(lost)]
            report.changed += [(plan.model, pk) for pk in done if pk not in lost]
    else:
        free, used = _free(plan, doomed or {})
        report.conflicts += [Conflict(plan.model, pk, "", "used") for pk in used]
        done = _in_groups(free, lambda ids: _delete(plan, ids), plan, report)
        report.removed += [(plan.model, pk) for pk in done]


def _in_groups(ids: list[int], write: Callable[[list[int]], None], plan: Plan, report: UndoReport) -> list[int]:
    """All in one statement; when the database or a guard refuses, one by one, so that only those stay behind."""
    if not ids:
        return []
    try:
        with transaction.atomic():
            write(ids)
        return ids
    except (IntegrityError, ProtectedError, ValidationError) as refused:
        if len(ids) == 1:
            said = " ".join(refused.messages) if isinstance(refused, ValidationError) else ""
            report.conflicts.append(Conflict(plan.model, ids[0], "", "refused", said))
            return []
    half = len(ids) // 2
    return _in_groups(ids[:half], write, plan, report) + _in_groups(ids[half:], write, plan, report)


def _insert(plan: Plan, ids: list[int]) -> None:
    rows = []
    for pk in ids:
        row = plan.inserts[pk]
        values = {f.attname: getattr(row, f.attname) for f in columns_with_values(plan.model)}
        instance = plan.model(pk=pk, **values)
        instance.version = plan.insert_versions[pk] + 1
        rows.append(instance)
    bulk.create(rows)


def _update(plan: Plan, ids: list[int]) -> list[int]:
    """Write old values; returns the keys of rows that changed between planning and writing."""
    written = bulk.update(
        plan.model,
        {pk: plan.updates[pk] for pk in ids},
        expected_versions={pk: plan.versions[pk] for pk in ids},
    )
    return written.conflicts


def _delete(plan: Plan, ids: list[int]) -> None:
    if not plan.model._meta.related_objects:
        bulk.delete(plain_rows(plan.model).filter(pk__in=ids))
        return
    # rows without history hang under these (search words): Django's collector takes them along
    for row in plain_rows(plan.model).filter(pk__in=ids).order_by("-pk"):
        row.delete()


def _free(plan: Plan, doomed: Mapping[type, set[int]]) -> tuple[list[int], list[int]]:
    """Of what has to go: what no recorded row points at any more that stays, and what one does."""
    used: set[int] = set()
    for relation in plan.model._meta.related_objects:
        other = relation.related_model._meta.concrete_model
        if other not in recorded_models() or not plan.deletes:
            continue
        attname = relation.field.attname
        pairs = plain_rows(other).filter(**{f"{attname}__in": plan.deletes}).values_list("pk", attname)
        going = doomed.get(other, set())
        used |= {target for pk, target in pairs if pk not in going}
    return [pk for pk in plan.deletes if pk not in used], sorted(used)


# --------------------------------------------------------------------------------------------- planning


def _plan(change_set, model, actor, overrides, only: Q | None = None) -> Plan:
    """Compare what the change set made with what is there now; nothing is written."""
    plan = Plan(model)
    history = model.history.model
    rows = list(history.objects.filter(only or Q(), change_set_id=change_set.pk).order_by("history_id"))
    if not rows:
        return plan
    first, last = {}, {}
    for row in rows:
        first.setdefault(row.id, row)
        last[row.id] = row
    before = predecessors(history, [row.history_id for row in first.values() if row.history_type != "+"])
    live = plain_rows(model).in_bulk(first)
    newest = last_rows(model, set(first) - set(live))
    for pk, begin in first.items():
        end, now = last[pk], live.get(pk)
        made, gone = begin.history_type == "+", end.history_type == "-"
        if made and gone:
            continue
        if made:
            _plan_removal(plan, pk, end, now, overrides)
        elif gone:
            _plan_return(plan, pk, before.get(begin.history_id, begin), now, newest)
        else:
            _plan_values(plan, pk, before.get(begin.history_id), end, now, overrides)
    if actor is not None and not actor.is_superuser:
        _leave_out(plan, actor, live)
    return plan


def _plan_removal(plan, pk, end, now, overrides) -> None:
    if now is None:
        return
    if now.version != end.version and (plan.model._meta.label, pk, "") not in overrides:
        plan.conflicts.append(Conflict(plan.model, pk, "", "changed"))
    else:
        plan.deletes.append(pk)


def _plan_return(plan, pk, old, now, newest) -> None:
    if now is not None:
        plan.conflicts.append(Conflict(plan.model, pk, "", "back"))
        return
    plan.inserts[pk] = old
    plan.insert_versions[pk] = newest[pk].version if pk in newest else old.version


def _plan_values(plan, pk, old, end, now, overrides) -> None:
    if old is None:
        return
    if now is None:
        plan.conflicts.append(Conflict(plan.model, pk, "", "gone"))
        return
    values = {}
    for column in columns_with_values(plan.model):
        name = column.attname
        was, made, is_now = getattr(old, name), getattr(end, name), getattr(now, name)
        if was == made or is_now == was:
            continue
        if is_now == made or (plan.model._meta.label, pk, column.name) in overrides:
            values[name] = was
        elif column.name not in {rule.column for rule in plan.model.computed}:
            plan.conflicts.append(Conflict(plan.model, pk, column.name, "changed"))
    if values:
        plan.updates[pk] = values
        plan.versions[pk] = now.version


def _leave_out(plan: Plan, actor, live: Mapping[int, Any]) -> None:
    """What the actor may not change, or not undo there, becomes a conflict."""
    rights = rights_of(actor)
    wanted = {*plan.updates, *plan.deletes, *plan.inserts}
    rows = {pk: plan.inserts.get(pk) or live[pk] for pk in wanted}
    lies = places(plan.model, rows)
    manager = plan.model._default_manager
    editable = set(manager.editable_by(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    computed = {rule.column for rule in plan.model.computed}
    for pk in sorted(wanted):
        allowed = rights.has(Right.HISTORY_UNDO, lies[pk]) and (pk in plan.inserts or pk in editable)
        changeable = rights.changeable(plan.model, lies[pk])
        columns = {f.attname: f.name for f in columns_with_values(plan.model)}
        if pk in plan.updates:
            closed = {a for a in plan.updates[pk] if columns[a] not in changeable | computed}
            if allowed and closed:
                plan.conflicts += [Conflict(plan.model, pk, columns[a], "not allowed") for a in sorted(closed)]
                plan.updates[pk] = {a: v for a, v in plan.updates[pk].items() if a not in closed}
                if not set(plan.updates[pk]) - computed:
                    del plan.updates[pk]
                continue
        elif not changeable:
            allowed = False
        if not allowed:
            plan.conflicts.append(Conflict(plan.model, pk, "", "not allowed"))
            plan.updates.pop(pk, None)
            plan.inserts.pop(pk, None)
            plan.deletes = [one for one in plan.deletes if one != pk]


def _add(report: UndoReport, plan: Plan, inserts: Iterable[int], updates: Iterable[int], deletes: Iterable[int]):
    report.returned += [(plan.model, pk) for pk in inserts]
    report.changed += [(plan.model, pk) for pk in updates]
    report.removed += [(plan.model, pk) for pk in deletes]
    report.conflicts += plan.conflicts
