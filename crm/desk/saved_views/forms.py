"""What somebody fills in about a view."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.administrations.models import Administration


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    shared_with = forms.ModelChoiceField(
        label=_("For"), queryset=Administration.objects.none(), required=False, empty_label=_("only me")
    )
    opening = forms.BooleanField(label=_("Begin with this view"), required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["shared_with"].queryset = Administration.objects.visible_to(user)
        self.fields["shared_with"].label_from_instance = lambda one: _("colleagues of %(name)s") % {"name": one.name}
