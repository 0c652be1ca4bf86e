"""A pasted signature: its pieces with their fields to approve, and then the form of a new relation, filled in."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from crm.relations import pasted
from crm.relations.folding import fold
from crm.relations.models import Kind, Relation
from crm.relations.new_forms import LABELS, OF_ORGANISATION, PERSONAL, KindForm, PasteForm, PieceFormSet
from crm.relations.pasted_parts import ADDRESS, PERSON, REACH
from crm.relations.search.query import find_for
from crm.relations.views.base import shown_day
from crm.relations.views.newcomers import NewForms, homes_or_404, new_page


@require_http_methods(["GET", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """A pasted text, its pieces with their fields to approve, and then the form of a new relation, filled in.

    Nothing is saved here: the form that follows does, when it is sent.
    """
    homes = homes_or_404(request)
    if "take" in request.POST:
        return _take_over(request, homes)
    form = PasteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "relations/paste.html", {"form": form}, status=422 if form.errors else 200)
    found = pasted.split(form.cleaned_data["text"])
    rows = [{"source": p.source, "value": p.value, "field": p.field, "problem": p.problem} for p in found.pieces]
    rows += [{"source": text, "value": text[:300], "field": "", "problem": ""} for text in found.untaken]
    pieces = PieceFormSet(initial=rows[:150], prefix="piece")
    for piece, row in zip(pieces, rows, strict=False):
        piece.problem = row["problem"]
    values = found.values()
    kind = KindForm(initial={"kind": Kind.PERSON if any(values.get(n) for n in PERSON) else Kind.ORGANISATION})
    return _pieces_page(request, pieces, kind)


def _pieces_page(request: HttpRequest, pieces, kind: KindForm, *, status: int = 200) -> HttpResponse:
    taken = [form for form in pieces if form["field"].value()]
    untaken = [form for form in pieces if not form["field"].value()]
    context = {"pieces": pieces, "taken": taken, "untaken": untaken, "kind": kind}
    return render(request, "relations/paste_pieces.html", context, status=status)


def _take_over(request: HttpRequest, homes) -> HttpResponse:
    pieces, kind = PieceFormSet(request.POST, prefix="piece"), KindForm(request.POST)
    if not all([pieces.is_valid(), kind.is_valid()]):
        return _pieces_page(request, pieces, kind, status=422)
    values, chosen = pieces.values(), kind.cleaned_data["kind"]
    initial = _initial_of(values, chosen)
    similar: list[Relation] = []
    if chosen == Kind.PERSON and (name := values.get("organisation")):
        similar = _organisations_like(request, name)
        exact = [relation for relation in similar if fold(name) in (fold(relation.legal_name), fold(str(relation)))]
        initial |= {"employer": exact[0] if len(exact) == 1 else None, "employer_text": name}
        initial["work"]["new_organisation"] = initial["employer"] is None and not similar
    left = _left_out(values, initial, chosen)
    return new_page(
        request, NewForms(request, chosen, homes, initial=initial), similar=similar, left=left, was_pasted=True
    )


def _initial_of(values: dict[str, str], kind: str) -> dict:
    """Which form gets which value. Of somebody who works somewhere, the ways to reach are those at work."""
    at_work = kind == Kind.PERSON and "organisation" in values
    initial: dict = {"address": _only(values, ADDRESS), "numbers": _only(values, ("kvk", "vat", "iban")), "work": {}}
    if kind == Kind.ORGANISATION:
        initial[""] = _only(values, REACH) | {"legal_name": values.get("organisation", "")}
        return initial
    initial[""] = _only(values, PERSON)
    initial["work"] = _only(values, ("function", "department"))
    initial["work" if at_work else ""] |= _only(values, ("email", "phone", "mobile"))
    if at_work:
        initial["numbers"] |= _only(values, ("website",))
    else:
        initial[""] |= _only(values, ("website",))
    initial["work"]["address_of"] = OF_ORGANISATION if at_work else PERSONAL
    return initial


def _only(values: dict[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: values[name] for name in names if name in values}


def _left_out(values: dict[str, str], initial: dict, kind: str) -> list[str]:
    """What the next form has no place for, as "label: value": said, so that nothing is lost without a word."""
    placed = {name for part in ("", "address", "numbers", "work") for name in initial.get(part, {})}
    placed |= {"organisation"}
    without_work = {"kvk", "vat", "iban"} if kind == Kind.PERSON and "organisation" not in values else set()
    left = [name for name in values if name not in placed or name in without_work]
    return [f"{LABELS[name]}: {values[name]}" for name in left]


def _organisations_like(request: HttpRequest, name: str) -> list[Relation]:
    hits = find_for(request.user, name[:200], on=shown_day(request), limit=20)
    rows = Relation.objects.visible_to(request.user).filter(kind=Kind.ORGANISATION)
    found = {r.pk: r for r in rows.filter(pk__in=[hit.relation_id for hit in hits])}
    return [found[hit.relation_id] for hit in hits if hit.relation_id in found][:3]
