"""What somebody chooses to change on many relations: a tick per change, with the fields of its new value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from crm.access.queries import Rights
from crm.relations.bulk_changes import CHANGES, Change


@dataclass
class Choice:
    """One line of the form."""

    change: Change
    tick: BoundField
    fields: list[BoundField]


class BulkForm(forms.Form):
    """Offers what this user may change on relations with these homes; `wanted()` is what was ticked."""

    def __init__(self, *args, rights: Rights, homes: set[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.changes = [one for one in CHANGES.values() if one.offered(rights, homes)]
        self._names: dict[str, list[str]] = {}
        for change in self.changes:
            self.fields[f"change-{change.key}"] = forms.BooleanField(label=change.label, required=False)
            made = change.fields(rights)
            self._names[change.key] = list(made)
            for name, control in made.items():
                control.label = control.label if len(made) > 1 else change.label
                self.fields[name] = control

    def choices(self) -> list[Choice]:
        return [
            Choice(one, self[f"change-{one.key}"], [self[name] for name in self._names[one.key]])
            for one in self.changes
        ]

    def clean(self) -> dict[str, Any]:
        """What stands in a line that is not ticked is not asked for, so it cannot be wrong."""
        cleaned = super().clean()
        ticked = [one for one in self.changes if cleaned.get(f"change-{one.key}")]
        for change in self.changes:
            if change not in ticked:
                for name in self._names[change.key]:
                    self.errors.pop(name, None)
        if not ticked:
            raise forms.ValidationError(_("Tick at least one thing to change."))
        self._wanted = {}
        for change in ticked:
            if any(name in self.errors for name in self._names[change.key]):
                continue
            try:
                self._wanted[change.key] = change.read(cleaned)
            except forms.ValidationError as refused:
                for name, messages in refused.message_dict.items():
                    for message in messages:
                        self.add_error(name, message)
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """{key of a change: its value}, of a form that is valid."""
        return self._wanted
