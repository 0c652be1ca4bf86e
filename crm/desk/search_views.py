"""The box on top: what it suggests while one types, the page with all that was found, and the command palette."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.core import searching
from crm.desk import search_actions
from crm.desk.search_services import keep_shortcuts
from crm.relations.models import Relation

SUGGESTED = 8
# of people and organisations, when other kinds have something too
SUGGESTED_RELATIONS = 4
ON_THE_PAGE = 5
# how far is counted: then it says "50+"
COUNTED = 50
OF_ONE_KIND = 100


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """All that was found, by kind; `kind` shows one of them whole. A number goes to its card."""
    question = _question(request)
    if (relation := _by_number(request, question)) is not None:
        return redirect(relation)
    only = request.GET.get("kind", "")
    kinds = {kind.key: kind for kind in searching.search_kinds()}
    if only and only not in kinds:
        raise Http404
    limit = OF_ONE_KIND if only else COUNTED
    found = searching.search(request.user, question, on=request.on, limit=limit, only=only)
    context = {
        "q": question,
        "asked": len(question) >= searching.SHORTEST_QUESTION,
        "only": kinds.get(only),
        "found": [_shown(one, question, alone=bool(only)) for one in found],
        "everything_url": _address(q=question),
        "recent": [] if question else search_actions.recent(request),
    }
    template = "desk/search/_results.html" if request.htmx.target == "results" else "desk/search/page.html"
    return render(request, template, context)


def _shown(found: searching.Found, question: str, *, alone: bool) -> dict:
    """What the page says of a kind. How many there are is known up to a number; then it says "50+"."""
    kind, hits = found.kind, found.hits if alone else found.hits[:ON_THE_PAGE]
    all_url = ""
    if found.more or len(hits) < len(found.hits):
        all_url = kind.all_url(question) if kind.all_url else "" if alone else _address(q=question, kind=kind.key)
    return {
        "kind": kind,
        "hits": hits,
        "count": f"{len(found.hits)}{'+' if found.more else ''}",
        "all_url": all_url,
    }


@never_cache
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The options under the box: at most eight of what was found; with `actions`, what the palette can do first."""
    question = _question(request)
    groups = []
    if "actions" in request.GET:
        groups = search_actions.offered(request, question, came_from=_came_from(request))
    found = searching.search(request.user, question, on=request.on, limit=SUGGESTED)
    context = {
        "q": question,
        "action_groups": groups,
        "found": searching.shared_out(found, SUGGESTED, SUGGESTED_RELATIONS),
        "results_url": _address(q=question),
        "asked": len(question) >= searching.SHORTEST_QUESTION,
    }
    return render(request, "desk/search/_options.html", context)


@never_cache
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """Single keys on or off, for this user on every computer (WCAG 2.1.4)."""
    keep_shortcuts(request.user, on=request.POST.get("on") == "yes")
    return JsonResponse({"on": request.user.shortcuts})


def _question(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").split())[: searching.LONGEST_QUESTION]


def _by_number(request: HttpRequest, question: str) -> Relation | None:
    if not (question.isascii() and question.isdecimal() and len(question) < 15) or request.GET.get("kind"):
        return None
    return Relation.objects.visible_to(request.user, request.on).filter(number=int(question)).first()


def _came_from(request: HttpRequest) -> str:
    """The page the palette was opened on."""
    came_from = request.GET.get("from", "")
    safe = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()})
    return came_from if safe and came_from.startswith("/") else get_script_prefix()


def _address(**asked: str) -> str:
    return f"{reverse('desk:search')}?{urlencode(asked)}"
