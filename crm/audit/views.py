"""The mutation log of a relation or any record with a number, and of a change set with what undoing it would do."""

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from crm.audit.queries import log_of_change_set, log_under
from crm.audit.services import AT_ONCE, UnableToUndo, UndoReport, may_undo, preview, undo_change_set
from crm.core.models import ChangeSet

SHOWN_CONFLICTS = 50
TIMELINE = 8


@require_GET
def relation(request: HttpRequest, number: int) -> HttpResponse:
    """The log of one relation with everything under it; 404 for one that is not visible."""
    rows = apps.get_model("relations", "Relation").objects.visible_to(request.user)
    record = get_object_or_404(rows, number=number)
    page = log_under(record, request.user, before=request.GET.get("before", ""))
    return render(request, "audit/relation.html", {"record": record, "page": page, "may_undo": may_undo(request.user)})


@require_GET
def timeline(request: HttpRequest, number: int) -> HttpResponse:
    """The newest lines of that log, for the card."""
    rows = apps.get_model("relations", "Relation").objects.visible_to(request.user)
    page = log_under(get_object_or_404(rows, number=number), request.user, limit=TIMELINE)
    return render(request, "audit/_timeline_rows.html", {"page": page})


@require_GET
def change_set(request: HttpRequest, pk: int) -> HttpResponse:
    """What one act wrote, and, for who may undo, what undoing would do. 404 when nothing of it is visible."""
    found = get_object_or_404(ChangeSet.objects.select_related("actor", "reverts"), pk=pk)
    page = log_of_change_set(found, request.user, before=request.GET.get("before", ""))
    if not page.entries and not request.user.is_superuser:
        raise Http404
    allowed = may_undo(request.user)
    report = preview(found, request.user) if allowed else UndoReport()
    return render(
        request,
        "audit/change_set.html",
        {
            "change_set": found,
            "page": page,
            "may_undo": allowed,
            "report": report,
            "conflicts": [c for c in report.conflicts if c.why != "not allowed"][:SHOWN_CONFLICTS],
            "not_allowed": sum(1 for c in report.conflicts if c.why == "not allowed"),
            "at_once": AT_ONCE,
        },
    )


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo, keeping what changed since. Boxes that were ticked on the page overwrite those fields."""
    found = get_object_or_404(ChangeSet, pk=pk)
    if not may_undo(request.user) or not (
        request.user.is_superuser or log_of_change_set(found, request.user, limit=1).entries
    ):
        raise Http404
    try:
        report = undo_change_set(
            found, request.user, reason=request.POST.get("reason", "").strip(), overrides=_ticked(request)
        )
    except UnableToUndo as refused:
        messages.error(request, str(refused))
        return redirect("audit:change_set", pk)
    if report.job is not None:
        return redirect(report.job)
    text = ngettext("%(count)d record is as it was.", "%(count)d records are as they were.", report.restored)
    messages.success(request, text % {"count": report.restored})
    if report.conflicts:
        kept = ngettext("%(count)d change stays.", "%(count)d changes stay.", len(report.conflicts))
        messages.warning(request, kept % {"count": len(report.conflicts)})
    return redirect("audit:change_set", pk)


def _ticked(request: HttpRequest) -> set[tuple[str, int, str]]:
    chosen = set()
    for value in request.POST.getlist("override"):
        label, _colon, rest = value.partition(":")
        key, _colon, column = rest.partition(":")
        if not key.isdigit():
            raise Http404(_("Not found"))
        chosen.add((label, int(key), column))
    return chosen
