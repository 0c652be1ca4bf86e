"""A relation at an earlier moment beside today: choose what to look back before, or type a moment."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.audit.services import may_undo
from crm.relations.as_it_was import card_at, moments_of
from crm.relations.card_forms import MomentForm
from crm.relations.known_on import end_of
from crm.relations.views.base import visible_relation


@require_safe
def as_it_was(request: HttpRequest, number: int) -> HttpResponse:
    """`?at=`: a day, a day with a time, or the exact moment of an act (then: just before it); without one the newest
    act, or on another day the end of that day. `?all=1`: also what is the same."""
    relation = visible_relation(request, number)
    moments, older = moments_of(relation, request.user, before=request.GET.get("older", ""))
    form = MomentForm(request.GET if request.GET.get("at") else None)
    at = None
    if form.is_bound:
        at = form.cleaned_data["at"] if form.is_valid() else None
    elif request.as_of:
        at = min(end_of(request.as_of), timezone.now())
    elif moments:
        at = moments[0].at
    chosen = next((moment for moment in moments if moment.at == at), None)
    everything = request.GET.get("all") == "1"
    asked = {"at": request.GET["at"]} if form.is_bound else {}
    context = {
        "relation": relation,
        "moments": moments,
        "older": older,
        "form": form,
        "at": at,
        "chosen": chosen,
        "may_undo": may_undo(request.user) and request.as_of is None,
        "compared": card_at(request.user, relation, at) if at else None,
        "everything": everything,
        "differences_url": f"?{urlencode(asked)}",
        "everything_url": f"?{urlencode(asked | {'all': '1'})}",
    }
    return render(request, "relations/card_as_it_was.html", context, status=422 if form.errors else 200)
