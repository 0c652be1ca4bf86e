"""Lists and forms of the admin: `visible_to` to see, `editable_by` to change, classes of fields for columns."""

from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import NestedObjects, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import ProtectedError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.core.actor_rights import rights_of
from crm.core.admin.filters import ScopedChoicesUnder, ScopedRelatedFilter, ScopedRelatedUnder
from crm.core.admin.forms import VERSION, ScopedModelForm
from crm.core.admin.lookups import columns_on, hangs_under, may_ask
from crm.core.admin.past import entries
from crm.core.field_classes import classes_of
from crm.core.forms import word_empty_choice
from crm.core.models import ChangedMeanwhile


class Scoped(BaseModelAdmin):
    """What lists, forms and inlines share.

    `change_right`: the one right that changing any column asks for, where the classes of fields do not decide it.
    """

    form = ScopedModelForm
    change_right: str | None = None

    # ------------------------------------------------------------------------------------------- rows

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    def administrations_of(self, record) -> set[int] | None:
        """Where a record lies; None: it lies nowhere in particular, and a right in any administration counts."""
        if "administration" in {f.name for f in record._meta.concrete_fields}:
            return {record.administration_id} if record.administration_id else None
        return None

    def where(self, request, record) -> set[int]:
        found = self.administrations_of(record) if record is not None else None
        return rights_of(request.user).administrations() if found is None else found

    def remembered(self, request, action: str, record) -> bool:
        """Whether the row is "visible" or "editable" for this user; asked of the database once per request."""
        known = request.__dict__.setdefault("_scoped", {})
        key = (action, record._meta.concrete_model, record.pk)
        if key not in known:
            rows = record._meta.concrete_model._default_manager.all()
            door = getattr(rows, "visible_to" if action == "visible" else "editable_by", rows.visible_to)
            known[key] = door(request.user).filter(pk=record.pk).exists()
        return known[key]

    # ---------------------------------------------------------------------------------------- columns

    def readable_fields(self, request, record=None) -> set[str]:
        return rights_of(request.user).readable(self.model, self.where(request, record)) | self.unclassed

    def changeable_fields(self, request, record=None) -> set[str]:
        rights, where = rights_of(request.user), self.where(request, record)
        if self.change_right is None:
            return rights.changeable(self.model, where)
        found = self.administrations_of(record) if record is not None else None
        return set(classes_of(self.model)) if rights.has(self.change_right, found) else set()

    @property
    def unclassed(self) -> set[str]:
        """Generated columns, as readable as the record: they are made of its public ones."""
        return {f.name for f in self.model._meta.concrete_fields if f.generated or f.primary_key}

    def _columns(self) -> set[str]:
        return {f.name for f in self.model._meta.concrete_fields}

    def _hidden(self, request, record) -> set[str]:
        return self._columns() - self.readable_fields(request, record) | self._keys_to_hidden_rows(request, record)

    def _keys_to_hidden_rows(self, request, record) -> set[str]:
        """Keys that may be empty and point at a row that this user does not see: neither named nor overwritten.

        Who did something is named everywhere.
        """
        if not self._is_ours(record) or record.pk is None:
            return set()
        found = set()
        for field in self.model._meta.concrete_fields:
            key = getattr(record, field.attname)
            if not isinstance(field, models.ForeignKey) or not field.null or key is None:
                continue
            rows = field.related_model._default_manager.filter(pk=key)
            scoped = hasattr(rows, "visible_to") and field.related_model is not get_user_model()
            if scoped and not self._sees(request, rows):
                found.add(field.name)
        return found

    def _sees(self, request, rows) -> bool:
        known = request.__dict__.setdefault("_seen_rows", {})
        key = str(rows.query)
        if key not in known:
            known[key] = rows.visible_to(request.user).exists()
        return known[key]

    def get_readonly_fields(self, request, obj=None):
        fixed = list(super().get_readonly_fields(request, obj))
        hidden = self._hidden(request, obj)
        closed = self._columns() - self.changeable_fields(request, obj) - hidden
        editable = {f.name for f in self.model._meta.concrete_fields if f.editable and not f.primary_key}
        names = [name for name in fixed if name not in hidden]
        return [*names, *sorted((closed & editable) - set(names) - self._never_shown())]

    def _never_shown(self) -> set[str]:
        """The key to the parent of an inline, which is no field of its form."""
        return set()

    def get_exclude(self, request, obj=None):
        return [*(super().get_exclude(request, obj) or ()), *sorted(self._hidden(request, obj) - {"id"})]

    def get_fieldsets(self, request, obj=None):
        hidden = self._hidden(request, obj)
        shown = []
        for title, options in super().get_fieldsets(request, obj):
            kept = _without(options["fields"], hidden | {VERSION})
            if kept:
                shown.append((title, {**options, "fields": kept}))
        if shown and self.has_change_permission(request, obj):
            title, options = shown[0]
            shown[0] = (title, {**options, "fields": [*options["fields"], VERSION]})
        return shown

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        related = db_field.remote_field.model._default_manager
        rows = kwargs.get("queryset", related.all())
        if hasattr(rows, "visible_to"):
            kwargs["queryset"] = rows.visible_to(request.user)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            word_empty_choice(field)
        if field is not None and db_field.name in self.short_lists:
            # read once a request: the form of an inline is built several times, and has many rows
            known = request.__dict__.setdefault("_short_lists", {})
            if db_field not in known:
                known[db_field] = [(str(value), label) for value, label in field.choices]
            field.choices = known[db_field]
        return field

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Without the links of the admin beside a choice: a red cross there deletes what is chosen, for everybody."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            word_empty_choice(field)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            widget = field.widget
            widget.can_change_related = widget.can_delete_related = widget.can_view_related = False
        return field

    # foreign keys to small tables, shown as a list
    short_lists: tuple[str, ...] = ()

    # ------------------------------------------------------------------------------------ permissions

    def has_module_permission(self, request) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None) -> bool:
        if obj is not None and obj._meta.concrete_model is self.model._meta.concrete_model:
            return self.remembered(request, "visible", obj)
        readable = rights_of(request.user).readable(self.model, self.where(request, None))
        return bool(readable)

    def has_change_permission(self, request, obj=None) -> bool:
        if not self.changeable_fields(request, obj if self._is_ours(obj) else None):
            return False
        return not self._is_ours(obj) or self.remembered(request, "editable", obj)

    def has_add_permission(self, request, obj=None) -> bool:
        return bool(self.changeable_fields(request, None))

    def has_delete_permission(self, request, obj=None) -> bool:
        return self.has_change_permission(request, obj)

    def _is_ours(self, obj) -> bool:
        return obj is not None and obj._meta.concrete_model is self.model._meta.concrete_model


