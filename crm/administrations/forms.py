"""Forms of administrations, the mode, and the retention of logs."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.administrations.models import Administration, Mode
from crm.administrations.retention import MOST_DAYS, logs
from crm.core.forms import DayField


class AdministrationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    legal_name = forms.CharField(
        label=_("Legal name"), max_length=200, required=False, help_text=_("As in the trade register; on letters.")
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ArchiveForm(forms.Form):
    on = DayField(label=_("Archived since"), help_text=_("From this day nobody makes anything new in it."))


class ModeForm(forms.Form):
    mode = forms.ChoiceField(label=_("Mode"), choices=Mode.choices, widget=forms.RadioSelect)
    umbrella = forms.ModelChoiceField(
        Administration.objects.none(),
        label=_("Umbrella administration"),
        required=False,
        help_text=_("Only in the mode multiple: where every relation is made."),
    )

    def __init__(self, *args, administrations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["umbrella"].queryset = administrations


class RetentionForm(forms.Form):
    """A number of days per registered log; the name of a field is the key of its log."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for log in logs():
            self.fields[log.key] = forms.IntegerField(
                label=log.label,
                help_text=log.description,
                min_value=log.least_days,
                max_value=MOST_DAYS,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
