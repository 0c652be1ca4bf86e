"""Forms of the pages about users and roles: inviting, changing, giving a role, what a role allows."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.forms import InviteForm, UserForm
from crm.access.models import Role, User
from crm.access.queries import administration_ids
from crm.access.right_words import GROUPS
from crm.access.rights import Right
from crm.administrations.models import Administration


def managed_administrations(user):
    return Administration.objects.filter(pk__in=administration_ids(user, Right.USERS_MANAGE)).order_by("name")


class InvitationForm(InviteForm):
    """Somebody new with a first role; `request` is who invites."""

    field_order = ("first_name", "last_name", "email", "username", "language", "administration", "role")
    language = forms.ChoiceField(label=gettext_lazy("Language"), initial="nl")

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)
        self.fields["administration"].queryset = managed_administrations(request.user)
        self.fields["role"].queryset = Role.objects.visible_to(request.user)
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["first_name"].required = self.fields["last_name"].required = True
        del self.fields["shown_version"]


class UserChangeForm(UserForm):
    """Name, address and language; the version that was shown is checked by the service."""

    language = forms.ChoiceField(label=gettext_lazy("Language"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "username", "language")

    def __init__(self, *args, request, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs)
        del self.fields["shown_version"]
        self.fields["language"].choices = settings.LANGUAGES
        self.fields["version"].initial = self.instance.version

    def clean(self):
        return forms.ModelForm.clean(self)

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class GrantForm(forms.Form):
    """A role in an administration; only what who gives it out may give."""

    administration = forms.ModelChoiceField(Administration.objects.none(), label=gettext_lazy("Administration"))
    role = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Role"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["administration"].queryset = managed_administrations(user)
        self.fields["role"].queryset = Role.objects.visible_to(user)


class RoleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(
        label=gettext_lazy("For whom is this role?"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"),
        choices=[(str(heading), [(r.value, r.label) for r in group]) for heading, group in GROUPS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_rights(self):
        chosen = set(self.cleaned_data["rights"])
        for change, view in (
            (Right.FINANCIAL_CHANGE, Right.FINANCIAL_VIEW),
            (Right.SPECIAL_CHANGE, Right.SPECIAL_VIEW),
        ):
            if change in chosen and view not in chosen:
                raise ValidationError(
                    _("Who may “%(change)s” must also be able to see it: choose “%(view)s” too."),
                    params={"change": change.label, "view": view.label},
                )
        return sorted(chosen)
