"""Undoing what belonged together. Undoing is itself a change set.

What changed since stays as it is and is reported: nothing is overwritten without being named in `overrides`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.audit.queries import count_of_change_set
from crm.audit.records import history_of, model_of, recorded_models
from crm.audit.services.applying import apply, try_again
from crm.audit.services.planning import add_to, plan_for
from crm.audit.services.report import AT_ONCE, Override, UnableToUndo, Undecided, UndoReport
from crm.core import derived, jobs
from crm.core.change_set import change_set as open_change_set
from crm.core.change_set import current_change_set
from crm.core.models import ChangeSet, Door

JOB_CHUNK = 500
JOB_KIND = "audit.undo"


def may_undo(user) -> bool:
    return rights_of(user).has(Right.HISTORY_UNDO)


def preview(change_set: ChangeSet, actor, *, overrides: Collection[Override] = ()) -> UndoReport:
    """What `undo_change_set` would do, without writing. Only what the actor may see is in it, and only what they may
    undo counts as done."""
    report = UndoReport()
    for model in recorded_models():
        add_to(report, plan_for(change_set, model, actor, overrides))
    return report


def undo_change_set(
    change_set: ChangeSet,
    actor,
    *,
    reason: str = "",
    overrides: Collection[Override] = (),
    decided: Mapping[Override, int] | None = None,
) -> UndoReport:
    """Undo everything a change set did: old values back where the value is still what it made of them, what it made
    deleted, what it deleted back under the same key. In one new change set that names the old one.

    `overrides`: (model label, key, column) of conflicts to overwrite. `decided`: the conflicts that a person chose
    about, with the version of the record they saw; raises Undecided, and writes nothing, when there is another one or
    a newer version. Without it conflicts stay. What the actor may not see stays too, and is not spoken of.

    More than 5,000 history rows: nothing is done yet, and the report names the job. Guards are asked; what one
    refuses is a conflict. Raises UnableToUndo for who has no right to undo anything.
    """
    if actor is not None and not may_undo(actor):
        raise UnableToUndo(_("You may not undo changes."))
    if decided is not None:
        left = [
            one
            for one in preview(change_set, actor).conflicts
            if one.to_choose and decided.get(one.as_override()) != one.version
        ]
        if left:
            raise Undecided(left)
    total = count_of_change_set(change_set)
    if total > AT_ONCE:
        params = {"change_set": change_set.pk, "overrides": [list(one) for one in overrides]}
        # how much it is would tell of what one may not see
        known = total if actor is None or actor.is_superuser else 0
        return UndoReport(
            job=jobs.start(JOB_KIND, params=params, actor=actor, total=known, reason=reason, reverts=change_set)
        )
    return undo(change_set, actor, reason, overrides)


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
    rows = history_of(model).objects.filter(change_set_id=change_set.pk, id__gt=after)
    ids = list(rows.order_by("id").values_list("id", flat=True).distinct()[:JOB_CHUNK])
    report = UndoReport()
    if ids:
        plan = plan_for(change_set, model, job.actor, overrides, Q(id__in=ids))
        apply(plan, report, "update" if phase == "again" else phase, None)
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


@transaction.atomic
def undo(
    change_set: ChangeSet,
    actor,
    reason: str,
    overrides: Collection[Override],
    only: Mapping[type, Q] | None = None,
    action: str = "audit.undo",
) -> UndoReport:
    """Plan and write at once, in a change set of its own. `only`: of these models, and of those rows."""
    report = UndoReport()
    chosen = [m for m in recorded_models() if only is None or m in only]
    outer = current_change_set()
    with open_change_set(
        actor=actor,
        door=outer.door if outer else Door.SHELL,
        action=action,
        reason=reason,
        reverts=change_set,
        separate=True,
    ):
        plans = [plan_for(change_set, m, actor, overrides, only[m] if only else None) for m in chosen]
        doomed = {plan.model: set(plan.deletes) for plan in plans}
        for plan in plans:
            apply(plan, report, "insert", doomed)
        # one refresh at the end: what follows from the first row must not look like a change of the second
        with derived.gathered():
            for plan in plans:
                apply(plan, report, "update", doomed)
                report.conflicts += plan.conflicts
        for plan in reversed(plans):
            apply(plan, report, "delete", doomed)
        with derived.gathered():
            try_again(plans, report)
    return report
