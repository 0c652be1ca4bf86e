"""What people type about relations, checked for its shape. Services save, under their own checks."""

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm.access.queries import rights_of
from crm.administrations.models import Administration
from crm.core.forms import DayField, DayModelFormMixin, VersionedModelForm
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialRole,
    Identifier,
    PhoneNumber,
    Relation,
    Relationship,
    SocialProfile,
    Standing,
)
from crm.relations.queries import administrations_of, offered_types
from crm.relations.validators import validate_postcode

PERSON_FIELDS = (
    "initials",
    "given_name",
    "prefix",
    "family_name",
    "partner_prefix",
    "partner_family_name",
    "name_order",
    "title_before",
    "title_after",
    "gender",
    "birth_date",
    "language",
    "salutation_formal",
    "salutation_informal",
)
ORGANISATION_FIELDS = ("legal_name", "trade_name", "legal_form", "sector", "language")
REACH_FIELDS = ("email", "phone", "mobile", "website")
BLOCK_FIELDS = ("no_post", "no_mail", "no_phone", "block_reason", "notes")


class RelationForm(VersionedModelForm):
    """The columns of a relation that this user may change; the kind says which."""

    class Meta:
        model = Relation
        fields = (*PERSON_FIELDS, *ORGANISATION_FIELDS[:-1], *REACH_FIELDS, *BLOCK_FIELDS)
        widgets = {"notes": forms.Textarea({"rows": 3})}

    def __init__(self, *args, user, kind: str, where=None, only=None, **kwargs):
        """`where`: the administrations whose rights count (None: the relation's). `only`: just these columns."""
        super().__init__(*args, **kwargs)
        names = PERSON_FIELDS if kind == "person" else ORGANISATION_FIELDS
        where = where if where is not None else administrations_of(self.instance)
        allowed = rights_of(user).changeable(Relation, where)
        offered = {*(only or (*names, *REACH_FIELDS, *BLOCK_FIELDS))} & allowed
        for name in list(self.fields):
            if name in self._meta.fields and name not in offered:
                del self.fields[name]


class FirstAddressForm(forms.ModelForm):
    """The address of a new relation: may stay empty as a whole."""

    class Meta:
        model = Address
        fields = ("postcode", "house_number", "house_letter", "house_addition", "street", "city", "country")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
        self.fields["country"].initial = "NL"

    def clean(self):
        cleaned = super().clean()
        if self.is_given(cleaned):
            try:
                validate_postcode(cleaned.get("postcode", ""), cleaned.get("country") or "NL")
            except forms.ValidationError as refusal:
                self.add_error("postcode", refusal)
        return cleaned

    @staticmethod
    def is_given(cleaned: dict) -> bool:
        return any(cleaned.get(name) for name in ("postcode", "street", "city", "house_number"))

    def address(self) -> dict | None:
        """What `create_relation` takes, or None."""
        if not self.is_given(self.cleaned_data):
            return None
        country = self.cleaned_data["country"] or "NL"
        return {
            **self.cleaned_data,
            "country": country,
            "kind": Address.Kind.VISITING,
            "valid_from": timezone.localdate(),
        }

    def _post_clean(self):
        """The service checks the model."""


class NewRelationForm(RelationForm):
    """A new person or organisation. Its home is asked only where there is a choice."""

    administration = forms.ModelChoiceField(Administration.objects.none(), label=_("Administration"), empty_label=None)

    def __init__(self, *args, user, homes, **kwargs):
        super().__init__(*args, user=user, where=[home.pk for home in homes], **kwargs)
        self.fields["administration"].queryset = Administration.objects.filter(pk__in=[home.pk for home in homes])
        self.fields["administration"].initial = homes[0].pk if homes else None
        if len(homes) == 1:
            self.fields["administration"].widget = forms.HiddenInput()


