"""Inviting somebody: who they are, and the first role they get."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.access.models import Role, User
from crm.administrations.models import Administration
from crm.core.admin import ScopedModelForm


class InviteForm(ScopedModelForm):
    """The page limits `administration` and `role` to what the inviting user may give out."""

    administration = forms.ModelChoiceField(Administration.objects.none(), label=_("administration"))
    role = forms.ModelChoiceField(Role.objects.none(), label=_("role"))

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "username", "language")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["username"].required = False
        self.fields["username"].help_text = _("Empty: the e-mail address.")

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("username") and cleaned.get("email"):
            cleaned["username"] = cleaned["email"].lower()
        return cleaned
