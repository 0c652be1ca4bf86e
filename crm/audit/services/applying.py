"""Writing a plan through the bulk door: what returns, values, what goes; what is refused is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from crm.audit.records import columns_with_values, plain_rows, recorded_models, visible_keys
from crm.audit.services.planning import Plan
from crm.audit.services.report import Conflict, UndoReport
from crm.core import bulk


def try_again(plans: list[Plan], report: UndoReport) -> None:
    """What the database refused may go now: the main account cannot change back while the other one is still it."""
    refused = [one for one in report.conflicts if one.by_database]
    while refused:
        report.conflicts = [one for one in report.conflicts if not one.by_database]
        for plan in plans:
            again = {
                one.pk: plan.updates[one.pk] for one in refused if one.model is plan.model and one.pk in plan.updates
            }
            apply(replace(plan, updates=again), report, "update", None)
            report.conflicts += [one for one in refused if one.model is plan.model and one.pk not in again]
        left = [one for one in report.conflicts if one.by_database]
        refused = left if len(left) < len(refused) else []


def apply(plan: Plan, report: UndoReport, phase: str, doomed: Mapping[type, set[int]] | None) -> None:
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
        report.conflicts += [Conflict(plan.model, pk, "", why) for pk, why in sorted(used.items())]
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


def _free(plan: Plan, doomed: Mapping[type, set[int]]) -> tuple[list[int], dict[int, str]]:
    """Of what has to go: what no recorded row points at any more that stays; and key -> why the others stay.

    What points at it may be hidden to who undoes: then it has to stay, without a word of why.
    """
    used: dict[int, str] = {}
    for relation in plan.model._meta.related_objects:
        other = relation.related_model._meta.concrete_model
        if other not in recorded_models() or not plan.deletes:
            continue
        attname = relation.field.attname
        pairs = plain_rows(other).filter(**{f"{attname}__in": plan.deletes}).values_list("pk", attname)
        going = doomed.get(other, set())
        staying = [(pk, target) for pk, target in pairs if pk not in going]
        known = {pk for pk, _target in staying}
        if plan.actor is not None:
            known = visible_keys(other, known, plan.actor)
        for pk, target in staying:
            used[target] = "used" if pk in known else used.get(target, "hidden use")
    return [pk for pk in plan.deletes if pk not in used], used
