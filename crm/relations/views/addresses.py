"""An address against the register: what it writes differently, and taking that over."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

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
            return redirect(relation)
    context = {"form": form, "relation": relation, "address": address, "found": found, "state": _said(result, found)}
    return render(request, "relations/address_check.html", context, status=422 if form.errors else 200)


def _said(result, found) -> str:
    if found:
        return "other"
    return "nothing" if result is None else str(result.state)
