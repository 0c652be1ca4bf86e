"""Rows shown and changed on the page of the record that they hang under, by the rules of `pages`."""

from django.contrib import admin
from django.db import models

from crm.core.actor_rights import rights_of
from crm.core.admin.pages import Scoped


class ScopedInlineMixin(Scoped):
    """Rows under a record. They lie where the record lies, unless they name an administration themselves."""

    extra = 0
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.autocomplete_fields)

    def _never_shown(self):
        return {
            f.name
            for f in self.model._meta.concrete_fields
            if isinstance(f, models.ForeignKey)
            and issubclass(self.parent_model, f.remote_field.model)
            and f.name == (self.fk_name or f.name)
        }

    def administrations_of(self, record):
        if not isinstance(record, self.model):
            return self.parent_page.administrations_of(record) if record is not None else None
        own = super().administrations_of(record)
        if own is not None:
            return own
        for name in self._never_shown():
            parent = getattr(record, name, None)
            if parent is not None and parent.pk:
                return self.parent_page.administrations_of(parent)
        return None

    @property
    def parent_page(self):
        return self.admin_site._registry[self.parent_model]

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form.__name__, (formset.form,), {"request": request, "page": self})
        return formset

    def has_view_permission(self, request, obj=None):
        return bool(rights_of(request.user).readable(self.model, self.where(request, obj)) - self._never_shown())

    def has_change_permission(self, request, obj=None):
        return self._may_write(request, obj)

    def has_add_permission(self, request, obj=None):
        return self._may_write(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may_write(request, obj)

    def _may_write(self, request, obj) -> bool:
        """Every column that a row needs must be changeable: half a bank account cannot be added."""
        changeable = self.changeable_fields(request, obj)
        needed = {
            f.name
            for f in self.model._meta.concrete_fields
            if f.editable and not f.blank and not f.has_default() and not f.primary_key
        }
        return bool(changeable) and needed <= changeable


class ScopedInline(ScopedInlineMixin, admin.TabularInline):
    pass


class ScopedStackedInline(ScopedInlineMixin, admin.StackedInline):
    pass
