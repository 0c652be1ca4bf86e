"""Two people changed the same record: both values, field by field, and nothing is lost (design/reliability.md 12).

What only one of the two changed is merged. Where both changed the same field the second chooses. A view does

    except ChangedMeanwhile:
        return conflict_response(request, form, record)

with a form whose fields are named as the columns and that carries `version`; the page that comes back posts to
`core:chosen`, which hands the chosen values to that same view, as if they had been typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _

VERSION = "version"
HIDDEN = "…"


@dataclass(frozen=True)
class Field:
    """One field of the form: its three values, and which of both people changed it."""

    name: str
    label: str
    was: Any
    theirs: Any
    yours: Any
    bound: forms.BoundField
    column: models.Field
    error: str = ""

    @property
    def they_changed(self) -> bool:
        return not same(self.was, self.theirs)

    @property
    def you_changed(self) -> bool:
        return not same(self.was, self.yours)

    @property
    def clashes(self) -> bool:
        return self.they_changed and self.you_changed and not same(self.theirs, self.yours)

    @property
    def merged(self) -> Any:
        return self.yours if self.you_changed and not self.error else self.theirs

    def shown(self, value: Any) -> str:
        if isinstance(self.bound.field, forms.ModelChoiceField) and value not in (None, ""):
            found = self.bound.field.queryset.filter(pk=getattr(value, "pk", value)).first()
            return str(found) if found else HIDDEN
        if self.column.choices:
            return str(dict(self.column.flatchoices).get(value, value or ""))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return "" if value is None else str(localize(value, use_l10n=True))

    def row(self) -> dict[str, str]:
        """For the component `conflict`."""
        return {
            "name": self.bound.html_name,
            "label": self.label,
            "was": self.shown(self.was),
            "theirs": self.shown(self.theirs),
            "yours": str(self.bound.data) if self.error else self.shown(self.yours),
            "error": self.error,
            "choice": "theirs" if self.error else "",
        }


@dataclass(frozen=True)
class Conflict:
    """`version` is the record's now; `who` is "" for the program; `fields` are those of the form that are columns."""

    record: models.Model
    version: int
    who: str
    when: Any
    fields: list[Field]

    @property
    def clashing(self) -> list[Field]:
        return [field for field in self.fields if field.clashes]

    @property
    def merged_labels(self) -> list[str]:
        return [
            field.label for field in self.fields if not field.clashes and (field.they_changed or field.you_changed)
        ]


def same(one: Any, other: Any) -> bool:
    """Equal as far as a person sees: a record and its key, nothing and "" are the same."""

    def plain(value):
        value = getattr(value, "pk", value)
        return "" if value is None else value.strip() if isinstance(value, str) else value

    return plain(one) == plain(other)


def compare(form: forms.BaseForm, record: models.Model) -> Conflict:
    """What the form wanted against the record as it is now and as it was at the version that the form was shown."""
    record = type(record)._default_manager.get(pk=record.pk)
    shown_version = _number(form.data.get(form.add_prefix(VERSION)))
    history = record.history.filter(**{record._meta.pk.name: record.pk})
    before = history.filter(version=shown_version).order_by("-history_id").first() if shown_version else None
    last = history.select_related("change_set__actor", "history_user").order_by("-history_id").first()
    columns = {column.name: column for column in record._meta.concrete_fields}
    fields = []
    for name, field in form.fields.items():
        if name == VERSION or name not in columns or field.disabled or isinstance(field, forms.FileField):
            continue
        column = columns[name]
        theirs = column.value_from_object(record)
        errors = form.errors.get(name)
        fields.append(
            Field(
                name=name,
                label=capfirst(str(form[name].label)),
                was=getattr(before, column.attname) if before is not None and hasattr(before, column.attname) else "",
                theirs=theirs,
                yours=form[name].data if errors else form.cleaned_data.get(name),
                bound=form[name],
                column=column,
                error=" ".join(errors) if errors else "",
            )
        )
    return Conflict(
        record=record,
        version=record.version,
        who=_who(last),
        when=last.history_date if last else None,
        fields=fields,
    )


