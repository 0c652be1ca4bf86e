"""The log of one record: of a relation, of what is gone, and who opened its card."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.apps import apps
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.audit.queries import log_under, looks_at, names_of
from crm.audit.records import deleted_record, model_of, record_numbered
from crm.audit.services import UnableToUndo, UndoReport, flush, may_undo, preview_restore, restore
from crm.core.as_of import refuse_another_day

RELATION = "relations.Relation"


@require_safe
def relation(request: HttpRequest, number: int) -> HttpResponse:
    """The log of one relation with everything under it, also after it was deleted; 404 for one that is not visible."""
    found = _relation(request, number)
    if found is None:
        gone = record_numbered(RELATION, number, request.user)
        if gone is None:
            raise Http404
        return redirect("audit:deleted", RELATION, gone[1])
    page = log_under(found, request.user, before=_before(request))
    context = {"record": found, "page": page, "may_undo": _may_undo(request), "tabs": _tabs(found, "log")}
    return render(request, "audit/relation.html", context)


@require_safe
def looks(request: HttpRequest, number: int) -> HttpResponse:
    """Who opened the card of this relation; without the right to manage users only when one did so oneself."""
    found = _relation(request, number)
    if found is None:
        raise Http404
    flush()
    page = looks_at(found, request.user, before=request.GET.get("before", ""), until=_end_of_day(request))
    context = {"record": found, "page": page, "tabs": _tabs(found, "looks")}
    return render(request, "audit/looks.html", context)


@require_safe
def deleted(request: HttpRequest, model: str, pk: int) -> HttpResponse:
    """What a deleted record was, its log, and what restoring it would bring back. 404 for what is not gone, or was
    never there for this user."""
    kind, record = _deleted(request, model, pk)
    report = UndoReport()
    if _may_undo(request):
        report = preview_restore(kind, pk, request.user)
    context = {
        "model": kind._meta.label,
        "pk": pk,
        "kind": kind._meta.verbose_name,
        "name": names_of(kind, [pk], request.user).get(pk, ""),
        "page": log_under(record, request.user, before=_before(request)),
        "may_undo": _may_undo(request),
        "report": report,
        "returning": _counted(report),
        "refused": _named(report, request.user),
    }
    return render(request, "audit/deleted.html", context)


@require_POST
def bring_back(request: HttpRequest, model: str, pk: int) -> HttpResponse:
    """Restore it with what went with it; what cannot come back is told."""
    refuse_another_day(request)
    kind, _record = _deleted(request, model, pk)
    try:
        report = restore(kind, pk, request.user, reason=request.POST.get("reason", "").strip()[:500])
    except UnableToUndo as refused:
        messages.error(request, str(refused))
        return redirect("audit:deleted", model, pk)
    if (kind, pk) not in report.returned:
        messages.error(request, _("It could not come back; nothing was changed."))
        return redirect("audit:deleted", model, pk)
    text = ngettext("%(count)d record is back.", "%(count)d records are back.", report.restored)
    messages.success(request, text % {"count": report.restored})
    if report.conflicts:
        kept = ngettext("%(count)d could not come back.", "%(count)d could not come back.", len(report.conflicts))
        messages.warning(request, kept % {"count": len(report.conflicts)})
    back = getattr(kind.objects.visible_to(request.user).filter(pk=pk).first(), "get_absolute_url", None)
    return redirect(back() if back else reverse("audit:log"))


# ------------------------------------------------------------------------------------------------ parts


def _relation(request: HttpRequest, number: int):
    return apps.get_model(RELATION).objects.visible_to(request.user).filter(number=number).first()


def _deleted(request: HttpRequest, label: str, pk: int):
    try:
        kind = model_of(label)
    except LookupError:
        raise Http404 from None
    record = deleted_record(kind, pk, request.user)
    if record is None:
        raise Http404
    return kind, record


def _may_undo(request: HttpRequest) -> bool:
    return may_undo(request.user) and request.as_of is None


def _end_of_day(request: HttpRequest) -> datetime | None:
    if request.as_of is None:
        return None
    return timezone.make_aware(datetime.combine(request.as_of + timedelta(days=1), time.min))


def _before(request: HttpRequest) -> str:
    """On another day nothing newer, whatever page is asked."""
    before, end = request.GET.get("before", ""), _end_of_day(request)
    if end is None:
        return before
    try:
        asked = datetime.fromisoformat(before.rsplit("_", 2)[0])
    except ValueError:
        asked = end
    if timezone.is_aware(asked) and asked < end:
        return before
    return f"{end.isoformat()}_0_0"


def _tabs(record, current: str) -> list[dict]:
    return [
        {
            "label": _("What changed"),
            "url": reverse("audit:relation", args=[record.number]),
            "current": current == "log",
            "count": None,
        },
        {
            "label": _("Who opened the card"),
            "url": reverse("audit:looks", args=[record.number]),
            "current": current == "looks",
            "count": None,
        },
    ]


def _counted(report: UndoReport) -> list[tuple[str, int]]:
    """(kind of data, how many) of what comes back."""
    counts: dict[type, int] = {}
    for model, _pk in report.returned:
        counts[model] = counts.get(model, 0) + 1
    return [
        (str(model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural), number)
        for model, number in counts.items()
    ]


def _named(report: UndoReport, user) -> list[tuple[str, str]]:
    """(what, why not) of what cannot come back."""
    return [(one.label, one.reason) for one in report.conflicts]
