"""Forms of the card alone: an address in place, a household that moves, a moment to look back to."""

from datetime import date, datetime, time

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm.core.forms import DayField, VersionedModelForm
from crm.relations.models import Address
from crm.relations.validators import validate_postcode

ADDRESS_COLUMNS = ("postcode", "house_number", "house_letter", "house_addition", "street", "city", "country")


class _Addressed:
    """The checks of an address that was typed."""

    def clean(self):
        cleaned = super().clean()
        try:
            validate_postcode(cleaned.get("postcode", ""), cleaned.get("country") or "NL")
        except ValidationError as refusal:
            self.add_error("postcode", refusal)
        if not cleaned.get("street") and not cleaned.get("city"):
            self.add_error("street", _("Give a street or a city."))
        return cleaned


class AddressInPlaceForm(_Addressed, VersionedModelForm):
    """The address of the day: another one from a day on, or this one written right."""

    MOVED, CORRECTED = "moved", "corrected"
    how = forms.ChoiceField(label=_("What changed"), widget=forms.RadioSelect)

    class Meta:
        model = Address
        fields = (*ADDRESS_COLUMNS, "attention", "valid_from")

    def __init__(self, *args, today: date, **kwargs):
        kwargs["initial"] = {"valid_from": today, "how": self.MOVED} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        since = f"{self.instance.valid_from:%d-%m-%Y}"
        self.fields["how"].choices = [
            (self.MOVED, _("Another address from a day on; this one holds until then")),
            (self.CORRECTED, _("A correction: it was so since %(day)s already") % {"day": since}),
        ]
        self.fields["valid_from"].required = False
        self.fields["valid_from"].label = _("As of")
        self.fields["valid_from"].help_text = ""

    @property
    def corrects(self) -> bool:
        return self.cleaned_data.get("how") == self.CORRECTED

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("how") == self.MOVED and not cleaned.get("valid_from") and "valid_from" not in self.errors:
            self.add_error("valid_from", _("From which day on?"))
        return cleaned

    def values(self) -> dict:
        left_out = {"version", "how", "valid_from"} if self.corrects else {"version", "how"}
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


class HouseholdForm(_Addressed, forms.ModelForm):
    """Where to, from when, and who goes along. `who`: keys of addresses, each with the version that was shown."""

    valid_from = DayField(label=_("As of"), help_text=_("The first day at the new address."))
    who = forms.MultipleChoiceField(
        label=_("Who moves"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose who moves."),
            "invalid_choice": _("Somebody moved meanwhile. Look again who moves."),
        },
    )

    class Meta:
        model = Address
        fields = ADDRESS_COLUMNS

    def __init__(self, *args, household: list[Address], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("valid_from", "who"):
            self.fields[name].label = capfirst(self.fields[name].label)
        self.fields["valid_from"].initial = today
        self.fields["country"].initial = "NL"
        self.fields["who"].choices = [(self.key(row), str(row.relation)) for row in household]
        self.fields["who"].initial = [self.key(row) for row in household if row.relation.is_person]

    @staticmethod
    def key(address: Address) -> str:
        return f"{address.pk}.{address.version}"

    def versions(self) -> dict[int, int]:
        """Key of an address -> the version that was shown, of who moves."""
        pairs = (key.partition(".") for key in self.cleaned_data["who"])
        return {int(pk): int(version) for pk, _dot, version in pairs}

    def address(self) -> dict:
        return {name: self.cleaned_data[name] for name in ADDRESS_COLUMNS}

    def _post_clean(self):
        """The service checks the model."""


class MomentField(DayField):
    """A day, or a day and a time of the clock: "25-11-2026", "25-11-2026 14:30". A day alone is the end of it.

    Also an exact moment as links carry it: "2026-11-25T14:30:00.123456+01:00".
    """

    default_error_messages = {
        "invalid": _("“%(value)s” is no moment. Expected for example 31-12-2026 or 31-12-2026 14:30.")
    }

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        if "T" in str(value):
            return self._exact(str(value))
        typed, _space, clock = str(value).strip().rpartition(" ")
        if ":" not in clock:
            typed, clock = str(value).strip(), ""
        day = super().to_python(typed)
        try:
            at = time.fromisoformat(clock.rjust(5, "0")) if clock else time.max
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from None
        return timezone.make_aware(datetime.combine(day, at))

    def _exact(self, value: str) -> datetime:
        try:
            moment = datetime.fromisoformat(value.replace(" ", "+"))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from None
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


class MomentForm(forms.Form):
    """An earlier moment to look back to."""

    at = MomentField(label=_("Moment"), help_text=_("A day, or a day and a time: 25-11-2026 14:30."))
