"""The list of relations, and the lists that other forms ask for while somebody types."""

from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core import panels
from crm.relations.likely import NAMES, likely_relations
from crm.relations.listing import asked as listing_asked
from crm.relations.listing import columns, filters, orders
from crm.relations.listing.asked import SIZES, Asked
from crm.relations.listing.page import Page, relation_page
from crm.relations.listing.place import suffix_of
from crm.relations.models import Address, Kind, Relation
from crm.relations.search.query import find_for
from crm.relations.views.base import shown_day


@require_safe
def relation_list(request: HttpRequest) -> HttpResponse:
    polled = bool(request.htmx) and request.htmx.target == "list"
    if not polled and (opening := _opening(request)):
        return HttpResponseRedirect(f"{reverse('relations:list')}?{opening}")
    asked = listing_asked.read(request.user, request.GET)
    if moved := _moved(request, asked):
        return HttpResponseRedirect(moved)
    page = relation_page(request.user, asked, on=shown_day(request), suffix=suffix_of(asked))
    context = list_context(request, asked, page)
    return render(request, "relations/_list_answer.html" if polled else "relations/list.html", context)


def list_context(request: HttpRequest, asked: Asked, page: Page) -> dict:
    rights = rights_of(request.user)
    may_change = rights.has(Right.RELATIONS_CHANGE) or rights.has(Right.RELATIONS_SHARED)
    return {
        "page": page,
        "asked": asked,
        "last": page.first + len(page.rows) - 1 if page.first else None,
        "next_url": asked.link(after=page.next) if page.next else "",
        "previous_url": asked.link(**{"after" if asked.q else "before": page.previous}) if page.previous else "",
        "heads": _heads(asked, page),
        "hidden": asked.parameters(q="", exactly=""),
        "chips": _chips(request, asked),
        "choices": _choices(request, asked),
        "refused": _refused(asked),
        "columns": _column_choices(request, asked, page),
        "columns_hidden": asked.parameters(columns=""),
        "sizes": [(size, size == asked.size) for size in SIZES],
        "sizes_hidden": asked.parameters(size=""),
        "clear_url": asked.link(**dict.fromkeys([*(one.key for one in filters.registered()), "q", "exactly"], "")),
        "exactly_url": asked.link(exactly="yes"),
        "alike_url": asked.link(exactly=""),
        "relevance_url": asked.link(order=""),
        "listed": asked.parameters(),
        "may_add": rights.has(Right.RELATIONS_CHANGE) and not request.as_of,
        "export_query": _export_query(request, asked, rights),
        "works_somewhere": bool(rights.administrations()) or request.user.is_superuser,
        "may_pick": may_change and not request.as_of,
        "picker_url": filters.picker_url(),
        "sections": _sections(request, asked),
    }


def _export_query(request: HttpRequest, asked: Asked, rights) -> str:
    """The query that takes this list out; "" for who may take out nothing, and on another day."""
    if request.as_of or asked.refused or not rights.has(Right.EXPORT):
        return ""
    return urlencode({"of": urlencode(asked.parameters(size="", view="", after="", before=""), safe=",")})


def _opening(request: HttpRequest) -> str:
    """The query of the view one begins with, where the address asks nothing of its own."""
    if set(request.GET) - {"administration"}:
        return ""
    for section in panels.sections("relation-list", "opening"):
        if (found := section.context(request, None)) and found["query"]:
            return found["query"]
    return ""


def _sections(request: HttpRequest, asked: Asked) -> dict[str, list[tuple[str, dict]]]:
    """place -> (template, context) of what other slices show on the page of the list: its tabs, its actions."""
    shown: dict[str, list[tuple[str, dict]]] = {"tabs": [], "actions": [], "bulk": []}
    for section in panels.sections("relation-list"):
        if section.place in shown and (context := section.context(request, asked)) is not None:
            shown[section.place].append((section.template, context))
    return shown


# ------------------------------------------------------------------------------------------------ what is on


