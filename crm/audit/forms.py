"""What somebody asked the log for, read from the address."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm.access.models import Grant
from crm.access.queries import administration_ids, rights_of
from crm.audit.opening import opened_models
from crm.audit.queries import Asked, names_of
from crm.audit.records import columns_with_values, record_numbered, recorded_models
from crm.core.forms import DayField
from crm.core.models import Door

KINDS = (("+", _("made")), ("~", _("changed")), ("-", _("deleted")))
PERIODS = (("today", _("Today")), ("week", _("This week")), ("month", _("This month")))


def period(key: str, today: date) -> tuple[date, date] | None:
    """The first and last day of a period by its name."""
    starts = {"today": today, "week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}
    return (starts[key], today) if key in starts else None


class AskedForm(forms.Form):
    """All may be empty. What a user may choose from names nobody and nothing that they may not see."""

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Up to and including"), required=False)
    user = forms.TypedChoiceField(label=_("User"), required=False, coerce=int, empty_value=None)
    model = forms.ChoiceField(label=_("Kind of data"), required=False)
    kind = forms.ChoiceField(label=_("Kind of change"), required=False, choices=[("", _("All")), *KINDS])
    door = forms.ChoiceField(label=_("Door"), required=False, choices=[("", _("All")), *Door.choices])
    relation = forms.CharField(label=_("Relation"), required=False, max_length=80)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.asking = user
        self.fields["user"].choices = [("", _("All")), *people(user)]
        self.fields["model"].choices = [("", _("All")), *kinds_of_data(user)]
        self.relation_name = ""

    def clean_relation(self) -> tuple[type, int] | None:
        """The record with that number, also one that is gone; one that they may not see was never there."""
        said = self.cleaned_data["relation"]
        if not said:
            return None
        for label in opened_models() if said.isdecimal() and len(said) < 16 else ():
            if (found := record_numbered(label, int(said), self.asking)) is not None:
                self.relation_name = names_of(found[0], [found[1]], self.asking).get(found[1], "")
                return found
        raise ValidationError(_("There is no such relation. Choose one from the list, or type its number."))

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day lies before the first."))
        return self.cleaned_data

    def asked(self) -> Asked:
        """With errors: what could be read."""
        said = getattr(self, "cleaned_data", {})
        model = {m._meta.label: m for m in recorded_models()}.get(said.get("model", ""))
        return Asked(
            since=said.get("since"),
            until=said.get("until"),
            user=said.get("user"),
            door=said.get("door", ""),
            model=model,
            kind=said.get("kind", ""),
            record=said.get("relation"),
        )


def people(user) -> list[tuple[int, str]]:
    """Who works where this user works, by name: they stand in the log anyway."""
    colleagues = Grant.objects.filter(administration_id__in=administration_ids(user)).values("user_id")
    rows = get_user_model().objects.filter(Q(pk__in=colleagues) | Q(pk=user.pk))
    if user.is_superuser:
        rows = get_user_model().objects.all()
    return sorted(((row.pk, str(row)) for row in rows), key=lambda pair: pair[1].casefold())


def kinds_of_data(user) -> list[tuple[str, str]]:
    """The models of which this user may read something somewhere."""
    rights = rights_of(user)
    where = rights.administrations()
    found = []
    for model in recorded_models():
        values = {column.name for column in columns_with_values(model) if not column.is_relation}
        if user.is_superuser or not values or rights.readable(model, where) & values:
            found.append((model._meta.label, capfirst(str(model._meta.verbose_name))))
    return sorted(found, key=lambda pair: pair[1].casefold())
