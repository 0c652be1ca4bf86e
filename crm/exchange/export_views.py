"""Taking rows out: choose form and columns, fetch the file, and the log of who took what."""

from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crm.access.queries import rights_of, sets_everywhere
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.administrations.working import working_administration_id
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.exchange import kinds, layouts
from crm.exchange.exporting import (
    AT_ONCE_ROWS,
    FORMS,
    KEPT_HOURS,
    Order,
    UnableToExport,
    chosen_rows,
    export_later,
    export_now,
    may_export,
    media_type,
    needs_reason,
    opened_file,
    schema,
)
from crm.exchange.forms import ExportForm, ExportRulesForm, FileLayoutForm
from crm.exchange.models import ExportLog, ExportRules, FileLayout
from crm.exchange.services import change_export_rules, correct_layout, drop_layout

REFUSED = 422
LONGEST_QUESTION = 8_000
PAGE = 50
STOP_POLLING = 286


def _source(key: str) -> kinds.Source:
    try:
        return kinds.source(key)
    except KeyError as unknown:
        raise Http404 from unknown


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, source: str) -> HttpResponse:
    """What of a list or a card goes out, and how. `of` is what the source keeps of the address it came from."""
    refuse_another_day(request)
    found = _source(source)
    if not may_export(request.user):
        raise Http404
    if "of" not in request.GET:
        return redirect(_address(source, of=found.fold(request.GET)))
    asked = request.GET["of"][:LONGEST_QUESTION]
    offered = [kind for kind in map(kinds.kind, found.kinds) if kind.offered_to(request.user)]
    kind = next((one for one in offered if one.key == request.GET.get("what")), offered[0])
    places = _administrations(request.user, kind)
    wanted = request.GET.get("in") or str(working_administration_id(request))
    place = next((one for one in places if str(one.pk) == wanted), places[0] if places else None)
    order = Order(
        source,
        asked,
        kind.key,
        "csv",
        (),
        on=request.on,
        language=get_language(),
        administration=place.pk if place else 0,
    )
    count = chosen_rows(request.user, order).order_by().count()
    posted = request.POST if request.method == "POST" else None
    form = ExportForm(posted, user=request.user, kind=kind, ask_reason=needs_reason(count))
    if form.is_valid():
        values = form.cleaned_data
        order = replace(order, form=values["form"], columns=tuple(values["columns"]), layout=values.get("layout", ""))
        try:
            return _taken_out(request, order, values.get("reason", ""), count)
        except UnableToExport as refusal:
            add_refusal(form, refusal)
    context = {
        "form": form,
        "count": count,
        "kind": kind,
        "kinds": [
            {
                "label": capfirst(str(one.label)),
                "url": _address(source, of=asked, what=one.key),
                "current": one is kind,
            }
            for one in offered
        ],
        "places": [
            {
                "label": one.name,
                "url": _address(source, of=asked, what=kind.key, **{"in": str(one.pk)}),
                "current": one == place,
            }
            for one in places
        ],
        "words": found.words(request.user, asked),
        "back": found.back(asked),
        "source_label": found.label,
        "in_background": count > AT_ONCE_ROWS,
        "hours": KEPT_HOURS,
        "schema_url": _address(source, of=asked, what=kind.key, route="export:schema"),
    }
    return render(request, "exchange/export.html", context, status=REFUSED if form.errors else 200)


def _administrations(user, kind: kinds.Kind) -> list[Administration]:
    """Of which administrations there can be a file of this kind; none for a kind that lies in no single one."""
    if not kind.per_administration:
        return []
    mine = Administration.objects.visible_to(user)
    if not user.is_superuser:
        mine = mine.filter(pk__in=kinds.exporting_administrations(user, kind.right))
    return list(mine.order_by("name"))


def _address(source: str, *, route: str = "export:choose", **query: str) -> str:
    return f"{reverse(route, args=[source])}?{urlencode(query)}"


def _taken_out(request: HttpRequest, order: Order, reason: str, count: int) -> HttpResponse:
    if count > AT_ONCE_ROWS:
        return redirect(export_later(request.user, order, reason=reason))
    opened, log = export_now(request.user, order, reason=reason)
    return _as_download(opened, log)


def _as_download(opened, log: ExportLog) -> FileResponse:
    """A browser saves it and does nothing else with it (design/reliability.md 25)."""
    answer = FileResponse(opened, as_attachment=True, filename=log.name, content_type=media_type(log.form))
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


