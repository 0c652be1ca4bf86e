"""Pages that belong to no slice: the state of a background job, and the health of the installation."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crm.core import conflicts, health, jobs
from crm.core.jobs import Job

# htmx stops asking when it gets this
STOP_POLLING = 286


@never_cache
@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a job is: a page, the component that asks again every second, or JSON. One's own only, else 404."""
    found = get_object_or_404(Job.objects.visible_to(request.user).select_related("change_set"), pk=pk)
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse(
            {
                "id": found.pk,
                "kind": found.kind,
                "state": found.state,
                "done": found.done,
                "total": found.total,
                "message": found.message,
                "result": found.result,
                "change_set": found.change_set_id,
            }
        )
    polled = bool(request.htmx) and not request.htmx.boosted
    template = "core/job_state.html" if polled else "core/job.html"
    return render(request, template, {"job": found}, status=STOP_POLLING if polled and found.is_over else 200)


@require_POST
def stop_job(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    jobs.stop(found)
    messages.info(request, _("The work stops after the step it is at. What is done stays, and can be undone."))
    return redirect("core:job", pk)


@require_POST
def resume_job(request: HttpRequest, pk: int) -> HttpResponse:
    jobs.resume(get_object_or_404(Job.objects.visible_to(request.user), pk=pk))
    return redirect("core:job", pk)


@require_POST
def chosen(request: HttpRequest) -> HttpResponse:
    """What somebody chose on the page of a conflict goes to the view that could not save it; or is dropped."""
    to = request.POST.get("to", "")
    if request.POST.get("drop"):
        if not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
            raise Http404
        messages.info(request, _("Your change was dropped; this is the record as it is now."))
        return redirect(to)
    if to.partition("?")[0] == request.path:
        raise Http404
    return conflicts.again(request, to, conflicts.chosen(request.POST))


@never_cache
@require_GET
@login_not_required
def health_page(request: HttpRequest) -> JsonResponse:
    """200 when all is well, 503 when something is not; figures without personal data (design/reliability.md 16)."""
    report = health.report()
    return JsonResponse(report, status=200 if report["ok"] else 503)