class AddressForm(VersionedModelForm):
    """An address from a day on; the service ends the one before it."""

    class Meta:
        model = Address
        fields = (
            "kind",
            "postcode",
            "house_number",
            "house_letter",
            "house_addition",
            "street",
            "city",
            "country",
            "attention",
            "valid_from",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()
        self.fields["country"].initial = "NL"

    def clean(self):
        cleaned = super().clean()
        try:
            validate_postcode(cleaned.get("postcode", ""), cleaned.get("country") or "NL")
        except forms.ValidationError as refusal:
            self.add_error("postcode", refusal)
        if not cleaned.get("street") and not cleaned.get("city"):
            self.add_error("street", _("Give a street or a city."))
        return cleaned


class _Asking(forms.Form):
    """A form without a model, labelled as those with one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label)


class IbanForm(_Asking):
    """The main account. The former one stays, as one that is not the main account."""

    iban = forms.CharField(label=_("IBAN"), max_length=42, help_text=_("Spaces do not matter."))
    holder = forms.CharField(label=_("account holder"), max_length=140, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    account = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EmailForm(VersionedModelForm):
    layout = (("email",), ("sphere", "label"))

    class Meta:
        model = EmailAddress
        fields = ("email", "sphere", "label")


class PhoneForm(VersionedModelForm):
    layout = (("number",), ("sphere", "label"))

    class Meta:
        model = PhoneNumber
        fields = ("number", "sphere", "label")


class ProfileForm(VersionedModelForm):
    layout = (("network", "url"),)

    class Meta:
        model = SocialProfile
        fields = ("network", "url")


class IdentifierForm(VersionedModelForm):
    layout = (("kind", "value"),)

    class Meta:
        model = Identifier
        fields = ("kind", "value")


class BankAccountForm(VersionedModelForm):
    layout = (("iban", "bic"), ("holder",))

    class Meta:
        model = BankAccount
        fields = ("iban", "bic", "holder")


class EmploymentForm(VersionedModelForm):
    layout = (
        ("function", "department"),
        ("email",),
        ("phone", "mobile"),
        ("valid_from", "valid_until"),
        ("address_choice",),
        ("first_contact",),
    )

    class Meta:
        model = Employment
        fields = (
            "function",
            "department",
            "email",
            "phone",
            "mobile",
            "address_choice",
            "first_contact",
            "valid_from",
            "valid_until",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()


class RelationshipForm(VersionedModelForm):
    """A tie seen from one relation: the choice of type says which side the other one is on."""

    layout = (("tie", "percentage"), ("valid_from", "valid_until"), ("remarks",))
    tie = forms.ChoiceField(label=_("How"))

    class Meta:
        model = Relationship
        fields = ("percentage", "remarks", "valid_from", "valid_until")

    field_order = ("tie", "percentage", "remarks", "valid_from", "valid_until")

    def __init__(self, *args, relation: Relation, changeable: set[str], **kwargs):
        """`changeable`: the columns that this user may change; of the others there is no field."""
        super().__init__(*args, **kwargs)
        if "percentage" not in changeable:
            del self.fields["percentage"]
        self.fields["valid_from"].initial = timezone.localdate()
        choices = []
        for kind in offered_types(relation):
            if kind.from_kind in ("", relation.kind):
                choices.append((f"{kind.pk}:from", f"{kind.name} …"))
            if kind.to_kind in ("", relation.kind) and not kind.symmetric:
                choices.append((f"{kind.pk}:to", f"{kind.reverse_name} …"))
        self.fields["tie"].choices = choices
        if self.instance.pk:
            del self.fields["tie"]


class FinancialRoleForm(VersionedModelForm):
    layout = (
        ("kind", "administration"),
        ("valid_from", "payment_term_days"),
        ("valid_until",),
        ("bank_account",),
        ("billing_address",),
        ("reminders",),
    )

    class Meta:
        model = FinancialRole
        fields = (
            "kind",
            "administration",
            "payment_term_days",
            "reminders",
            "bank_account",
            "billing_address",
            "valid_from",
            "valid_until",
        )

    def __init__(self, *args, relation: Relation, administrations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()
        self.fields["administration"].queryset = administrations
        self.fields["administration"].empty_label = None
        self.fields["bank_account"].queryset = relation.bank_accounts.all()
        self.fields["bank_account"].empty_label = _("the main account")
        self.fields["billing_address"].queryset = relation.addresses.order_by("-valid_from")
        self.fields["billing_address"].empty_label = _("the billing, else the postal, else the visiting address")
        if self.instance.pk:
            del self.fields["kind"], self.fields["administration"]
        else:
            del self.fields["valid_until"]


class StandingForm(VersionedModelForm):
    layout = (("kind", "administration"), ("valid_from",))

    class Meta:
        model = Standing
        fields = ("kind", "administration", "valid_from")

    def __init__(self, *args, administrations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()
        self.fields["administration"].queryset = administrations
        self.fields["administration"].empty_label = None


class ContactMomentForm(DayModelFormMixin, forms.ModelForm):
    layout = (("kind", "happened_at"), ("subject",), ("text",), ("next_step", "next_step_on"))
    happened_at = forms.DateTimeField(
        label=_("When"), initial=timezone.now, input_formats=["%d-%m-%Y %H:%M", "%Y-%m-%dT%H:%M", "%d-%m-%Y"]
    )

    class Meta:
        model = ContactMoment
        fields = ("kind", "happened_at", "subject", "text", "next_step", "next_step_on")
        widgets = {"text": forms.Textarea({"rows": 4})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["happened_at"].widget = forms.DateTimeInput(format="%d-%m-%Y %H:%M")

    def _post_clean(self):
        """The service checks the model."""


class EndForm(_Asking):
    """The first day without, and why."""

    on = DayField(label=_("as of"), help_text=_("The first day on which it is no longer so."))
    reason = forms.CharField(label=_("reason"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeceasedForm(_Asking):
    on = DayField(label=_("deceased on"))
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeleteForm(_Asking):
    reason = forms.CharField(label=_("reason"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput)


class TakeOverForm(forms.Form):
    """What the register says replaces what was typed."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PhotoForm(_Asking):
    """A picture, or the wish to have none."""

    photo = forms.FileField(
        label=_("photo"), required=False, help_text=_("JPEG, PNG, WebP or GIF, at most 10 MB; it is made smaller.")
    )
    take_off = forms.BooleanField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("photo") and not cleaned.get("take_off") and not self.errors:
            self.add_error("photo", _("Choose a picture."))
        return cleaned


class MainContactForm(forms.Form):
    """Which person record is chosen beside this form, with the picker; left empty the card is taken loose."""

    version = forms.IntegerField(widget=forms.HiddenInput)
