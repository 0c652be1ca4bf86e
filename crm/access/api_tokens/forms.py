"""What somebody chooses about a token of theirs."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm.access.api_tokens.models import READ, WRITE, validate_networks
from crm.access.queries import administration_ids
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.api.routes import resources
from crm.core.forms import DayField

USUAL_DAYS = 90
NOTHING = "nothing"


class TokenForm(forms.Form):
    """Each resource is one choice: nothing, reading, or reading and changing."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What it is for, so that you know it again: “Website, newsletter”."),
    )
    administrations = forms.ModelMultipleChoiceField(
        Administration.objects.none(), label=_("Administrations"), widget=forms.CheckboxSelectMultiple
    )
    expires_on = DayField(label=_("Works until"), help_text=_("The first day on which it no longer works."))
    networks = forms.CharField(
        label=_("Only from these networks"),
        required=False,
        max_length=300,
        validators=[validate_networks],
        help_text=_("Addresses or ranges, such as 203.0.113.0/24, with spaces between them. Empty: from anywhere."),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        mine = Administration.objects.filter(pk__in=administration_ids(user, Right.CONNECTIONS_MANAGE))
        self.fields["administrations"].queryset = mine.order_by("name")
        self.fields["expires_on"].initial = timezone.localdate() + timedelta(days=USUAL_DAYS)
        self.kinds = []
        for one in resources():
            choices = [(NOTHING, _("nothing")), (READ, _("read"))] + (
                [(WRITE, _("read and change"))] if one.writes else []
            )
            key = f"scope_{one.key}"
            self.fields[key] = forms.ChoiceField(label=capfirst(one.label), choices=choices, initial=NOTHING)
            self.kinds.append(key)

    def scope_fields(self) -> list[forms.BoundField]:
        return [self[key] for key in self.kinds]

    def values(self) -> dict:
        """What `make_token` takes."""
        cleaned = self.cleaned_data
        chosen = [(key.removeprefix("scope_"), cleaned[key]) for key in self.kinds]
        scopes = [f"{resource}:{act}" for resource, act in chosen if act != NOTHING]
        plain = {name: cleaned[name] for name in ("name", "administrations", "expires_on", "networks")}
        return plain | {"scopes": scopes}
