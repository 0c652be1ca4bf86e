"""An address against the register: what it writes differently, and taking that over."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.core.as_of import refuse_another_day
from crm.core.conflicts import conflict_response
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.relations import address_lookup, services
from crm.relations.forms import TakeOverForm
from crm.relations.models import Address
from crm.relations.views.base import say_saved, visible_part, visible_relation


@require_http_methods(["GET", "POST"])
def check_address(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """What the register says of this address now; a person waits for it, at most two seconds."""
    relation = visible_relation(request, number)
    address = visible_part(request, Address.objects.filter(relation=relation), pk)
    result = address_lookup.look_up(address, timeout_seconds=address_lookup.ON_SCREEN_SECONDS)
    found = address_lookup.suggestion(address, result) if result else None
    form = TakeOverForm(request.POST or None, initial={"version": address.version})
    if request.method == "POST" and found and form.is_valid():
        values = {"street": found.street, "city": found.city, "check_state": Address.CheckState.VALID}
        try:
            services.update_part(address, version=form.cleaned_data["version"], **values)
        except ChangedMeanwhile:
            return conflict_response(request, form, Address.objects.visible_to(request.user).get(pk=pk))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            say_saved(request, _("Taken over from the address service."))
            return redirect("relations:address-report" if "report" in request.POST else relation)
    context = {"form": form, "relation": relation, "address": address, "found": found, "state": _said(result, found)}
    return render(request, "relations/address_check.html", context, status=422 if form.errors else 200)


PER_PAGE = 50


@require_safe
def address_report(request: HttpRequest) -> HttpResponse:
    """What the check of many addresses found: each with what the register writes, to be taken over one by one.

    Those of today that this user may change, fifty at a time; nothing is asked of a service here.
    """
    refuse_another_day(request)
    asked = request.GET.get("after", "")
    after = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else 0
    states = (Address.CheckState.CORRECTED, Address.CheckState.UNKNOWN)
    rows = Address.objects.editable_by(request.user).on(request.today).filter(check_state__in=states)
    page = list(rows.filter(pk__gt=after).select_related("relation").order_by("pk")[: PER_PAGE + 1])
    shown = page[:PER_PAGE]
    known = address_lookup.remembered(shown)
    lines = [
        {"address": row, "found": address_lookup.suggestion(row, known[row.pk]) if row.pk in known else None}
        for row in shown
    ]
    unchecked = Address.objects.editable_by(request.user).on(request.today)
    context = {
        "lines": lines,
        "total": rows.count(),
        "waiting": unchecked.filter(check_state=Address.CheckState.UNCHECKED).count(),
        "next": shown[-1].pk if len(page) > PER_PAGE else None,
        "first": not after,
    }
    return render(request, "relations/address_report.html", context)


def _said(result, found) -> str:
    if found:
        return "other"
    return "nothing" if result is None else str(result.state)
