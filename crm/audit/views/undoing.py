"""What one act wrote, what undoing it would do, and the choices it asks for; nothing is written before those."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.audit.queries import conflicts_in_words, log_of_change_set
from crm.audit.services import (
    AT_ONCE,
    UnableToUndo,
    Undecided,
    UndoReport,
    may_undo,
    preview,
    undo_change_set,
)
from crm.core.as_of import refuse_another_day
from crm.core.models import ChangeSet

# more conflicts are decided by one choice for the rest
SHOWN_CONFLICTS = 50
NOW, OLD = "now", "old"


@require_safe
def change_set(request: HttpRequest, pk: int) -> HttpResponse:
    """What one act wrote, and, for who may undo, what undoing would do. 404 when nothing of it is visible."""
    found = get_object_or_404(ChangeSet.objects.select_related("actor", "reverts"), pk=pk)
    page = _page(request, found)
    return _shown(request, found, page, {})


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo. What somebody changed since is asked about first, field by field; nothing is written before that."""
    refuse_another_day(request)
    found = get_object_or_404(ChangeSet.objects.select_related("actor", "reverts"), pk=pk)
    if not may_undo(request.user):
        raise Http404
    page = _page(request, found)
    chosen = _chosen(request)
    rest = request.POST.get("rest", "")
    conflicts = [one for one in preview(found, request.user).conflicts if one.to_choose]
    decided, overrides = {}, set()
    for number, conflict in enumerate(conflicts):
        choice, version = chosen.get(conflict.key, ("", 0))
        if number >= SHOWN_CONFLICTS and not choice and rest in (NOW, OLD):
            choice, version = rest, conflict.version
        if choice in (NOW, OLD):
            decided[conflict.as_override()] = version
            if choice == OLD:
                overrides.add(conflict.as_override())
    try:
        report = undo_change_set(
            found,
            request.user,
            reason=request.POST.get("reason", "").strip()[:500],
            overrides=overrides,
            decided=decided,
        )
    except UnableToUndo as refused:
        messages.error(request, str(refused))
        return redirect("audit:change_set", pk)
    except Undecided as left:
        return _shown(request, found, page, chosen, undecided={one.key for one in left.conflicts})
    if report.job is not None:
        return redirect(report.job)
    text = ngettext("%(count)d record is as it was.", "%(count)d records are as they were.", report.restored)
    messages.success(request, text % {"count": report.restored})
    if stays := [one for one in report.conflicts if one.why != "changed"]:
        kept = ngettext("%(count)d change stays.", "%(count)d changes stay.", len(stays))
        messages.warning(request, kept % {"count": len(stays)})
    return redirect("audit:change_set", pk)


def _page(request: HttpRequest, found: ChangeSet):
    page = log_of_change_set(found, request.user, before=request.GET.get("before", ""))
    if not page.entries:
        raise Http404
    return page


def _shown(request: HttpRequest, found: ChangeSet, page, chosen: dict, undecided=frozenset()) -> HttpResponse:
    allowed = may_undo(request.user) and request.as_of is None
    report = preview(found, request.user) if allowed else UndoReport()
    to_choose = [one for one in report.conflicts if one.to_choose]
    stays = [one for one in report.conflicts if not one.to_choose]
    rows = conflicts_in_words(to_choose[:SHOWN_CONFLICTS], found, request.user)
    for row in rows:
        row["choice"] = chosen.get(row["key"], ("", 0))[0]
        row["undecided"] = row["key"] in undecided
    context = {
        "change_set": found,
        "page": page,
        "may_undo": allowed,
        "report": report,
        "rows": rows,
        "rest": max(0, len(to_choose) - SHOWN_CONFLICTS),
        "undecided": undecided,
        "stays": _grouped(stays),
        "everything": request.user.is_superuser,
        "long": report.restored > AT_ONCE,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "audit/change_set.html", context, status=422 if undecided else 200)


def _grouped(stays: list) -> list[tuple[str, str, int]]:
    """(what, why, how many) of what cannot go back."""
    counts: dict[tuple[str, str], int] = {}
    for one in stays:
        what = f"{one.label}, {one.field_label}" if one.field_label else one.label
        counts[what, one.reason] = counts.get((what, one.reason), 0) + 1
    return [(what, why, number) for (what, why), number in counts.items()]


def _chosen(request: HttpRequest) -> dict[str, tuple[str, int]]:
    """key of a conflict -> (choice, version that was shown)."""
    chosen = {}
    for name, value in request.POST.items():
        if not name.startswith("choice-"):
            continue
        choice, _at, version = value.partition("@")
        if not version.isdigit():
            raise Http404(_("Not found"))
        chosen[name.removeprefix("choice-")] = (choice, int(version))
    return chosen
