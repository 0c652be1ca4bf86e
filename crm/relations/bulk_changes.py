"""What can be changed on many relations at once: a small class per change, with what it does to one relation.

A change is asked twice: for the preview, what it would do to a relation as it is; and by the job, to do it to a chunk,
through the bulk door. Between the two a relation may have changed; then it is left alone (`services/bulk_edit.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import Rights
from crm.access.rights import CHANGE_RIGHT, Right
from crm.administrations.models import Administration, Installation, Mode
from crm.core import bulk
from crm.core.field_classes import classes_of
from crm.core.forms import DayField
from crm.core.templatetags.core import day
from crm.relations.models import (
    Employment,
    FinancialRole,
    Kind,
    LegalForm,
    OpenAmount,
    Relation,
    Relationship,
    RelationUse,
    Standing,
)
from crm.relations.services.roles import make_financial_roles

# why a relation is left alone, in words
WHY: dict[str, str | Promise] = {
    "same": gettext_lazy("is so already"),
    "not yours": gettext_lazy("not yours to change"),
    "person": gettext_lazy("a person has no sector or legal form"),
    "elsewhere": gettext_lazy("does not live in that administration, and is not in use there"),
    "home": gettext_lazy("does not live in the umbrella administration"),
    "changed": gettext_lazy("somebody changed it since the preview"),
    "gone": gettext_lazy("is no longer there"),
}


@dataclass
class Facts:
    """What the changes need to know of some relations beside the relations themselves, read once for all of them."""

    on: date
    has_role: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    used: dict[int, set[int]] = field(default_factory=dict)
    umbrella: int | None = None
    # where the same edit puts the umbrella's relations to use
    to_use: int | None = None


class Change(ABC):
    """One thing to change. Its value is JSON, as it is kept; `read` makes it of a form that was filled in."""

    key: ClassVar[str] = ""
    label: ClassVar[Any] = ""

    @abstractmethod
    def offered(self, rights: Rights, homes: set[int]) -> bool:
        """Whether this user may do it to relations with these homes, all of them."""

    @abstractmethod
    def fields(self, rights: Rights) -> dict[str, forms.Field]:
        """The fields of a form; the first stands beside the label."""

    @abstractmethod
    def read(self, cleaned: Mapping[str, Any]) -> Any:
        """The value as it is kept: JSON."""

    def gather(self, facts: Facts, ids: list[int], value: Any) -> None:  # noqa: B027  most need nothing
        """Read what `effect` needs of these relations."""

    @abstractmethod
    def effect(self, relation: Relation, value: Any, facts: Facts) -> tuple[Any, Any] | str:
        """(old, new) in words, or a key of WHY."""

    @abstractmethod
    def words(self, value: Any) -> str:
        """The new value for a person."""

    # a change of columns says which; another one writes rows of its own
    def columns(self, value: Any) -> dict[str, Any]:
        return {}

    def follow(self, relations: list[Relation], value: Any, *, on: date) -> None:  # noqa: B027  most need nothing
        """Write what goes with it for relations that it has changed or is to change. In the job's transaction."""


class ColumnChange(Change):
    """A column of the relation. `organisations`: persons have none."""

    def __init__(self, column: str, label, control, *, organisations: bool = False):
        self.key = self.column = column
        self.label, self.control, self.organisations = label, control, organisations

    def offered(self, rights, homes):
        right = CHANGE_RIGHT[classes_of(Relation)[self.column]]
        return right == Right.RELATIONS_CHANGE or homes <= rights.administrations(right)

    def fields(self, rights):
        return {self.key: self.control()}

    def read(self, cleaned):
        """In its stored form, checked as the column checks it: no form of the relation comes after this one."""
        value = cleaned.get(self.key) or ""
        if self._yes_no:
            return value == "yes"
        try:
            return Relation._meta.get_field(self.column).clean(value, None)
        except forms.ValidationError as refused:
            raise forms.ValidationError({self.key: refused.messages}) from None

    @property
    def _yes_no(self) -> bool:
        return Relation._meta.get_field(self.column).get_internal_type() == "BooleanField"

    def effect(self, relation, value, facts):
        if self.organisations and relation.kind == Kind.PERSON:
            return "person"
        old = getattr(relation, self.column)
        return "same" if old == value else (self.words(old), self.words(value))

    def words(self, value):
        if self._yes_no:
            return _("yes") if value else _("no")
        labels = dict(Relation._meta.get_field(self.column).flatchoices)
        return str(labels.get(value, value))

    def columns(self, value):
        return {self.column: value}


