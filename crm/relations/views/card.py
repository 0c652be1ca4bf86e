"""The card of a relation: who is this, at a glance; on today or as it was on another day."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core import panels
from crm.core.timeline import sources, timeline_of
from crm.relations.card_facts import FACTS, ROWS, address_facts, facts_of, iban_context, now_note, row_context
from crm.relations.card_queries import HEAD, beside, card_lists, same_human, uses_of
from crm.relations.known_on import Known, dated_known, end_of, named_as_then, parts_known, relation_known
from crm.relations.listing.place import place_in_list
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Identifier,
    PhoneNumber,
    Relation,
    SocialProfile,
)
from crm.relations.queries import administrations_of
from crm.relations.since import changed_since
from crm.relations.tree import Node, tie_trees
from crm.relations.views.base import shown_day, visible_relation

__all__ = ["FACTS", "card", "card_tab", "timeline_rows"]

OVERVIEW, TIMELINE = "overview", "timeline"
_PARTS = {
    "emails": EmailAddress,
    "phones": PhoneNumber,
    "profiles": SocialProfile,
    "identifiers": Identifier,
    "accounts": BankAccount,
}
_NEWEST = 12


@require_safe
def card(request: HttpRequest, number: int) -> HttpResponse:
    relation = visible_relation(request, number)
    context = overview(request, relation)
    context |= head(request, relation, context["lists"], OVERVIEW)
    context["sections"] = _sections(request, relation)
    return render(request, "relations/card.html", context)


@require_safe
def card_tab(request: HttpRequest, number: int, tab: str) -> HttpResponse:
    """Another tab: what the slices put there. The timeline is ours."""
    relation = visible_relation(request, number)
    if tab not in {entry.key for entry in panels.tabs("relation")}:
        raise Http404
    on = shown_day(request)
    lists = card_lists(request.user, relation, on=on, only=HEAD)
    shown = relation_known(relation, request.as_of, today=request.today).relation if request.as_of else relation
    context = frame(request, relation) | {"relation": shown, "lists": lists}
    context |= head(request, relation, lists, tab)
    context["sections"] = _sections(request, relation, places=("head", tab))
    context["tab_sections"] = context["sections"].get(tab, [])
    return render(request, "relations/card_tab.html", context)


@require_safe
def timeline_rows(request: HttpRequest, number: int) -> HttpResponse:
    """A page of what happened, by day: for the card (`short`) and, further down, for its tab."""
    relation = visible_relation(request, number)
    only, before = request.GET.get("only", ""), request.GET.get("before", "")
    if request.as_of and not before:
        before = end_of(request.as_of).isoformat()
    short = "short" in request.GET
    page = timeline_of(relation, request.user, before=before, limit=_NEWEST if short else 50, only=only)
    asked = {"only": only} if only else {}
    older = f"{request.path}?{urlencode(asked | {'before': page.next})}" if page.next and not short else ""
    context = {"page": page, "older_url": older, "relation": relation, "short": short}
    return render(request, "relations/card_timeline_rows.html", context)


# ------------------------------------------------------------------------------------------------- the page


def frame(request: HttpRequest, relation: Relation) -> dict:
    """What every part of a card asks: the day, and what this user may read and change. On another day: nothing."""
    where = administrations_of(relation)
    rights = rights_of(request.user)
    may_change = rights.has(Right.RELATIONS_CHANGE, where[:1]) or rights.has(Right.RELATIONS_SHARED, where)
    today = request.as_of is None
    changeable = rights.changeable(Relation, where) if may_change and today else set()
    return {
        "on": shown_day(request),
        "as_of": request.as_of,
        "where": where,
        "rights": rights,
        "readable": rights.readable(Relation, where),
        "changeable": changeable,
        "may_change": bool(changeable),
        "sees_financial": rights.has(Right.FINANCIAL_VIEW, where),
        "sees_special": rights.has(Right.SPECIAL_VIEW, where),
        "may_change_financial": today and rights.has(Right.FINANCIAL_CHANGE, where),
        "may_export": today and rights.has(Right.EXPORT, where),
        "may_delete": today and rights.has(Right.RELATIONS_DELETE, where[:1]),
    }


def overview(request: HttpRequest, relation: Relation) -> dict:
    """The context of `relations/card_overview.html`."""
    context = frame(request, relation)
    on = context["on"]
    lists = card_lists(request.user, relation, on=on)
    known = relation_known(relation, request.as_of, today=request.today) if request.as_of else None
    if known is not None:
        _as_then(lists, known, sees_financial=context["sees_financial"])
        context["since"] = changed_since(request.user, relation, lists, known, today=request.today)
    shown = known.relation if known else relation
    return (
        context
        | drawn(shown, lists, context, known, today=request.today)
        | {
            "uses": uses_of(request.user, relation) if known is None else None,
            "same_human": same_human(request.user, relation),
        }
    )


def drawn(relation: Relation, lists: dict, context: dict, known: Known | None, *, today: date) -> dict:
    """What the overview shows of rows that were read; asks the database nothing."""
    on = context["on"]
    trees = tie_trees(relation, lists["ties"], on=on)
    for tree in trees:
        _show_shares(tree.nodes, context)
    own_ties = [tie for tie in lists["ties"] if relation.pk in (tie.from_relation_id, tie.to_relation_id)]
    main = next((account for account in lists["accounts"] if account.main), None)
    visiting = _visiting(lists["addresses"])
    rows = {
        name: [
            row_context(
                relation,
                name,
                row,
                may_change=context["may_change_financial" if name == "accounts" else "may_change"],
                on_another_day=known is not None,
            )
            for row in lists[name]
            if row is not main
        ]
        for name in ROWS
    }
    return {
        "relation": relation,
        "known": known,
        "lists": lists,
        "trees": trees,
        "addresses": address_facts(lists["addresses"], on, today if known else None),
        "facts": facts_of(relation, readable=context["readable"], changeable=context["changeable"], known=known),
        "rows": rows,
        "iban": iban_context(relation, main, context["may_change_financial"], _iban_now(main, lists, known)),
        "counts": {name: counts(lists[name], known) for name in ("employments", "roles", "standings")}
        | {"ties": counts(own_ties, known)},
        "route_url": _route(visiting),
    }


def _iban_now(main: BankAccount | None, lists: dict, known: Known | None):
    """The main account of today, when it was another one then."""
    today = lists.get("main_today")
    if known is None or str(today or "") == str(main or ""):
        return ""
    return now_note(str(today or ""))


def _as_then(lists: dict, known: Known, *, sees_financial: bool) -> None:
    """The same lists as they were known on that day. A query per kind of thing."""
    lists["main_today"] = next((account for account in lists["accounts"] if account.main), None)
    for name, model in _PARTS.items():
        if name != "accounts" or sees_financial:
            lists[name] = parts_known(known, lists[name], model)
    for name in ("employments", "ties"):
        dated_known(lists[name], known.moment)
    for name in ("addresses", "standings"):
        dated_known(lists[name], known.moment)
    named_as_then([*lists["employments"], *lists["ties"]], known.moment)


def _show_shares(nodes: list[Node], context: dict) -> None:
    """A share is special data: of the card's own ties as on the card, of others where their two ends live."""
    for node in nodes:
        node.share = None
        if node.percentage:
            ends = {node.tie.from_relation.administration_id, node.tie.to_relation.administration_id}
            where = context["where"] if node.direct else ends
            node.share = node.percentage if context["rights"].has(Right.SPECIAL_VIEW, where) else None
        _show_shares(node.children, context)


