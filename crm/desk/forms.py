"""What somebody may prefer."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from crm.desk.models import Preferences

AS_COMPUTER = "system"  # a choice of its own on the page; kept as no theme at all


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        help_text=_("Of the screens, and of the mails that you get from here."),
    )
    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[
            (AS_COMPUTER, _("As my computer")),
            (Preferences.Theme.LIGHT.value, _("Light")),
            (Preferences.Theme.DARK.value, _("Dark")),
        ],
        widget=forms.RadioSelect,
    )
    shortcuts = forms.BooleanField(
        label=_("Use keys such as j, k and / to get around"),
        required=False,
        help_text=_("Press ? on any screen to see them all. Turn them off when you speak to your computer."),
    )
    start_page = forms.ChoiceField(
        label=_("First page after signing in"), choices=Preferences.StartPage.choices, widget=forms.RadioSelect
    )

    def clean_theme(self) -> str:
        theme = self.cleaned_data["theme"]
        return Preferences.Theme.SYSTEM.value if theme == AS_COMPUTER else theme