class EndChange(Change):
    """We deal with it no longer: what hangs under it ends that day too, as on the card (`services.end_relation`)."""

    key, label = "ended", gettext_lazy("End")

    def offered(self, rights, homes):
        return True

    def fields(self, rights):
        return {
            "ended": DayField(label=_("ends on"), required=False),
            "end_reason": forms.CharField(label=_("reason"), required=False, max_length=200),
        }

    def read(self, cleaned):
        ended = cleaned.get("ended")
        if ended is None:
            raise forms.ValidationError({"ended": _("On which day? For example today, or 31-12-2026.")})
        return {"on": ended.isoformat(), "reason": cleaned.get("end_reason", "")}

    def effect(self, relation, value, facts):
        ended = date.fromisoformat(value["on"])
        return "same" if relation.ended_on == ended else (day(relation.ended_on), day(ended))

    def words(self, value):
        return day(date.fromisoformat(value["on"]))

    def columns(self, value):
        return {"ended_on": date.fromisoformat(value["on"]), "end_reason": value["reason"]}

    def follow(self, relations, value, *, on):
        ended, ids = date.fromisoformat(value["on"]), [relation.pk for relation in relations]
        unpaid = OpenAmount.objects.filter(role__relation__in=ids).exclude(amount=0).values("role_id")
        for rows in (
            Employment.objects.filter(Q(person__in=ids) | Q(organisation__in=ids)),
            Relationship.objects.filter(Q(from_relation__in=ids) | Q(to_relation__in=ids)),
            Standing.objects.filter(relation__in=ids),
            FinancialRole.objects.filter(relation__in=ids).exclude(pk__in=unpaid),
        ):
            going_on = rows.filter(valid_from__lt=ended).filter(Q(valid_until=None) | Q(valid_until__gt=ended))
            _end(going_on, ended)
            bulk.delete(rows.filter(valid_from__gte=ended))


def _end(rows, ended: date) -> None:
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    bulk.update(rows.model, {pk: {"valid_until": ended} for pk in ids})


class UseChange(Change):
    """Put to use in another administration; in the mode multiple, of the umbrella's relations."""

    key, label = "use", gettext_lazy("Put to use in")

    def offered(self, rights, homes):
        installation = Installation.current()
        return installation.mode == Mode.MULTIPLE and bool(
            rights.administrations(Right.RELATIONS_CHANGE) - {installation.umbrella_id}
        )

    def fields(self, rights):
        where = rights.administrations(Right.RELATIONS_CHANGE) - {Installation.current().umbrella_id}
        return {"use": _administration(where, _("administration"))}

    def read(self, cleaned):
        if cleaned.get("use") is None:
            raise forms.ValidationError({"use": _("In which administration?")})
        return {"administration": cleaned["use"].pk, "name": cleaned["use"].name}

    def gather(self, facts, ids, value):
        facts.umbrella, facts.to_use = Installation.current().umbrella_id, value["administration"]
        _gather_uses(facts, ids, value["administration"])

    def effect(self, relation, value, facts):
        if relation.administration_id != facts.umbrella:
            return "home"
        return "same" if relation.pk in facts.used[value["administration"]] else ("", value["name"])

    def words(self, value):
        return value["name"]

    def follow(self, relations, value, *, on):
        bulk.create([RelationUse(relation_id=one.pk, administration_id=value["administration"]) for one in relations])


