"""Form fields that take what people type and show the stored form."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.core.dates import parse_day

DASHES = "---------"


def word_empty_choice(field: forms.Field) -> None:
    """Let an empty choice say what it means, where Django puts dashes: nothing is read aloud of those."""
    word = _("choose") if field.required else _("none")
    if getattr(field, "empty_label", None) == DASHES:
        field.empty_label = word
    elif isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices = list(field.choices)
        if choices and choices[0] == ("", DASHES):
            field.choices = [("", word), *choices[1:]]


class DayInput(forms.DateInput):
    """A text box for a day: a date picker of the browser would refuse "morgen"."""

    def __init__(self, attrs=None):
        given = attrs or {}
        defaults = {"placeholder": _("dd-mm-yyyy"), "autocomplete": "off"}
        super().__init__(defaults | given, "%d-%m-%Y")


class DayField(forms.DateField):
    """A day, as in "1-12-26", "01/12/2026", "1 dec 2026" or "morgen". `today` is what the words count from."""

    widget = DayInput
    default_error_messages = {
        "invalid": _("“%(value)s” is no day. Expected for example 31-12-2026, 1-12-26 or tomorrow.")
    }

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        day = parse_day(str(value), today=timezone.localdate())
        if day is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})
        return day


class DayModelFormMixin:
    """Every date of a model form takes what `DayField` takes."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in list(self.fields.items()):
            if type(field) is forms.DateField:
                self.fields[name] = DayField(
                    label=field.label, help_text=field.help_text, required=field.required, initial=field.initial
                )


class VersionedModelForm(DayModelFormMixin, forms.ModelForm):
    """A model form that carries the version that was shown; the service refuses another one (ChangedMeanwhile)."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            word_empty_choice(field)
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version

    def values(self) -> dict:
        """The cleaned values without the version: what a service writes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def _post_clean(self):
        """Models are checked by the service, under its lock; a form checks the shape of what was typed."""


def add_refusal(form: forms.BaseForm, refusal: ValidationError) -> None:
    """Put what a service refused at the fields of the form that it names, and the rest on top."""
    if hasattr(refusal, "error_dict"):
        for name, errors in refusal.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, refusal)