def conflict_response(request: HttpRequest, form: forms.BaseForm, record: models.Model) -> HttpResponse:
    """The answer to a save over a newer version: the page with both values (409), or, when nothing clashes, what the
    view answers to the merged values. `record` must come from `visible_to`; the form decides which columns show.
    """
    conflict = compare(form, record)
    data = _merged_data(form, conflict)
    if not conflict.clashing and not getattr(request, "merged_already", False):
        request.merged_already = True
        told = {"who": conflict.who or _("The program"), "fields": ", ".join(conflict.merged_labels)}
        if conflict.merged_labels:
            messages.info(request, _("Merged with what %(who)s changed meanwhile: %(fields)s.") % told)
        return again(request, request.get_full_path(), data)
    hidden = [(name, value) for name, values in data.lists() for value in values]
    for field in conflict.clashing:
        name = field.bound.html_name
        hidden += [(f"{name}-theirs", value) for value in _posted(field.bound.field, field.theirs)]
        hidden += [(f"{name}-yours", value) for value in _posted(field.bound.field, field.yours)]
    response = render(
        request,
        "core/conflict.html",
        {
            "conflict": conflict,
            "record": conflict.record,
            "rows": [field.row() for field in conflict.clashing],
            "who": conflict.who or _("the program"),
            "when": conflict.when,
            "merged": ", ".join(conflict.merged_labels),
            "hidden": hidden,
            "to": request.get_full_path(),
        },
        status=409,
    )
    if getattr(request, "htmx", False):
        # a form inside a page: both values need the whole page
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML show:window:top"
    return response


def chosen(posted: QueryDict) -> QueryDict:
    """What was posted from the conflict page as the original form would have posted it."""
    data = posted.copy()
    for key in [key for key in posted if key.endswith("-choice")]:
        name, choice = key.removesuffix("-choice"), posted[key]
        if choice not in ("theirs", "yours", "other"):
            raise Http404
        data.setlist(name, posted.getlist(f"{name}-{choice}"))
        for ending in ("choice", "theirs", "yours", "other"):
            data.pop(f"{name}-{ending}", None)
    for key in ("to", "drop"):
        data.pop(key, None)
    return data


def again(request: HttpRequest, path: str, data: QueryDict) -> HttpResponse:
    """Let the view of this address answer a POST of these values; it checks everything, as always.

    Raises Http404 for an address that is not ours.
    """
    try:
        match = resolve(path.partition("?")[0])
    except Resolver404 as unknown:
        raise Http404 from unknown
    data._mutable = False
    request.POST = data
    request.path = request.path_info = path.partition("?")[0]
    request.resolver_match = match
    view: Callable[..., HttpResponse] = match.func
    return view(request, *match.args, **match.kwargs)


def _merged_data(form: forms.BaseForm, conflict: Conflict) -> QueryDict:
    """Everything that was posted, with the version as it is now and, of fields that do not clash, the merged value."""
    data = QueryDict(mutable=True)
    for name, values in form.data.lists():
        if name not in ("csrfmiddlewaretoken", "once"):
            data.setlist(name, values)
    data[form.add_prefix(VERSION)] = str(conflict.version)
    for field in conflict.fields:
        if field.clashes:
            data.pop(field.bound.html_name, None)
        elif field.they_changed and not field.you_changed:
            data.setlist(field.bound.html_name, _posted(field.bound.field, field.theirs))
    return data


def _posted(field: forms.Field, value: Any) -> list[str]:
    """A value as a form posts it."""
    value = getattr(value, "pk", value)
    if value is None or value is False:
        return []
    if value is True:
        return ["on"]
    if isinstance(value, date):
        return [value.isoformat()]
    prepared = field.prepare_value(value)
    return [str(one) for one in prepared] if isinstance(prepared, list | tuple) else [str(prepared)]


def _who(row) -> str:
    if row is None:
        return ""
    if row.change_set and row.change_set.actor:
        return str(row.change_set.actor)
    return str(row.history_user or "")


def _number(text) -> int | None:
    return int(text) if str(text or "").isdigit() else None
