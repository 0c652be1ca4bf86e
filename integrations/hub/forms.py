"""The form of a connection, made from what its connector asks for. It checks; it does not save."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError
from integrations.hub.words import what_happened


class ConnectionForm(forms.Form):
    """`kind` is the connector's class. A secret is never filled in; left empty in a change it stays as it was."""

    title = forms.CharField(label=_("Title"), max_length=120)

    def __init__(self, *args, kind, administrations=None, connection=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind, self.connection = kind, connection
        if connection is None:
            self.fields["administration"] = forms.ModelChoiceField(
                queryset=administrations,
                label=_("Administration"),
                empty_label=None if len(administrations) == 1 else "---------",
            )
            self.order_fields(["administration", "title"])
        else:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=connection.version)
            self.initial.setdefault("title", connection.title)
        for field in kind.settings_fields:
            self.fields[self.name_of(field)] = self._form_field(field)

    @staticmethod
    def name_of(field):
        return f"field-{field.name}"

    def _form_field(self, field):
        stored = (self.connection.settings if self.connection else {}).get(field.name, field.default)
        common = {"label": gettext(field.label), "help_text": gettext(field.help) if field.help else ""}
        required = field.required
        if field.kind == "secret":
            if self.connection is not None:
                required = False
                common["help_text"] = gettext("Empty: stays as it is.")
            widget = forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False)
            return forms.CharField(widget=widget, required=required, max_length=2000, **common)
        if field.kind == "choice":
            choices = [(value, gettext(label)) for value, label in field.choices]
            return forms.ChoiceField(choices=choices, required=required, initial=stored, **common)
        return forms.CharField(required=required, initial=stored, max_length=500, **common)

    def clean(self):
        cleaned = super().clean()
        guard = AddressGuard(allowed=settings.CONNECTION_INSIDE_HOSTS)
        for field in self.kind.settings_fields:
            address = cleaned.get(self.name_of(field))
            if field.kind == "url" and address:
                try:
                    guard.check_form(address)
                except ConfigurationError as error:
                    said, advice = what_happened(error.code)
                    self.add_error(self.name_of(field), ValidationError(f"{said} {advice}", code=error.code))
        return cleaned

    def values(self):
        """field of the connector → text, for the service."""
        return {field.name: self.cleaned_data[self.name_of(field)] for field in self.kind.settings_fields}
