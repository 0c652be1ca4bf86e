"""What undoing did, would do, and what stays: the words of this package."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy

from crm.core import jobs

# more history rows than this are undone by a job
AT_ONCE = 5_000

Override = tuple[str, int, str]


class UnableToUndo(Exception):
    """Why this change set cannot be undone at all, for a person."""


class Undecided(Exception):
    """Nothing was written: what changed since has to be chosen first. `conflicts` says what is left to choose."""

    def __init__(self, conflicts: list[Conflict]):
        super().__init__(f"{len(conflicts)} conflicts to decide")
        self.conflicts = conflicts


@dataclass(frozen=True)
class Conflict:
    """What stays as it is. `column` is "" for a whole record; `why`: "changed", "gone", "back", "used",
    "hidden use", "refused", "not allowed". `said` is the sentence of a guard."""

    model: type
    pk: int
    column: str
    why: str
    said: str = ""
    # the version of the record that the plan was compared with
    version: int = field(default=0, compare=False)

    def as_override(self) -> Override:
        return (self.model._meta.label, self.pk, self.column)

    @property
    def key(self) -> str:
        """As a form posts it."""
        return f"{self.model._meta.label}:{self.pk}:{self.column}"

    @property
    def to_choose(self) -> bool:
        """A person may choose here: the value of now stays, or the old one comes back over it."""
        return self.why == "changed"

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def field_label(self) -> str:
        return str(self.model._meta.get_field(self.column).verbose_name) if self.column else ""

    @property
    def by_database(self) -> bool:
        """A constraint or guard refused it, and may not once other rows are as they were: a former address takes its
        last day back only when the one after it is gone."""
        return self.why == "refused"

    @property
    def reason(self) -> str:
        return self.said or str(WHY[self.why])


WHY = {
    "changed": gettext_lazy("was changed since by somebody else"),
    "gone": gettext_lazy("was deleted since"),
    "back": gettext_lazy("is there again"),
    "used": gettext_lazy("is used by something newer"),
    "hidden use": gettext_lazy("has to stay"),
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