class RoleChange(Change):
    """Debtor or creditor in an administration from a day on."""

    key, label = "role", gettext_lazy("Make debtor or creditor")

    def offered(self, rights, homes):
        return bool(rights.administrations(Right.FINANCIAL_CHANGE))

    def fields(self, rights):
        return {
            "role": forms.ChoiceField(
                label=_("role"), required=False, choices=[("", "…"), *FinancialRole.Kind.choices]
            ),
            "role_at": _administration(rights.administrations(Right.FINANCIAL_CHANGE), _("in the books of")),
        }

    def read(self, cleaned):
        missing = {name: _("Choose one.") for name in ("role", "role_at") if not cleaned.get(name)}
        if missing:
            raise forms.ValidationError(missing)
        there = cleaned["role_at"]
        return {"kind": cleaned["role"], "administration": there.pk, "name": there.name}

    def gather(self, facts, ids, value):
        where = {"administration": value["administration"], "kind": value["kind"], "relation__in": ids}
        lasting = Q(valid_until=None) | Q(valid_until__gt=facts.on)
        rows = FinancialRole.objects.filter(lasting, **where).values_list("relation_id", flat=True)
        facts.has_role[value["administration"], value["kind"]] = set(rows)
        _gather_uses(facts, ids, value["administration"])

    def effect(self, relation, value, facts):
        there = value["administration"]
        if relation.pk in facts.has_role[there, value["kind"]]:
            return "same"
        used = relation.pk in facts.used[there] or (
            facts.to_use == there and relation.administration_id == facts.umbrella
        )
        if relation.administration_id != there and not used:
            return "elsewhere"
        return ("", self.words(value))

    def words(self, value):
        return f"{FinancialRole.Kind(value['kind']).label}, {value['name']}"

    def follow(self, relations, value, *, on):
        make_financial_roles(
            [relation.pk for relation in relations],
            administration=Administration.objects.get(pk=value["administration"]),
            kind=value["kind"],
            valid_from=on,
        )


def _gather_uses(facts: Facts, ids: list[int], administration: int) -> None:
    rows = RelationUse.objects.filter(administration=administration, relation__in=ids)
    facts.used[administration] = set(rows.values_list("relation_id", flat=True))


def _administration(where: Iterable[int], label: str) -> forms.ModelChoiceField:
    rows = Administration.objects.filter(pk__in=where, archived_on=None).order_by("name")
    return forms.ModelChoiceField(label=label, queryset=rows, required=False, empty_label="…")


def _yes_no(label):
    return lambda: forms.ChoiceField(
        label=label, required=False, choices=[("yes", _("yes")), ("no", _("no"))], initial="yes"
    )


def _of_column(column: str):
    """The form field that Django makes of the column, not required: an empty value is a value here."""

    def made():
        control = Relation._meta.get_field(column).formfield()
        control.required = False
        return control

    return made


CHANGES: dict[str, Change] = {
    one.key: one
    for one in (
        ColumnChange("no_post", gettext_lazy("No post"), _yes_no(gettext_lazy("No post"))),
        ColumnChange("no_mail", gettext_lazy("No e-mail"), _yes_no(gettext_lazy("No e-mail"))),
        ColumnChange("no_phone", gettext_lazy("No phone calls"), _yes_no(gettext_lazy("No phone calls"))),
        ColumnChange("block_reason", gettext_lazy("Reason of the block"), _of_column("block_reason")),
        ColumnChange("language", gettext_lazy("Language"), _of_column("language")),
        ColumnChange("website", gettext_lazy("Website"), _of_column("website")),
        ColumnChange("sector", gettext_lazy("Sector"), _of_column("sector"), organisations=True),
        ColumnChange(
            "legal_form",
            gettext_lazy("Legal form"),
            lambda: forms.ChoiceField(required=False, choices=LegalForm.choices),
            organisations=True,
        ),
        EndChange(),
        UseChange(),
        RoleChange(),
    )
}
