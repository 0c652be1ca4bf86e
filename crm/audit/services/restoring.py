"""Bringing back one deleted record with what went with it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.audit.records import history_of, last_rows, parts_of, visible_keys
from crm.audit.services.planning import add_to, plan_for
from crm.audit.services.report import UnableToUndo, UndoReport
from crm.audit.services.undo import may_undo, undo


def restore(model: type, pk: int, actor, *, reason: str = "") -> UndoReport:
    """Bring back a deleted record, under its own key, with the parts that were deleted in the same act.

    Raises UnableToUndo when it is not deleted, was never there, or is not there for this actor, and for who has no
    right to undo anything. What cannot come back (a number that somebody else has by now) is in `conflicts`.
    """
    last = _deleted(model, pk, actor)
    return undo(last.change_set, actor, reason, (), _scope(model, pk, last), action="audit.restore")


def preview_restore(model: type, pk: int, actor) -> UndoReport:
    """What `restore` would bring back, without writing. Raises UnableToUndo as it does."""
    last = _deleted(model, pk, actor)
    report = UndoReport()
    for part, rows in _scope(model, pk, last).items():
        add_to(report, plan_for(last.change_set, part, actor, (), rows))
    return report


def _deleted(model: type, pk: int, actor) -> Any:
    """The last history row of a record that is gone."""
    if actor is not None and not may_undo(actor):
        raise UnableToUndo(_("You may not undo changes."))
    last = last_rows(model, [pk]).get(pk)
    seen = actor is None or pk in visible_keys(model, [pk], actor)
    if last is None or not seen or last.history_type != "-" or last.change_set_id is None:
        raise UnableToUndo(_("This record is not deleted, or was never there."))
    return last


def _scope(model: type, pk: int, last: Any) -> dict[type, Q]:
    """model -> which rows of that act: the record, and level by level what hung under it."""
    keys: dict[type, set[int]] = {model: {pk}}
    level = {model: {pk}}
    while level:
        below: dict[type, set[int]] = {}
        for parent, ids in level.items():
            for part, attnames in parts_of(parent):
                under = Q()
                for attname in attnames:
                    under |= Q(**{f"{attname}__in": ids})
                rows = (
                    history_of(part)
                    .objects.filter(under, change_set_id=last.change_set_id, history_type="-")
                    .values_list("id", flat=True)
                )
                if new := set(rows) - keys.get(part, set()):
                    below.setdefault(part, set()).update(new)
                    keys.setdefault(part, set()).update(new)
        level = below
    return {part: Q(id__in=ids, history_type="-") for part, ids in keys.items()}
