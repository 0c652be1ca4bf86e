"""Planning: what the change set made compared with what is there now. Nothing is written.

What the actor may not see is in no plan, in no conflict and in no count: an act that wrote more than one may see looks
to them as if it had not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.audit.records import (
    columns_with_values,
    history_of,
    last_rows,
    places,
    plain_rows,
    predecessors,
    visible_keys,
)
from crm.audit.services.report import Conflict, UndoReport


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
    # for whom it was made; None: the program itself
    actor: Any = None


def plan_for(change_set, model, actor, overrides, only: Q | None = None) -> Plan:
    """Compare what the change set made with what is there now; nothing is written."""
    plan = Plan(model, actor=actor)
    history = history_of(model)
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
        _forget_unseen(plan, actor)
        _leave_out(plan, actor, live)
    return plan


def _plan_removal(plan, pk, end, now, overrides) -> None:
    if now is None:
        return
    if now.version != end.version and (plan.model._meta.label, pk, "") not in overrides:
        plan.conflicts.append(Conflict(plan.model, pk, "", "changed", version=now.version))
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
            plan.conflicts.append(Conflict(plan.model, pk, column.name, "changed", version=now.version))
    if values:
        plan.updates[pk] = values
        plan.versions[pk] = now.version


def _forget_unseen(plan: Plan, actor) -> None:
    """What the actor may not see is not there: not as work, not as a conflict."""
    mentioned = {*plan.updates, *plan.deletes, *plan.inserts, *(one.pk for one in plan.conflicts)}
    seen = visible_keys(plan.model, mentioned, actor)
    plan.updates = {pk: values for pk, values in plan.updates.items() if pk in seen}
    plan.inserts = {pk: row for pk, row in plan.inserts.items() if pk in seen}
    plan.deletes = [pk for pk in plan.deletes if pk in seen]
    plan.conflicts = [one for one in plan.conflicts if one.pk in seen]


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


def add_to(report: UndoReport, plan: Plan) -> None:
    """Count what a plan would do as done."""
    report.returned += [(plan.model, pk) for pk in plan.inserts]
    report.changed += [(plan.model, pk) for pk in plan.updates]
    report.removed += [(plan.model, pk) for pk in plan.deletes]
    report.conflicts += plan.conflicts