def _heads(asked: Asked, page: Page) -> list[dict]:
    """Of each column its label, and where it sorts: the address, and how it stands now."""
    current = asked.order or ("" if asked.q else orders.STANDARD)
    heads = []
    for column in page.columns:
        head = {"label": column.label, "css": column.css if column.css == "number" else "", "sort": "", "stands": ""}
        if column.sort:
            down = current == column.sort
            # the newest change first: nobody asks for the oldest
            first = f"-{column.sort}" if column.sort == "changed" else column.sort
            turned = f"-{column.sort}" if down else column.sort
            head["sort"] = asked.link(order=turned if current.removeprefix("-") == column.sort else first)
            head["stands"] = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(current, "")
        heads.append(head)
    return heads


def _chips(request: HttpRequest, asked: Asked) -> list[dict]:
    """What the list is narrowed to, each with the address without it."""
    return [
        {
            "label": one.filter.label,
            "value": one.filter.words(one.value, user=request.user),
            "remove": asked.link(**{one.filter.key: ""}),
        }
        for one in asked.applied
    ]


def _choices(request: HttpRequest, asked: Asked) -> list[dict]:
    """The filters that are not on yet: with the address per value, or the form to type one in."""
    taken = {one.filter.key for one in asked.applied} | {one.key for one, _raw, _why in asked.refused}
    offered = []
    for one in filters.offered_to(request.user):
        if one.key in taken:
            continue
        values = one.choices(request.user)
        if one.kind == "choice" and not values:
            continue
        offered.append(
            {
                "key": one.key,
                "label": one.label,
                "kind": one.kind,
                "values": [{"label": label, "url": asked.link(**{one.key: value})} for value, label in values],
                "hidden": asked.parameters(**{one.key: ""}),
            }
        )
    return offered


def _refused(asked: Asked) -> list[dict]:
    """Filters that are asked and not done, in words, each with the address without it."""
    said = {
        "hidden": _("This list is narrowed by “%(filter)s”, which you may not see. It is not shown to you this way."),
        "value": _("“%(raw)s” is no value of “%(filter)s”."),
    }
    return [
        {
            "text": said[why] % {"filter": one.label, "raw": "" if why == "hidden" else raw[:40]},
            "label": _("Show without “%(filter)s”") % {"filter": one.label},
            "url": asked.link(**{one.key: ""}),
        }
        for one, raw, why in asked.refused
    ]


# --------------------------------------------------------------------------------------------------- columns


def _column_choices(request: HttpRequest, asked: Asked, page: Page) -> dict:
    """The columns that are shown in their order, then the others; the name is always there, at the left."""
    offered = columns.offered_to(request.user)
    shown = [column.key for column in page.columns if column.key != "name"]
    others = [key for key in offered if key not in shown and key != "name"]
    return {
        "shown": [{"key": key, "label": offered[key].label} for key in shown],
        "others": [{"key": key, "label": offered[key].label} for key in others],
        "count": len(shown) + 1,
        "total": len(offered),
        "standard_url": asked.link(columns="") if asked.columns else "",
    }


def _moved(request: HttpRequest, asked: Asked) -> str:
    """Where a button "up" or "down" of the columns leads: `move=city:up`; "" when none was pressed."""
    key, colon, way = request.GET.get("move", "").partition(":")
    keys = [one for one in asked.columns if one != "name"]
    if not colon or key not in keys or way not in ("up", "down"):
        return ""
    at = keys.index(key)
    to = max(0, min(len(keys) - 1, at + (-1 if way == "up" else 1)))
    keys.insert(to, keys.pop(at))
    return f"{reverse('relations:list')}{asked.link(columns=','.join(keys))}"


# ------------------------------------------------------------------------------------- lists of other forms


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


def _places(user, relations: list[Relation], on: date) -> dict[int, str]:
    rows = Address.objects.visible_to(user).on(on).filter(relation__in=[r.pk for r in relations])
    return dict(rows.values_list("relation_id", "city"))


@require_safe
def likely(request: HttpRequest) -> HttpResponse:
    """Relations that the one being typed may be, with why; shown beside the form."""
    typed = {name: value.strip()[:200] for name, value in request.GET.items() if value.strip()}
    found = likely_relations(request.user, typed, on=shown_day(request))
    words = " ".join(typed[name] for name in NAMES if name in typed)
    return render(request, "relations/_likely.html", {"found": found, "typed": bool(typed), "words": words})
