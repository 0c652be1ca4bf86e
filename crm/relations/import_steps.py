"""The two steps of an import in the admin: choose a file and see what would happen, then confirm."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportMixin
from import_export.formats.base_formats import Format
from import_export.forms import ConfirmImportForm, ImportForm
from import_export.results import RowResult
from import_export.tmp_storages import CacheStorage
from tablib import Dataset

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.relations import spreadsheet
from crm.relations.resources import RelationResource

PREVIEWED_ROWS = 50


class CsvFile(Format):
    """CSV as Dutch offices have it: any of the usual encodings and separators."""

    def __init__(self, encoding=None):
        self.encoding = encoding

    def get_title(self):
        return "csv"

    def create_dataset(self, in_stream):
        headings, rows = spreadsheet.read(in_stream)
        return Dataset(*rows, headers=headings)

    def get_extension(self):
        return "csv"

    def can_import(self):
        return True


class CheckedFile(forms.FileField):
    """A file that is read once while the form is checked, so that what is wrong with it stands at the field."""

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        if file.size > spreadsheet.MOST_BYTES:
            raise ValidationError(_("The file is larger than 5 MB. Split it."))
        spreadsheet.read(file.read())
        file.seek(0)
        return file


class _ForAdministration(forms.Form):
    administration = forms.ModelChoiceField(
        Administration.objects.none(),
        label=gettext_lazy("Administration"),
        help_text=gettext_lazy("New relations are made here, and made debtor here."),
    )

    def allow(self, user):
        """Offer where this user may import and change relations."""
        self.fields["administration"].queryset = Administration.objects.filter(
            pk__in=administration_ids(user, Right.IMPORT)
        ).filter(pk__in=administration_ids(user, Right.RELATIONS_CHANGE))
        return self


class RelationImportForm(_ForAdministration, ImportForm):
    import_file = CheckedFile(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("At most 5,000 lines and 5 MB. The first line holds the names of the columns."),
    )
    field_order = ["administration", "import_file", "resource", "format"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["format"].initial = "0"

    @property
    def media(self):
        return forms.Media()  # the library's script guesses a format; there is one


class RelationConfirmForm(_ForAdministration, ConfirmImportForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["administration"].widget = forms.HiddenInput()


class RelationImport(ImportMixin):
    """The import pages of an admin class; the file waits in the cache, which all web servers share."""

    resource_classes = [RelationResource]
    import_form_class = RelationImportForm
    confirm_form_class = RelationConfirmForm
    import_template_name = "relations/admin/import.html"
    import_export_change_list_template = "relations/admin/change_list.html"
    tmp_storage_class = CacheStorage
    skip_admin_log = True

    def get_import_formats(self):
        return [CsvFile]

    def has_import_permission(self, request) -> bool:
        return rights_of(request.user).has(Right.IMPORT) and self.has_add_permission(request)

    def create_import_form(self, request):
        form = super().create_import_form(request).allow(request.user)
        choices = form.fields["administration"].queryset
        if choices.count() == 1:
            form.initial["administration"] = choices.get()
        return form

    def create_confirm_form(self, request, import_form=None):
        return super().create_confirm_form(request, import_form).allow(request.user)

    def get_confirm_form_initial(self, request, import_form):
        initial = super().get_confirm_form_initial(request, import_form)
        if import_form is not None:
            initial["administration"] = import_form.cleaned_data["administration"].pk
        return initial

    def import_action(self, request, **kwargs):
        """The page with the form, or what the chosen file would do."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        response = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", None)
        if context is not None:
            context["columns"] = spreadsheet.COLUMNS
            context["media"] = self.media
            if "result" in context:
                context["previewed"] = context["result"].rows[:PREVIEWED_ROWS]
                context["totals"] = context["result"].totals
        return response

    def get_import_resource_kwargs(self, request, form=None, **kwargs):
        cleaned = getattr(form, "cleaned_data", {})
        administration = cleaned.get("administration") or Administration()
        return {"user": request.user, "administration": administration, "on": timezone.localdate()}

    def get_import_data_kwargs(self, **kwargs):
        return {"rollback_on_validation_errors": True}

    def process_result(self, result, request):
        if result.has_errors() or result.has_validation_errors():
            said = [str(error.error) for error in result.base_errors] or [
                _(
                    "What the file would do is no longer possible: somebody changed something meanwhile. Nothing was"
                    " imported; choose the file again."
                )
            ]
            self.message_user(request, " ".join(said), level="error")
            from django.shortcuts import redirect

            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_import")
        return super().process_result(result, request)

    def add_success_message(self, result, request):
        totals = result.totals
        self.message_user(
            request,
            _("Imported: %(new)d new, %(changed)d changed, %(same)d were as they are in the file.")
            % {
                "new": totals[RowResult.IMPORT_TYPE_NEW],
                "changed": totals[RowResult.IMPORT_TYPE_UPDATE],
                "same": totals[RowResult.IMPORT_TYPE_SKIP],
            },
        )
