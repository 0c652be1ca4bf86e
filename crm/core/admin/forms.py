"""The forms of the admin: nothing is overwritten silently, and nothing is changed that one may not change."""

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.core.admin.past import changes_since

VERSION = "shown_version"


class _KnownRow:
    """What AutocompleteSelect asks of its choices, answered from the row that is there already."""

    def __init__(self, field, row):
        self.field, self.row = field, row

    @property
    def queryset(self):
        return self

    def using(self, alias):
        return self

    def filter(self, **condition):
        (keys,) = condition.values()
        known = {str(key) for key in keys} <= {str(self.row.pk)}
        return [self.row] if known else self.field.queryset.filter(**condition)


class ScopedModelForm(forms.ModelForm):
    """Carries the version that was shown. The page sets `request` and `page` on a subclass of its own.

    Errors: the record changed since it was shown (names what, by whom), a value that the user may not change in
    the administration where the record lies, and `request.refusal`, what a guard said when it was being saved.
    """

    shown_version = forms.IntegerField(label="", required=False, widget=forms.HiddenInput)

    request = None
    page = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial[VERSION] = getattr(self.instance, "version", None)  # a log has none and is read only
            self._use_known_rows()

    def _use_known_rows(self) -> None:
        """An inline reads what its rows point at together with the rows; the widget would ask again for each."""
        for name, field in self.fields.items():
            known = self.instance._state.fields_cache.get(name)
            if known is not None and isinstance(getattr(field.widget, "widget", field.widget), AutocompleteSelect):
                field.widget.choices = _KnownRow(field, known)

    def clean(self):
        cleaned = super().clean()
        refusal = getattr(self.request, "refusal", None)
        if refusal and not self.prefix:
            raise ValidationError(refusal)
        changed = set(self.changed_data) - {VERSION}
        if self.instance.pk and changed and cleaned.get(VERSION) != self.instance.version:
            readable = self.page.readable_fields(self.request, self.instance)
            raise ValidationError(
                changes_since(self.instance, cleaned.get(VERSION), readable, self.request.user), code="conflict"
            )
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if self.errors or self.page is None:
            return
        columns = {f.name for f in self._meta.model._meta.concrete_fields}
        changed = set(self.changed_data) & columns
        allowed = self.page.changeable_fields(self.request, self.instance)
        for name in sorted(changed - allowed):
            self.add_error(name, _("You may not change this in this administration."))
