"""Rows that stand among the facts of a card, changed in their own place: e-mail, phones, numbers, addresses."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile, Recorded
from crm.relations import services
from crm.relations.card_facts import address_facts, part_context
from crm.relations.card_forms import AddressInPlaceForm
from crm.relations.card_queries import by_shape
from crm.relations.models import Address, Relation
from crm.relations.views.base import as_it_would_be, form_warnings, say_saved
from crm.relations.views.facts import fact_answer, fact_rows
from crm.relations.views.parts.kinds import PARTS


def change_in_place(request: HttpRequest, relation: Relation, part: str, row: Recorded) -> HttpResponse:
    """The form in the place of the fact, and after saving the fact again."""
    if part == "address":
        return _address(request, relation, row)
    if request.method == "GET" and "show" in request.GET:
        return fact_answer(request, part_context(relation, part, row))
    kind = PARTS[part]
    form = kind.form(request, relation, request.POST or None, instance=row)
    if "check" in request.POST:
        return as_it_would_be(request, relation, lambda: form.is_valid() and kind.change(row, form))
    if request.method == "POST" and form.is_valid():
        try:
            row = kind.change(row, form)
        except ChangedMeanwhile:
            return conflict_response(request, form, kind.model.objects.visible_to(request.user).get(pk=row.pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("Saved: %(what)s.") % {"what": kind.title})
            return fact_answer(request, part_context(relation, part, row), saved=part)
    rows = fact_rows(request, form, form.layout)
    return _form(request, relation, form, part, row, rows=rows, checked=kind.checked)


def _address(request: HttpRequest, relation: Relation, row: Address) -> HttpResponse:
    """Another address from a day on, or this one corrected; answered with all addresses of that kind."""
    if request.method == "GET" and "show" in request.GET:
        return _address_again(request, relation, row)
    form = AddressInPlaceForm(request.POST or None, instance=row, today=request.today)
    if "check" in request.POST:
        return as_it_would_be(request, relation, lambda: form.is_valid() and _save_address(row, form))
    if request.method == "POST" and form.is_valid():
        try:
            row = _save_address(row, form)
        except ChangedMeanwhile:
            return conflict_response(request, form, Address.objects.visible_to(request.user).get(pk=row.pk))
        except services.UnableToChangeAddress as refusal:
            form.add_error("valid_from", str(refusal))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("Saved: %(what)s.") % {"what": row.get_kind_display()})
            return _address_again(request, relation, row, saved="address")
    rows = render_to_string("relations/card_address_fields.html", {"form": form, "row": row}, request)
    return _form(request, relation, form, "address", row, rows=rows, checked=True, key=f"address-{row.kind}")


def _save_address(row: Address, form: AddressInPlaceForm) -> Address:
    version, values = form.cleaned_data["version"], form.values()
    if form.corrects:
        return services.update_part(row, version=version, check_state=Address.CheckState.UNCHECKED, **values)
    return services.move_address(row, version=version, **values)


def _address_again(request: HttpRequest, relation: Relation, row: Address, saved: str = "") -> HttpResponse:
    rows = Address.objects.visible_to(request.user).filter(relation=relation, kind=row.kind).order_by("-valid_from")
    context = {
        "relation": relation,
        "address": address_facts(by_shape(rows, request.on), request.on)[0],
        "may_change": True,
        "on": request.on,
        "saved": saved,
    }
    return render(request, "relations/card_address_saved.html", context)


def _form(request, relation: Relation, form, part: str, row, *, rows, checked: bool, key: str = "") -> HttpResponse:
    title = capfirst(str(row.get_kind_display() if part == "address" else PARTS[part].title))
    context = {
        "form": form,
        "relation": relation,
        "action": request.path,
        "cancel_url": f"{request.path}?show=1",
        "key": key or f"{part}-{row.pk}",
        "rows": rows,
        "title": title,
        # what is not done in place: removing it, or ending it on a day
        "more_url": reverse("relations:change-part", args=[relation.number, part, row.pk]),
        "checks": checked,
        "warnings": form_warnings(request, relation) if checked else [],
    }
    return render(request, "relations/card_part_form.html", context, status=422 if form.errors else 200)