class ScopedAdmin(Scoped, admin.ModelAdmin):
    """A list and a form of one model. `delete_right`: what deleting asks for beside being allowed to change."""

    delete_right: str | None = None
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they would count rows that one does not see
    list_per_page = 50
    save_on_top = False
    # a column of the list that is no field -> the paths it shows; it is left out when one of them is hidden
    column_paths: dict[str, tuple[str, ...]] = {}

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"request": request, "page": self})

    def has_delete_permission(self, request, obj=None) -> bool:
        if self.delete_right is not None:
            found = self.administrations_of(obj) if self._is_ours(obj) else None
            if not rights_of(request.user).has(self.delete_right, found):
                return False
        return super().has_delete_permission(request, obj)

    # ------------------------------------------------------------------------------------------- list

    def _may_ask(self, request, path: str) -> bool:
        return may_ask(self.model, path, rights_of(request.user).readable_classes())

    def _shown_column(self, request, name: str) -> bool:
        if name in self.column_paths:
            return all(self._may_ask(request, path) for path in self.column_paths[name])
        return name not in self._columns() or self._may_ask(request, name)

    def get_list_display(self, request):
        return [n for n in super().get_list_display(request) if self._shown_column(request, n)]

    def get_list_filter(self, request):
        def paths(entry):
            named = entry[0] if isinstance(entry, tuple | list) else entry
            return (named,) if isinstance(named, str) else getattr(named, "paths", ())

        def scoped(entry):
            columns = columns_on(self.model, entry) if isinstance(entry, str) else None
            if not columns:
                return entry
            points = columns[-1][0]._meta.get_field(columns[-1][1]).is_relation
            if hangs_under(self.model, entry):
                return (entry, ScopedRelatedUnder if points else ScopedChoicesUnder)
            return (entry, ScopedRelatedFilter) if points else entry

        return [
            scoped(entry)
            for entry in super().get_list_filter(request)
            if all(self._may_ask(request, path) for path in paths(entry))
        ]

    def get_search_fields(self, request):
        return [path for path in super().get_search_fields(request) if self._may_ask(request, path)]

    def lookup_allowed(self, lookup, value, request=None) -> bool:
        if hangs_under(self.model, lookup) and lookup not in self._asked_of_rows_under():
            return False
        return self._may_ask(request, lookup) and super().lookup_allowed(lookup, value, request)

    def _asked_of_rows_under(self) -> set[str]:
        """What the filters over rows under the record take; anything else would ask of hidden rows too."""
        paths = [entry for entry in self.list_filter if isinstance(entry, str) and hangs_under(self.model, entry)]
        return {f"{path}__exact" for path in paths} | {f"{path}__id__exact" for path in paths}

    def changelist_view(self, request, extra_context=None):
        try:
            return super().changelist_view(request, extra_context)
        except (ValidationError, ChangedMeanwhile, ProtectedError) as refused:
            messages.error(request, sentence_of(refused))
            return HttpResponseRedirect(request.get_full_path())

    # ------------------------------------------------------------------------------------------- form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """What a guard refuses while saving comes back on the form, with everything that was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (ValidationError, ChangedMeanwhile) as refused:
            request.refusal = sentence_of(refused)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ValidationError, ChangedMeanwhile, ProtectedError) as refused:
            messages.error(request, sentence_of(refused))
            return HttpResponseRedirect("../change/")

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        raise Http404

    def delete_model(self, request, obj):
        obj.delete()

    def delete_queryset(self, request, queryset):
        for row in queryset:
            row.delete()

    def get_deleted_objects(self, objs, request):
        """Counts, not names, and of what one sees: what hangs under a record may lie in another administration."""
        collector = NestedObjects(using=objs[0]._state.db if objs else "default", origin=objs)
        collector.collect(objs)
        refused = {str(obj._meta.verbose_name) for obj in objs if not self.has_delete_permission(request, obj)}
        counted = {
            capfirst(str(model._meta.verbose_name_plural)): number
            for model, rows in collector.model_objs.items()
            if (number := seen_of(model, rows, request.user))
        }
        protecting: dict[type, list] = {}
        for row in collector.protected:
            protecting.setdefault(row._meta.concrete_model, []).append(row)
        said = [
            f"{number} {model._meta.verbose_name_plural}"
            for model, rows in protecting.items()
            if (number := seen_of(model, rows, request.user))
        ]
        if protecting and not said:
            said = [_("records that you may not see")]
        return [str(obj) for obj in objs], counted, refused, sorted(said)

    # who did what is in the history; Django's own log would name records to whoever reads it
    def log_addition(self, request, obj, message):
        return None

    def log_change(self, request, obj, message):
        return None

    def log_deletions(self, request, queryset):
        return None

    # ---------------------------------------------------------------------------------------- history

    def history_view(self, request, object_id, extra_context=None):
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        page = max(1, int(request.GET["p"])) if request.GET.get("p", "").isdigit() else 1
        names = self.readable_fields(request, record)
        found, more = entries(record, names, request.user, page=page)
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(record)s") % {"record": record},
            "opts": self.opts,
            "object": record,
            "entries": found,
            "page": page,
            "earlier": page + 1 if more else None,
            "later": page - 1 if page > 1 else None,
            **(extra_context or {}),
        }
        return render(request, "admin/scoped/history.html", context)


def seen_of(model: type, rows, user) -> int:
    """How many of these rows the user sees; of what nobody looks at, such as search words, none."""
    found = model._default_manager.filter(pk__in=[row.pk for row in rows])
    return found.visible_to(user).count() if hasattr(found, "visible_to") else 0


def sentence_of(refused: Exception) -> str:
    """A refusal as one sentence for the person at the screen."""
    if isinstance(refused, ValidationError):
        return " ".join(refused.messages)
    if isinstance(refused, ChangedMeanwhile):
        return _("Not saved: somebody changed this record while you were saving. Open it again to see it.")
    return _("This cannot be deleted: other records point at it.")


def _without(fields, hidden: set[str]) -> list:
    kept = []
    for entry in fields:
        if isinstance(entry, tuple | list):
            inner = [name for name in entry if name not in hidden]
            if inner:
                kept.append(tuple(inner))
        elif entry not in hidden:
            kept.append(entry)
    return kept