def _visiting(addresses: list[Address]) -> Address | None:
    return next((a for a in addresses if a.kind == Address.Kind.VISITING and a.shape == "now"), None)


def _route(visiting: Address | None) -> str:
    """The directions to the visiting address of the day; "" without one."""
    return f"https://www.openstreetmap.org/directions?{urlencode({'to': str(visiting)})}" if visiting else ""


def counts(rows: list, known: Known | None = None) -> str:
    """ "3 now, 1 coming, 6 earlier", as far as there are any."""
    shapes = [row.shape for row in rows]
    if known is None:
        now = ngettext("%(n)d now", "%(n)d now", shapes.count("now"))
    elif known.planned:
        now = ngettext("%(n)d on that day", "%(n)d on that day", shapes.count("now"))
    else:
        now = ngettext("%(n)d at the time", "%(n)d at the time", shapes.count("now"))
    texts = {
        "now": now,
        "future": ngettext("%(n)d coming", "%(n)d coming", shapes.count("future")),
        "past": ngettext("%(n)d earlier", "%(n)d earlier", shapes.count("past")),
    }
    return ", ".join(text % {"n": shapes.count(shape)} for shape, text in texts.items() if shape in shapes)


def head(request: HttpRequest, relation: Relation, lists: dict, tab: str) -> dict:
    """The name, the badges under it, the tabs, and the relations beside this one."""
    place = place_in_list(request, relation)
    if place is None:
        previous, following = beside(request.user, relation, on=shown_day(request))
    else:
        previous, following = place.previous, place.following
    visiting = _visiting(lists["addresses"])
    return {
        "city": visiting.city if visiting else "",
        "place": place,
        "previous": previous,
        "following": following,
        "log_url": reverse("audit:relation", args=[relation.number]),
        "tabs": _tabs(request, relation, tab, place.suffix if place else ""),
        "tab": tab,
        "sources": sources(Relation) if tab == TIMELINE else [],
    }


def _tabs(request: HttpRequest, relation: Relation, current: str, suffix: str) -> list[dict]:
    """`suffix`: the list that the card was opened from, which every tab keeps."""
    url = relation.get_absolute_url() + suffix
    own = {"label": _("Overview"), "url": url, "current": current == OVERVIEW, "count": None}
    return [own] + [
        {
            "label": tab.label,
            "url": reverse("relations:tab", args=[relation.number, tab.key]) + suffix,
            "current": tab.key == current,
            "count": tab.count(request, relation) if tab.count else None,
        }
        for tab in panels.tabs("relation")
    ]


def _sections(request: HttpRequest, relation: Relation, places=("left", "middle", "right", "head")):
    """place -> [(template, context)] of what other slices show on this card."""
    shown: dict[str, list[tuple[str, dict]]] = {place: [] for place in places}
    for section in panels.sections("relation"):
        if section.place in shown and (found := section.context(request, relation)) is not None:
            shown[section.place].append((section.template, found | {"relation": relation}))
    return shown
