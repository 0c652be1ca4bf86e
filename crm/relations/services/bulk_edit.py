"""Changing many relations at once: prepared, shown, and done in the background as one change set.

What the preview showed is what is done: the relations and their versions are frozen with it. One that somebody changed
since is left alone and offered again; so is one that this user may no longer change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.core import bulk, derived, jobs
from crm.relations.bulk_changes import CHANGES, Facts
from crm.relations.models import BulkEdit, Kind, Relation

JOB_KIND = "relations.bulk_edit"
CHUNK = 500
READ_AT_ONCE = 5_000
# what was prepared and never done is kept no longer than this
KEPT_DAYS = 7


class UnableToStart(Exception):
    """Why a bulk edit is not done: it is at work already, or nothing would change."""


@dataclass(frozen=True)
class Effect:
    """What would happen to one relation: (key of the change, old, new) in words, or `why` it is left alone."""

    relation: Relation
    changes: tuple[tuple[str, Any, Any], ...] = ()
    why: str = ""


# ------------------------------------------------------------------------------------------------- preparing


@transaction.atomic
def prepare_bulk_edit(user, relations: QuerySet, wanted: Mapping[str, Any], *, on: date, asked: str = "") -> BulkEdit:
    """Freeze what these changes would do to these relations, all of which the user sees. Nothing is changed yet."""
    BulkEdit.objects.filter(actor=user, job=None, made_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
    frozen: list[list[int]] = []
    skipped: dict[str, list[int]] = defaultdict(list)
    ids = list(relations.order_by("sort_key", "pk").values_list("pk", flat=True))
    for start in range(0, len(ids), READ_AT_ONCE):
        for effect in effects_on(user, ids[start : start + READ_AT_ONCE], wanted, on=on):
            if effect.changes:
                frozen.append([effect.relation.pk, effect.relation.version])
            else:
                skipped[effect.why].append(effect.relation.pk)
    return BulkEdit.objects.create(
        actor=user, wanted=dict(wanted), frozen=frozen, skipped=dict(skipped), asked=asked[:4000]
    )


def effects_on(user, ids: list[int], wanted: Mapping[str, Any], *, on: date) -> list[Effect]:
    """What each of these relations, at most 5,000, would become; in the order of the ids."""
    rows = Relation.objects.visible_to(user, on).in_bulk(ids)
    mine = set(Relation.objects.editable_by(user, on).filter(pk__in=ids).values_list("pk", flat=True))
    facts = _facts(wanted, list(rows), on)
    found = []
    for pk in ids:
        if pk not in rows:
            continue
        if pk not in mine:
            found.append(Effect(rows[pk], why="not yours"))
        else:
            found.append(_effect(rows[pk], wanted, facts))
    return found


def _facts(wanted: Mapping[str, Any], ids: list[int], on: date) -> Facts:
    facts = Facts(on)
    for key, value in wanted.items():
        CHANGES[key].gather(facts, ids, value)
    return facts


def _effect(relation: Relation, wanted: Mapping[str, Any], facts: Facts) -> Effect:
    changes, reasons = [], []
    for key, value in wanted.items():
        done = CHANGES[key].effect(relation, value, facts)
        if isinstance(done, str):
            reasons.append(done)
        else:
            changes.append((key, *done))
    # the reason that asks most of the reader: "is so already" only when nothing else stands in the way
    why = next((reason for reason in reasons if reason != "same"), "same")
    return Effect(relation, tuple(changes), "" if changes else why)


# ----------------------------------------------------------------------------------------------------- doing


@transaction.atomic
def start_bulk_edit(edit: BulkEdit, *, reason: str = "") -> jobs.Job:
    """Do what was shown, in the background. Raises UnableToStart when it was started before or would do nothing."""
    edit = BulkEdit.objects.select_for_update().get(pk=edit.pk)
    if edit.job_id is not None:
        raise UnableToStart(gettext("This was started already."))
    if not edit.frozen:
        raise UnableToStart(gettext("None of these relations would change."))
    edit.job = jobs.start(JOB_KIND, params={"edit": edit.pk}, actor=edit.actor, total=len(edit.frozen), reason=reason)
    edit.save(update_fields=["job"])
    return edit.job


@jobs.job_kind(JOB_KIND, label=_("Change many relations"))
def bulk_edit_chunk(job: jobs.Job) -> jobs.Chunk:
    """Some relations at a time. `result`: how many were changed, and [relation id, why] of those left alone."""
    edit = BulkEdit.objects.get(pk=job.params["edit"])
    at = job.mark.get("at", 0)
    some = edit.frozen[at : at + CHUNK]
    changed, left = _apply(edit, dict(some), on=timezone.localdate())
    result = {
        "changed": job.result.get("changed", 0) + changed,
        "left": [*job.result.get("left", []), *([pk, why] for pk, why in left)],
    }
    at += len(some)
    return jobs.Chunk(done=len(some), mark={"at": at}, more=at < len(edit.frozen), result=result)


def _apply(edit: BulkEdit, versions: dict[int, int], *, on: date) -> tuple[int, list[tuple[int, str]]]:
    """Returns how many relations were changed, and (relation id, why) of those that were not."""
    _lock(versions)
    effects = {one.relation.pk: one for one in effects_on(edit.actor, sorted(versions), edit.wanted, on=on)}
    left = [(pk, "gone") for pk in versions if pk not in effects]
    doing: list[Effect] = []
    for pk, effect in effects.items():
        if effect.why == "not yours":
            left.append((pk, effect.why))
        elif effect.relation.version != versions[pk]:
            # changed by somebody else; into the same, there is nothing left to offer again
            left.append((pk, "changed" if effect.changes else "same"))
        elif effect.changes:
            doing.append(effect)
        else:
            left.append((pk, effect.why))
    with derived.gathered():
        _write_columns(edit, doing, versions)
        for key, value in edit.wanted.items():
            touched = [one.relation for one in doing if key in {change[0] for change in one.changes}]
            if touched:
                CHANGES[key].follow(touched, value, on=on)
    return len(doing), left


def _lock(ids: Iterable[int]) -> None:
    """Nobody changes them between looking and writing; on SQLite the transaction itself is the lock."""
    if connection.features.has_select_for_update:
        list(QuerySet(Relation).filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))


def _write_columns(edit: BulkEdit, doing: list[Effect], versions: Mapping[int, int]) -> None:
    """A person lacks some columns, so each kind has its own statement."""
    for kind in Kind.values:
        columns: dict[str, Any] = {}
        for key, value in edit.wanted.items():
            change = CHANGES[key]
            if not (kind == Kind.PERSON and getattr(change, "organisations", False)):
                columns |= change.columns(value)
        ids = [one.relation.pk for one in doing if one.relation.kind == kind]
        if columns and ids:
            bulk.update(Relation, dict.fromkeys(ids, columns), expected_versions={pk: versions[pk] for pk in ids})


# ------------------------------------------------------------------------------------------------- offering again


def offer_again(edit: BulkEdit, *, on: date) -> BulkEdit:
    """The same changes for those that somebody had changed since the preview: a new preview of them as they are."""
    left = [pk for pk, why in (edit.job.result.get("left", []) if edit.job else []) if why == "changed"]
    rows = Relation.objects.visible_to(edit.actor, on).filter(pk__in=left)
    return prepare_bulk_edit(edit.actor, rows, edit.wanted, on=on, asked=edit.asked)
