"""Until when something waits, and why something need not be done."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.core.forms import DayField


class PostponeForm(forms.Form):
    until = DayField(label=_("Ask again on"), help_text=_("For example 1-12-2026, 1-12 or tomorrow."))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until <= self.today:
            raise ValidationError(_("Choose a day after today."), code="past")
        return until


class DismissForm(forms.Form):
    reason = forms.CharField(
        label=_("Why this need not be done"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who looks back later reads this."),
        error_messages={"required": _("Say why this need not be done.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