@never_cache
@require_safe
def xml_schema(request: HttpRequest, source: str) -> HttpResponse:
    """The XSD of the XML of a kind, with every column that is open to this user."""
    found = _source(source)
    what = request.GET.get("what", "")
    if what not in found.kinds or not kinds.kind(what).offered_to(request.user):
        raise Http404
    columns = tuple(column.name for column in kinds.kind(what).columns)
    order = Order(source, "", what, "xml", columns, on=request.on, language=get_language())
    answer = HttpResponse(schema(request.user, order), content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{what.replace("_", "-")}.xsd"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _own_export(request: HttpRequest, pk: int) -> ExportLog:
    """One's own and nobody else's, with the right still there; else 404."""
    if not may_export(request.user):
        raise Http404
    return get_object_or_404(ExportLog.objects.owned_by(request.user).select_related("job", "user"), pk=pk)


@never_cache
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the file is, and where to fetch it. Polled while it is made."""
    log = _own_export(request, pk)
    ready = log.is_ready(timezone.now())
    over = ready or log.job is None or (log.job.is_over and (log.job.state != "done" or bool(log.file)))
    context = {"log": log, "job": log.job, "ready": ready, "over": over, "what": _kind_label(log.kind)}
    polled = bool(request.htmx) and not request.htmx.boosted
    template = "exchange/_export_state.html" if polled else "exchange/export_file.html"
    return render(request, template, context, status=STOP_POLLING if polled and over else 200)


@never_cache
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    log = _own_export(request, pk)
    opened = opened_file(log, now=timezone.now())
    if opened is None:
        raise Http404
    return _as_download(opened, log)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """The log: one's own lines, and of whom one manages. Who sets things everywhere sets the number here too."""
    user = request.user
    may_set = sets_everywhere(user)
    if not (may_set or may_export(user) or rights_of(user).has(Right.USERS_MANAGE)):
        raise Http404
    form = None
    if may_set:
        posted = request.POST if request.method == "POST" else None
        form = ExportRulesForm(posted, instance=ExportRules.current())
    if request.method == "POST":
        refuse_another_day(request)
        if form is None:
            raise Http404
        if form.is_valid():
            change_export_rules(version=form.cleaned_data["version"], reason_above=form.cleaned_data["reason_above"])
            messages.success(request, _("Saved."))
            return redirect("exchange:exports")
    before = request.GET.get("before", "")
    lines = ExportLog.objects.visible_to(user).select_related("user").order_by("-id")
    if before.isascii() and before.isdecimal() and len(before) < 15:
        lines = lines.filter(id__lt=int(before))
    found = list(lines[: PAGE + 1])
    rows = [
        {
            "log": log,
            "what": _kind_label(log.kind),
            "form": FORMS.get(log.form, log.form),
            "own": log.user_id == user.pk,
        }
        for log in found[:PAGE]
    ]
    context = {
        "rows": rows,
        "form": form,
        "layouts": layouts.layouts() if may_set else [],
        "older": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "newest": bool(before),
    }
    return render(request, "exchange/exports.html", context, status=REFUSED if form and form.errors else 200)


def _kind_label(key: str) -> str:
    try:
        return str(capfirst(str(kinds.kind(key).label)))
    except KeyError:
        return key


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def layout(request: HttpRequest, key: str) -> HttpResponse:
    """The columns of a ready file, to be corrected by who sets things everywhere."""
    refuse_another_day(request)
    if not sets_everywhere(request.user):
        raise Http404
    try:
        found = layouts.layout(key)
    except KeyError as unknown:
        raise Http404 from unknown
    if request.method == "POST" and "drop" in request.POST:
        drop_layout(key)
        messages.success(request, _("These are the columns that come with the product again."))
        return redirect("exchange:layout", key)
    row = FileLayout.objects.filter(key=key).first() or FileLayout(key=key, separator=found.separator, text=found.text)
    sources = kinds.kind(found.kinds[0]).columns
    posted = request.POST if request.method == "POST" else None
    form = FileLayoutForm(posted, instance=row, layout=found, known={column.name for column in sources})
    if form.is_valid():
        values = form.cleaned_data
        correct_layout(key, version=values["version"], separator=values["separator"], text=values["text"])
        messages.success(request, _("Saved. The next file has these columns."))
        return redirect("exchange:layout", key)
    context = {"layout": found, "form": form, "sources": sources}
    return render(request, "exchange/layout.html", context, status=REFUSED if form.errors else 200)
