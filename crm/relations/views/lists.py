"""The list of relations, and the lists that other forms ask for while somebody types."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.relations.likely import NAMES, likely_relations
from crm.relations.models import Address, FinancialRole, Kind, Relation
from crm.relations.queries import PAGE_SIZE, Filters, relation_page
from crm.relations.search.query import find_for
from crm.relations.views.base import shown_day


@require_safe
def relation_list(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    home = asked.get("administration", "")
    filters = Filters(
        q=asked.get("q", "").strip()[:200],
        kind=asked.get("kind", ""),
        status=asked.get("status", ""),
        role=asked.get("role", ""),
        administration=int(home) if home.isdecimal() else None,
    )
    order = asked.get("order", "")
    page = relation_page(
        request.user,
        filters,
        on=shown_day(request),
        after=asked.get("after", ""),
        before=asked.get("before", ""),
        descending=order == "-name",
    )
    context = {
        "page": page,
        "filters": filters,
        "last": page.first + len(page.rows) - 1,
        "next_url": _with(request, after=page.next) if page.next else "",
        "previous_url": _previous(request, filters, page.previous) if page.previous else "",
        "chips": _chips(request, filters),
        "choices": _choices(request, filters),
        "default_order": "name",
        "may_add": rights_of(request.user).has(Right.RELATIONS_CHANGE),
        "sees_roles": rights_of(request.user).has(Right.FINANCIAL_VIEW),
        "size": PAGE_SIZE,
    }
    template = "relations/_list.html" if request.htmx and request.htmx.target == "list" else "relations/list.html"
    return render(request, template, context)


def _previous(request, filters: Filters, cursor: str) -> str:
    return _with(request, after=cursor) if filters.q else _with(request, before=cursor)


def _with(request: HttpRequest, **changes: str) -> str:
    """The address of this page with other parameters; paging starts again unless it is what changes."""
    kept = {k: v for k, v in request.GET.items() if k not in ("after", "before") and v}
    wanted = {k: v for k, v in (kept | changes).items() if v}
    return f"?{urlencode(wanted)}"


def _labels() -> dict[str, dict[str, str]]:
    return {
        "kind": {value: str(label) for value, label in Kind.choices},
        "status": {"ended": _("ended"), "all": _("active and ended")},
        "role": {value: str(label) for value, label in FinancialRole.Kind.choices},
    }


def _names() -> dict[str, str]:
    return {"kind": _("Kind"), "status": _("Status"), "role": _("Role"), "administration": _("Administration")}


def _chips(request: HttpRequest, filters: Filters) -> list[dict]:
    """What the list is narrowed to, each with the address without it."""
    chips = []
    labels = _labels()
    for name in ("kind", "status", "role"):
        if label := labels[name].get(getattr(filters, name)):
            chips.append({"label": _names()[name], "value": label, "remove": _with(request, **{name: ""})})
    if filters.administration:
        found = Administration.objects.visible_to(request.user).filter(pk=filters.administration).first()
        if found:
            chips.append(
                {"label": _names()["administration"], "value": found.name, "remove": _with(request, administration="")}
            )
    return chips


def _choices(request: HttpRequest, filters: Filters) -> list[dict]:
    """The filters that are not on yet, with the address that puts each of their values on."""
    offered = _labels()
    if not rights_of(request.user).has(Right.FINANCIAL_VIEW):
        del offered["role"]
    return [
        {
            "label": _names()[name],
            "values": [{"label": label, "url": _with(request, **{name: value})} for value, label in values.items()],
        }
        for name, values in offered.items()
        if not getattr(filters, name)
    ]


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Options for a relation picker: at most eight, best first. `kind` narrows; the answer is HTML for htmx."""
    question, kind = request.GET.get("q", "").strip()[:200], request.GET.get("kind", "")
    hits = find_for(request.user, question, on=shown_day(request), limit=40) if question else []
    rows = {r.pk: r for r in Relation.objects.visible_to(request.user).filter(pk__in=[h.relation_id for h in hits])}
    found = [rows[h.relation_id] for h in hits if h.relation_id in rows]
    if kind in Kind.values:
        found = [relation for relation in found if relation.kind == kind]
    found = found[:8]
    places = _places(request.user, found, shown_day(request))
    options = [
        {
            "value": relation.number,
            "label": relation.display_name,
            "number": relation.number,
            "place": places.get(relation.pk, ""),
            "icon": "person" if relation.is_person else "organisation",
        }
        for relation in found
    ]
    return render(request, "core/components/picker_options.html", {"options": options, "q": question})


def _places(user, relations: list[Relation], on) -> dict[int, str]:
    rows = Address.objects.visible_to(user).on(on).filter(relation__in=[r.pk for r in relations])
    return dict(rows.values_list("relation_id", "city"))


@require_safe
def likely(request: HttpRequest) -> HttpResponse:
    """Relations that the one being typed may be, with why; shown beside the form."""
    typed = {name: value.strip()[:200] for name, value in request.GET.items() if value.strip()}
    found = likely_relations(request.user, typed, on=shown_day(request))
    words = " ".join(typed[name] for name in NAMES if name in typed)
    return render(request, "relations/_likely.html", {"found": found, "typed": bool(typed), "words": words})
