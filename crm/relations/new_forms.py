"""What somebody types of a new relation beyond its own columns: where a person works, numbers, a pasted signature."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from crm.access.queries import rights_of
from crm.core.forms import DayModelFormMixin
from crm.relations.models import BankAccount, Employment, Identifier
from crm.relations.pasted import LONGEST_TEXT
from crm.relations.pasted_parts import FIELDS, NUMBERS, PERSON, REACH, WORK
from crm.relations.validators import normalise_iban, validate_iban, validate_identifier, validate_website

PERSONAL, OF_ORGANISATION = "person", "organisation"


class PickedForm(forms.Form):
    """What a picker posts: the number that was chosen, or what was typed. It holds the error for the summary."""

    def __init__(self, *args, name: str = "other", label="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[name] = forms.CharField(label=label, required=False)


class WorkForm(DayModelFormMixin, forms.ModelForm):
    """Where a new person works; beside it a picker for the organisation. Empty as a whole: nowhere."""

    new_organisation = forms.BooleanField(label=_("Make a new organisation with this name"), required=False)
    address_of = forms.ChoiceField(
        label=_("The address above is of"),
        choices=[(PERSONAL, _("the person")), (OF_ORGANISATION, _("the new organisation"))],
        widget=forms.RadioSelect,
        initial=PERSONAL,
        required=False,
    )

    class Meta:
        model = Employment
        fields = ("function", "department", "email", "phone", "mobile", "valid_from")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].required = False
        self.fields["valid_from"].initial = timezone.localdate()

    def employment(self) -> dict:
        """The columns of the employment; since today when no day is given."""
        values = {name: self.cleaned_data[name] for name in self._meta.fields}
        return values | {"valid_from": values["valid_from"] or timezone.localdate()}

    def is_given(self) -> bool:
        """Whether anything of work was typed; the day and the choice of address alone say nothing."""
        return any(self.cleaned_data.get(name) for name in ("function", "department", "email", "phone", "mobile"))

    def _post_clean(self):
        """The service checks the model."""


class NumbersForm(forms.Form):
    """The numbers of a new organisation, as far as this user may set them. `website`: of a person's new employer."""

    website = forms.CharField(label=capfirst(_("website")), max_length=300, required=False)
    kvk = forms.CharField(label=_("KvK number"), max_length=20, required=False)
    vat = forms.CharField(label=_("VAT number"), max_length=30, required=False)
    iban = forms.CharField(label=_("IBAN"), max_length=42, required=False)

    def __init__(self, *args, user, where, with_website: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not with_website:
            del self.fields["website"]
        if "iban" not in rights_of(user).changeable(BankAccount, where):
            del self.fields["iban"]
        if "value" not in rights_of(user).changeable(Identifier, where):
            del self.fields["kvk"], self.fields["vat"]

    def clean_website(self):
        validate_website(self.cleaned_data["website"])
        return self.cleaned_data["website"]

    def clean_kvk(self):
        return self._number("kvk")

    def clean_vat(self):
        return self._number("vat")

    def _number(self, kind: str) -> str:
        if typed := self.cleaned_data[kind]:
            validate_identifier(kind, typed)
        return typed

    def clean_iban(self):
        if typed := self.cleaned_data["iban"]:
            validate_iban(typed)
        return normalise_iban(typed)

    def identifiers(self) -> dict[str, str]:
        return {kind: self.cleaned_data[kind] for kind in ("kvk", "vat") if self.cleaned_data.get(kind)}


# -------------------------------------------------------------------------------------- a pasted signature


class PasteForm(forms.Form):
    text = forms.CharField(
        label=_("Paste a signature or address block"),
        widget=forms.Textarea({"rows": 8}),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Paste the text of a signature first.")},
    )


LABELS = {
    "initials": _("initials"),
    "given_name": _("given name"),
    "prefix": _("prefix"),
    "family_name": _("family name"),
    "title_before": _("title before the name"),
    "title_after": _("title after the name"),
    "organisation": _("organisation"),
    "function": _("function"),
    "department": _("department"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "mobile": _("mobile"),
    "website": _("website"),
    "street": _("street"),
    "house_number": _("house number"),
    "house_letter": _("letter"),
    "house_addition": _("addition"),
    "postcode": _("postcode"),
    "city": _("city"),
    "country": _("country"),
    "kvk": _("KvK number"),
    "vat": _("VAT number"),
    "iban": _("IBAN"),
}
GROUPS = ((_("Person"), PERSON), (_("Work"), WORK), (_("Reach"), REACH))


def _choices():
    address = tuple(name for name in FIELDS if not any(name in names for _l, names in GROUPS) and name not in NUMBERS)
    groups = (*GROUPS, (_("Address"), address), (_("Numbers"), NUMBERS))
    return [
        ("", _("do not take over")),
        *((label, [(name, capfirst(LABELS[name])) for name in names]) for label, names in groups),
    ]


class PieceForm(forms.Form):
    """A piece that was found, or a line that nobody recognised: in which field it belongs, and its value."""

    source = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST_TEXT)
    value = forms.CharField(label=_("Value"), required=False, max_length=300)
    field = forms.ChoiceField(label=_("Field"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = _choices()


class _Pieces(forms.BaseFormSet):
    def clean(self):
        """No field twice: the second one says so."""
        seen: set[str] = set()
        for form in self.forms:
            name = getattr(form, "cleaned_data", {}).get("field")
            if name and form.cleaned_data.get("value", "").strip() and name in seen:
                form.add_error("field", ValidationError(_("Another line fills this field already.")))
            seen.add(name)

    def values(self) -> dict[str, str]:
        """field → value of the lines that are to be taken over."""
        rows = [form.cleaned_data for form in self.forms]
        return {row["field"]: row["value"].strip() for row in rows if row["field"] and row["value"].strip()}


PieceFormSet = forms.formset_factory(
    PieceForm, formset=_Pieces, extra=0, max_num=150, absolute_max=150, validate_max=True
)


class KindForm(forms.Form):
    """What becomes of the pieces: a person (who may work somewhere), or an organisation."""

    kind = forms.ChoiceField(
        label=_("Make of this"),
        choices=[("person", _("a person")), ("organisation", _("an organisation"))],
        widget=forms.RadioSelect,
    )
