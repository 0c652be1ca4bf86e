"""The settings of a connection, signing in, and what would be sent."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.core.as_of import refuse_another_day
from crm.core.models import ChangedMeanwhile
from integrations.hub import services
from integrations.hub.errors import CouplingError
from integrations.hub.forms import ConnectionForm
from integrations.hub.models import Connection
from integrations.hub.queries import records_named
from integrations.hub.registry import connector_class, topic_named
from integrations.hub.telling import reads
from integrations.hub.views.base import managed_connection, page, return_address
from integrations.hub.words import changes_in_words, problem_in_words, what_happened

PREVIEWS = 50


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    refuse_another_day(request)
    connection = managed_connection(request, pk)
    kind = connector_class(connection.channel, connection.connector)
    form = ConnectionForm(request.POST or None, kind=kind, connection=connection)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_connection(
                connection,
                version=form.cleaned_data["version"],
                title=form.cleaned_data["title"],
                values=form.values(),
            )
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this connection meanwhile. Look at it again before you save."))
        else:
            messages.success(request, _("Saved."))
            return redirect("hub:settings", connection.pk)
    context = page(request, connection, "settings", form=form, return_address=return_address(request))
    context["tested"] = _tested(context["status"])
    return render(request, "hub/settings.html", context, status=422 if form.is_bound else 200)


def _tested(status):
    """What the last test found, in words."""
    result = status.test_result or {}
    if not result:
        return None
    said, advice = ("", "") if result["ok"] else what_happened(result["code"])
    facts = [(_(name), value) for name, value in result["facts"]]
    return {"ok": result["ok"], "said": said, "advice": advice, "words": result["words"], "facts": facts}


@require_safe
def dry_run(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be sent today of everybody this connection is about, without sending it."""
    connection = managed_connection(request, pk)
    context = page(request, connection, "dry-run")
    if not context["topics"]:
        return render(request, "hub/dry_run.html", context | {"previews": []})
    topic = topic_named(context["topics"][0])
    if not reads(request, connection, topic.name):
        return render(request, "hub/dry_run.html", context | {"previews": [], "closed": True})
    today, after = timezone.localdate(), request.GET.get("after", "")
    found = services.dry_run(
        connection, topic=topic, on=today, after=int(after) if after.isdigit() else 0, limit=PREVIEWS
    )
    records = records_named(topic.name, [one.subject for one in found], user=request.user, on=today)
    context["previews"] = [
        {
            "record": records.get(one.subject),
            "link": one.link,
            "gone": one.payload is None,
            "changes": changes_in_words(one.changes),
            "problems": [
                (problem.severity, problem_in_words(problem.message, problem.params)) for problem in one.problems
            ],
        }
        for one in found
    ]
    context["further"] = found[-1].subject if len(found) == PREVIEWS else None
    return render(request, "hub/dry_run.html", context)


# ------------------------------------------------------------------------------------------------ signing in


@require_safe
def sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """To the vendor's own page. A link, not a form: the CSP lets no form lead elsewhere."""
    refuse_another_day(request)
    connection = managed_connection(request, pk)
    try:
        return redirect(services.sign_in_address(connection, user=request.user, redirect_uri=return_address(request)))
    except CouplingError as error:
        messages.error(request, " ".join(what_happened(error.code)))
        return redirect("hub:settings", connection.pk)


@require_safe
def signed_in(request: HttpRequest) -> HttpResponse:
    """The browser comes back from the vendor's page, with our state and its single-use code."""
    try:
        connection = services.finish_sign_in(state=request.GET.get("state", ""), user=request.user)
    except services.UnableToSignIn:
        messages.error(request, _("This sign-in was not asked for, took too long, or was used before. Begin again."))
        return redirect("hub:index")
    mine = Connection.objects.visible_to(request.user, timezone.localdate())
    if not mine.filter(pk=connection.pk).exists():
        raise Http404
    try:
        services.exchange_code(connection, request.GET.get("code", ""), redirect_uri=return_address(request))
    except CouplingError as error:
        messages.error(request, " ".join(what_happened(error.code)))
    else:
        services.ask_for_test(connection)
        messages.success(request, _("Signed in. The connection is being tested."))
    return redirect("hub:settings", connection.pk)
