"""Changing many relations: choose what, see what it does, let it be done, and read how it went."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core import panels
from crm.core.as_of import refuse_another_day
from crm.relations.bulk_changes import CHANGES, WHY
from crm.relations.bulk_forms import BulkForm
from crm.relations.listing import asked as listing_asked
from crm.relations.listing.page import everything
from crm.relations.models import BulkEdit, Relation
from crm.relations.services.bulk_edit import (
    UnableToStart,
    effects_on,
    offer_again,
    prepare_bulk_edit,
    start_bulk_edit,
)

# a page of the list holds at most a hundred rows to tick
MOST_TICKED = 500
SHOWN = 50
NAMED = 100
STOP_POLLING = 286


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """What to change on the chosen relations. The address says which: ticked numbers, or all of a list."""
    refuse_another_day(request)
    asked = listing_asked.read(request.user, request.GET).without_paging()
    rows = _chosen(request, asked)
    count = rows.count()
    mine = rows.filter(pk__in=Relation.objects.editable_by(request.user, request.today).values("pk"))
    homes = set(mine.order_by().values_list("administration", flat=True).distinct())
    form = BulkForm(request.POST if request.method == "POST" else None, rights=rights_of(request.user), homes=homes)
    if homes and form.is_valid():
        edit = prepare_bulk_edit(request.user, rows, form.wanted(), on=request.today, asked=_back(asked))
        return redirect(edit)
    context = {"form": form, "count": count, "may": bool(homes), "back": _back(asked), "everything": _all(request)}
    return render(request, "relations/bulk.html", context, status=422 if form.is_bound else 200)


def _all(request: HttpRequest) -> bool:
    return request.GET.get("all") == "yes"


def _chosen(request: HttpRequest, asked: listing_asked.Asked):
    if _all(request):
        return everything(request.user, asked, on=request.on)
    given = request.GET.getlist("chosen")[:MOST_TICKED]
    numbers = [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 15]
    return Relation.objects.visible_to(request.user, request.on).filter(number__in=numbers)


def _back(asked: listing_asked.Asked) -> str:
    return asked.link(after="", before="")


@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Before it is started the preview; then how far it is; then the report. One's own only."""
    edit = get_object_or_404(BulkEdit.objects.visible_to(request.user).select_related("job"), pk=pk)
    if edit.job is None:
        return render(request, "relations/bulk_preview.html", _preview(request, edit))
    polled = bool(request.htmx) and not request.htmx.boosted
    template = "relations/_bulk_report.html" if polled else "relations/bulk_report.html"
    status = STOP_POLLING if polled and edit.job.is_over else 200
    return render(request, template, _report(request, edit), status=status)


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what the preview showed. Pressed twice, or in two tabs, it is done once."""
    edit = get_object_or_404(BulkEdit.objects.visible_to(request.user), pk=pk)
    try:
        start_bulk_edit(edit)
    except UnableToStart as refused:
        messages.warning(request, str(refused))
    return redirect(edit)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for those that somebody had changed since: as a new preview."""
    edit = get_object_or_404(BulkEdit.objects.visible_to(request.user).select_related("job"), pk=pk)
    return redirect(offer_again(edit, on=request.today))


# ------------------------------------------------------------------------------------------------- in words


def _wanted(edit: BulkEdit) -> list[dict]:
    return [
        {"label": CHANGES[key].label, "value": CHANGES[key].words(value)}
        for key, value in edit.wanted.items()
        if key in CHANGES
    ]


def _preview(request: HttpRequest, edit: BulkEdit) -> dict:
    """A page of what will change, as it is now, and who is left alone and why."""
    typed = request.GET.get("from", "")
    start = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0
    start = min(start, max(len(edit.frozen) - 1, 0)) // SHOWN * SHOWN
    shown = dict(edit.frozen[start : start + SHOWN])
    effects = effects_on(request.user, list(shown), edit.wanted, on=request.today)
    rows = [
        {
            "relation": one.relation,
            "changes": [{"label": CHANGES[key].label, "old": old, "new": new} for key, old, new in one.changes],
            "changed": one.relation.version != shown[one.relation.pk],
        }
        for one in effects
    ]
    count = len(edit.frozen)
    return {
        "edit": edit,
        "wanted": _wanted(edit),
        "rows": rows,
        "count": count,
        "first": start + 1,
        "last": start + len(rows),
        "next_url": f"?from={start + SHOWN}" if start + SHOWN < count else "",
        "previous_url": f"?from={max(start - SHOWN, 0)}" if start else "",
        "skipped": _named(request, edit.skipped),
        "couplings": _couplings(request, edit),
        "back": _list_url(edit),
    }


def _couplings(request: HttpRequest, edit: BulkEdit) -> list[tuple[str, dict]]:
    """(template, context) of what other slices say that this would set going."""
    found = []
    for section in panels.sections("relation-bulk"):
        if (context := section.context(request, edit)) is not None:
            found.append((section.template, context))
    return found


def _named(request: HttpRequest, by_reason: dict[str, list[int]]) -> list[dict]:
    """Each reason with how many and the first hundred of them by name; one query."""
    wanted = [pk for ids in by_reason.values() for pk in ids[:NAMED]]
    rows = Relation.objects.visible_to(request.user, request.today).filter(pk__in=wanted).for_name().in_bulk()
    return [
        {
            "why": WHY.get(why, why),
            "key": why,
            "count": len(ids),
            "relations": [rows[pk] for pk in ids[:NAMED] if pk in rows],
            "more": max(len(ids) - NAMED, 0),
        }
        for why, ids in sorted(by_reason.items(), key=lambda item: -len(item[1]))
    ]


def _report(request: HttpRequest, edit: BulkEdit) -> dict:
    job = edit.job
    by_reason: dict[str, list[int]] = {}
    for pk, why in job.result.get("left", []):
        by_reason.setdefault(why, []).append(pk)
    may_undo = rights_of(request.user).has(Right.HISTORY_UNDO)
    left = _named(request, by_reason)
    return {
        "edit": edit,
        "job": job,
        "wanted": _wanted(edit),
        "changed": job.result.get("changed", 0),
        "left": left,
        "offer_again": len(by_reason.get("changed", [])),
        "undo_url": reverse("audit:undo", args=[job.change_set_id]) if may_undo and job.change_set_id else "",
        "log_url": reverse("audit:change_set", args=[job.change_set_id]) if job.change_set_id else "",
        "back": _list_url(edit),
    }


def _list_url(edit: BulkEdit) -> str:
    return f"{reverse('relations:list')}{edit.asked}"
