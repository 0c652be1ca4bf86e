"""What somebody chooses to take out, and when that asks for a reason."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.exchange.exporting import FORMS, VCARD
from crm.exchange.kinds import Kind
from crm.exchange.layouts import layouts, read_columns
from crm.exchange.models import ExportRules, FileLayout

FREE = "free"


class ExportForm(forms.Form):
    """`kind` says which columns there are to choose from."""

    layout = forms.ChoiceField(
        label=_("Ready file for"),
        choices=(),
        help_text=_("A file that the package takes in, as CSV. Without one you choose the format and columns below."),
    )
    form = forms.ChoiceField(label=_("File format"), choices=(), widget=forms.RadioSelect)
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        choices=(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column.")},
    )
    reason = forms.CharField(
        label=_("What do you need them for?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the log of exports."),
    )

    def __init__(self, *args, user, kind: Kind, ask_reason: bool, **kwargs):
        super().__init__(*args, **kwargs)
        offered = kind.offered_columns(user)
        self.fields["form"].choices = [(key, label) for key, label in FORMS.items() if key != VCARD or kind.vcard]
        self.fields["columns"].choices = [(column.name, column.label) for column in offered]
        standard = kind.standard or [column.name for column in offered]
        self.initial = {"form": "xlsx", "columns": [c.name for c in offered if c.name in standard]}
        ready = layouts(kind.key)
        if ready:
            self.fields["layout"].choices = [(FREE, _("free choice")), *((one.key, one.label) for one in ready)]
            self.initial["layout"] = FREE
        else:
            del self.fields["layout"]
        if self.is_bound and self.data.get("layout", FREE) != FREE:
            self.fields["form"].required = self.fields["columns"].required = False
        elif self.is_bound and self.data.get("form") == VCARD:
            self.fields["columns"].required = False
        if ask_reason:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = _("Say what you need so many rows for.")
        else:
            del self.fields["reason"]

    def clean(self):
        """A ready file says itself what is in it; free choice is no layout."""
        values = super().clean()
        if values.get("layout", FREE) == FREE:
            return values | {"layout": ""}
        return values | {"form": "csv", "columns": []}


class ExportRulesForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ExportRules
        fields = ("reason_above",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version


class FileLayoutForm(forms.ModelForm):
    """The columns of a ready file; each line has to name a column that every one of its kinds has."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = FileLayout
        fields = ("separator", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "layout-text"})}

    def __init__(self, *args, layout, known: set[str], **kwargs):
        super().__init__(*args, **kwargs)
        self.layout, self.known = layout, known
        self.initial["version"] = self.instance.version
        self.fields["text"].help_text = _(
            "A line is a column: “heading: source”, or “heading: source, 30” for at most 30 characters. A fixed text"
            " stands between quotation marks; “a | b” is a for the first kind and b for the second."
        )

    def clean_text(self):
        text = self.cleaned_data["text"]
        for variant in range(len(self.layout.kinds)):
            read_columns(text, variant=variant, known=self.known)
        return text
