"""A household moves: everybody at one address, or whoever goes along, to a new address on a day, in one act."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile
from crm.core.once import answer, earlier_answer
from crm.relations.card_forms import HouseholdForm
from crm.relations.households import household_of
from crm.relations.models import Address, Relation
from crm.relations.services import UnableToChangeAddress, move_household
from crm.relations.views.base import form_warnings, say_saved, visible_part, visible_relation

TEMPLATE = "relations/card_household.html"


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The form; then what would happen, without writing; then, confirmed, the act itself."""
    refuse_another_day(request)
    relation = visible_relation(request, number)
    address = visible_part(request, Address.objects.filter(relation=relation), pk)
    if request.method == "POST" and (again := earlier_answer(request)):
        return again
    household, others = household_of(request.user, address, on=request.today)
    form = HouseholdForm(request.POST or None, household=household, today=request.today)
    context = {"relation": relation, "address": address, "household": household, "others": others, "form": form}
    if request.method != "POST" or "edit" in request.POST:
        # back from the preview: everything typed is still there, nothing is said of it yet
        return render(request, TEMPLATE, context)
    if not form.is_valid():
        return render(request, TEMPLATE, context, status=422)
    try:
        if "confirm" not in request.POST:
            return render(request, TEMPLATE, context | {"preview": _preview(request, form, household)})
        return answer(request, lambda: _move(request, form, relation))
    except ChangedMeanwhile:
        form.add_error("who", _("Somebody moved meanwhile. Look again who moves."))
    except UnableToChangeAddress as refusal:
        form.add_error("valid_from", str(refusal))
    except ValidationError as refusal:
        add_refusal(form, refusal)
    return render(request, TEMPLATE, context, status=422)


def _move(request: HttpRequest, form: HouseholdForm, relation: Relation) -> HttpResponse:
    moved = move_household(form.versions(), valid_from=form.cleaned_data["valid_from"], **form.address())
    told = {"n": len(moved), "address": str(moved[0])}
    text = ngettext("%(n)d relation moved to %(address)s.", "%(n)d relations moved to %(address)s.", len(moved))
    say_saved(request, text % told)
    return redirect(relation)


def _preview(request: HttpRequest, form: HouseholdForm, household: list[Address]) -> dict:
    """Old and new per relation, and what couplings would refuse: done, looked at, taken back. Raises as the act."""
    chosen = {row.pk: row for row in household if row.pk in form.versions()}
    with transaction.atomic():
        moved = move_household(form.versions(), valid_from=form.cleaned_data["valid_from"], **form.address())
        mine = {row.relation_id: row for row in chosen.values()}
        rows = [
            {
                "relation": mine[new.relation_id].relation,
                "old": str(mine[new.relation_id]),
                "new": str(new),
                "warnings": form_warnings(request, mine[new.relation_id].relation),
            }
            for new in moved
        ]
        transaction.set_rollback(True)
    return {
        "rows": rows,
        "valid_from": form.cleaned_data["valid_from"],
        "stay": [row.relation for row in household if row.pk not in chosen],
    }
