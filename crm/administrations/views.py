"""Settings: the administrations, the mode of the installation, and how long logs are kept."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.administrations import retention
from crm.administrations.forms import AdministrationForm, ArchiveForm, ModeForm, RetentionForm
from crm.administrations.models import Administration, Installation, Mode, sets_everywhere
from crm.administrations.modes import told_of
from crm.administrations.services import (
    archive_administration,
    change_mode,
    keep_administration,
    keep_logs,
)
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile

REFUSED = 422


def _managed(request: HttpRequest):
    """Those whose settings this user manages; 404 when there are none."""
    mine = Administration.objects.editable_by(request.user)
    if not request.user.is_superuser and not mine.exists():
        raise Http404
    return mine


@never_cache
@require_safe
def administration_list(request: HttpRequest) -> HttpResponse:
    rows = list(_managed(request).order_by("name"))
    context = {"rows": rows, "installation": Installation.current(), "may_add": request.user.is_superuser}
    return render(request, "administrations/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Who adds one sees it only with a role in it, which a superuser gives."""
    refuse_another_day(request)
    if not request.user.is_superuser:
        raise Http404
    return _form(request, Administration(), {})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    refuse_another_day(request)
    one = get_object_or_404(_managed(request), pk=pk)
    initial = {"name": one.name, "legal_name": one.legal_name, "email": one.email, "version": one.version}
    return _form(request, one, initial)


def _form(request: HttpRequest, one: Administration, initial: dict) -> HttpResponse:
    form = AdministrationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            kept = keep_administration(one, **form.cleaned_data)
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this meanwhile. Open the page again to see how it is now."))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": kept.name})
            return redirect("administrations:list")
    context = {
        "form": form,
        "one": one,
        "name": initial.get("name", ""),
        "archive": ArchiveForm(initial={"on": one.archived_on}),
    }
    return render(request, "administrations/form.html", context, status=REFUSED if form.errors else 200)


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Archive from a day on, or with `back` take it out of the archive."""
    refuse_another_day(request)
    one = get_object_or_404(_managed(request), pk=pk)
    form = ArchiveForm(request.POST)
    back = bool(request.POST.get("back"))
    if not back and not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect("administrations:change", pk)
    try:
        archive_administration(one, on=None if back else form.cleaned_data["on"])
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("administrations:change", pk)
    said = _("%(name)s is in use again.") if back else _("%(name)s goes to the archive.")
    messages.success(request, said % {"name": one.name})
    return redirect("administrations:list")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mode(request: HttpRequest) -> HttpResponse:
    """What the mode is; choosing another shows first what it does, and what stands in its way. A superuser's."""
    installation = Installation.current()
    if not sets_everywhere(request.user):
        raise Http404
    if request.method == "POST" and not request.user.is_superuser:
        raise Http404
    administrations = Administration.objects.visible_to(request.user).in_use(request.today).order_by("name")
    asked = request.POST if request.method == "POST" else request.GET if "mode" in request.GET else None
    initial = {"mode": installation.mode, "umbrella": installation.umbrella}
    form = ModeForm(asked, initial=initial, administrations=administrations)
    told = None
    if form.is_bound and form.is_valid():
        chosen, umbrella = form.cleaned_data["mode"], form.cleaned_data["umbrella"]
        if chosen == Mode.MULTIPLE and umbrella is None:
            form.add_error("umbrella", _("The mode multiple needs an umbrella administration."))
        elif (chosen, umbrella if chosen == Mode.MULTIPLE else None) != (installation.mode, installation.umbrella):
            told = told_of(chosen, umbrella)
    if request.method == "POST" and told is not None:
        refuse_another_day(request)
        try:
            change_mode(mode=chosen, umbrella=umbrella)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The mode is changed. It holds for everybody at once."))
            return redirect("administrations:mode")
    context = {
        "installation": installation,
        "form": form,
        "told": told,
        "possible": told is not None and not any(one.refused for one in told),
        "may_change": request.user.is_superuser,
    }
    return render(request, "administrations/mode.html", context, status=REFUSED if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def logs(request: HttpRequest) -> HttpResponse:
    """How many days each log is kept: of the installation, so for who sets in every administration."""
    if not sets_everywhere(request.user):
        raise Http404
    form = RetentionForm(request.POST or None, initial=retention.days_by_log())
    if request.method == "POST" and form.is_valid():
        try:
            keep_logs(form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. The next night goes by these days."))
            return redirect("administrations:logs")
    rows = [(log, form[log.key]) for log in retention.logs()]
    return render(
        request, "administrations/logs.html", {"form": form, "rows": rows}, status=REFUSED if form.errors else 200
    )
