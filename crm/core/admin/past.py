"""What a record was: its history as rows of a page, and what changed since a version, as sentences."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import models
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HIDDEN = "…"
ROWS_A_PAGE = 50


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One row of history. `kind` is "+", "~" or "-"; `who` is empty for the system."""

    when: Any
    who: str
    door: str
    reason: str
    kind: str
    changes: list[Change]


class Values:
    """Shows raw values of history rows; a foreign key by the name of its row, as far as the user may see that."""

    def __init__(self, model: type, rows, names, user):
        self.fields = {f.name: f for f in model.history.model.tracked_fields if f.name in names}
        self.names: dict[str, dict[Any, str]] = {}
        for field in self.fields.values():
            if isinstance(field, models.ForeignKey):
                ids = {getattr(row, field.attname) for row in rows} - {None}
                self.names[field.name] = _visible_names(field, ids, user) if ids else {}

    def shown(self, row, name: str) -> str:
        field = self.fields[name]
        value = getattr(row, field.attname)
        if value in (None, ""):
            return ""
        if name in self.names:
            return self.names[name].get(value, HIDDEN)
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        return str(localize(value, use_l10n=True)) if not isinstance(value, bool) else (_("yes") if value else _("no"))

    def between(self, old, new) -> list[Change]:
        return [
            Change(capfirst(str(field.verbose_name)), self.shown(old, name), self.shown(new, name))
            for name, field in self.fields.items()
            if getattr(old, field.attname) != getattr(new, field.attname)
        ]


def _visible_names(field, ids, user) -> dict[Any, str]:
    rows = field.remote_field.model._default_manager.filter(pk__in=ids)
    rows = rows.visible_to(user) if hasattr(rows, "visible_to") else rows.none()
    return {row.pk: str(row) for row in rows}


def entries(record, names: set[str], user, *, page: int = 1) -> tuple[list[Entry], bool]:
    """The history of a record, newest first, with only the columns in `names`; and whether there is more.

    A row in which none of these changed is left out of its changes, not of the list: that it changed is no secret.
    """
    start = (page - 1) * ROWS_A_PAGE
    rows = list(
        record.history.select_related("change_set__actor", "history_user").order_by("-history_date", "-history_id")[
            start : start + ROWS_A_PAGE + 1
        ]
    )
    values = Values(type(record)._meta.concrete_model, rows, names, user)
    found = []
    for new, old in pairwise([*rows, None]):
        change_set = new.change_set
        found.append(
            Entry(
                when=new.history_date,
                who=str(new.history_user or ""),
                door=change_set.get_door_display() if change_set else "",
                reason=change_set.reason if change_set else "",
                kind=new.history_type,
                changes=values.between(old, new) if old is not None and new.history_type == "~" else [],
            )
        )
    return found[:ROWS_A_PAGE], len(rows) > ROWS_A_PAGE


def changes_since(record, version: int | None, names: set[str], user) -> str:
    """What somebody changed since the version that was shown, in one sentence for the top of a form."""
    rows = list(record.history.filter(version__gte=version or 0).select_related("history_user").order_by("version"))
    if len(rows) < 2 or version is None:
        return _("This record was changed since you opened it. Open it again and make your change once more.")
    values = Values(type(record)._meta.concrete_model, [rows[0], rows[-1]], names, user)
    changes = values.between(rows[0], rows[-1])
    who = str(rows[-1].history_user or _("the system"))
    if not changes:
        return _("%(who)s changed this record since you opened it. Open it again and make your change once more.") % {
            "who": who
        }
    listed = "; ".join(
        _("%(field)s was “%(old)s” and is now “%(new)s”") % {"field": c.label, "old": c.old, "new": c.new}
        for c in changes
    )
    return ngettext(
        "Not saved: %(who)s changed this field since you opened it: %(changes)s. What you typed is still here.",
        "Not saved: %(who)s changed these fields since you opened it: %(changes)s. What you typed is still here.",
        len(changes),
    ) % {"who": who, "changes": listed}
