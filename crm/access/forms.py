"""Users in the admin: inviting one with a first role, and changing one."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.models import Role, User
from crm.administrations.models import Administration
from crm.core.admin import ScopedModelForm


class UserForm(ScopedModelForm):
    """A name or address of somebody whom one does not see is refused without saying that there is such a user."""

    def _post_clean(self):
        super()._post_clean()
        said = {
            "username": _("This user name cannot be used. Choose another one."),
            "email": _("This e-mail address cannot be used. Ask whoever manages all users."),
        }
        for name, refusal in said.items():
            if self._is_of_somebody_hidden(name):
                for place in (name, forms.forms.NON_FIELD_ERRORS):
                    self._errors.pop(place, None)
                self.add_error(name if name in self.fields else None, refusal)

    def _is_of_somebody_hidden(self, name: str) -> bool:
        value = getattr(self.instance, name)
        if not value:
            return False
        same = User.objects.filter(**{f"{name}__iexact": value}).exclude(pk=self.instance.pk)
        return same.exists() and not same.visible_to(self.request.user).exists()


class InviteForm(UserForm):
    """The page limits `administration` and `role` to what the inviting user may give out."""

    administration = forms.ModelChoiceField(Administration.objects.none(), label=gettext_lazy("Administration"))
    role = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Role"))

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "username", "language")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["username"].required = False
        self.fields["username"].help_text = gettext_lazy("Empty: the e-mail address.")

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("username") and cleaned.get("email"):
            cleaned["username"] = cleaned["email"].lower()
        return cleaned
