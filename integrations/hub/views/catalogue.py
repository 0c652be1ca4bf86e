"""What can be connected, what each connector can and cannot, and the form that connects it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from crm.access.queries import administration_ids
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.as_of import refuse_another_day
from integrations.hub import services
from integrations.hub.abilities import abilities_of
from integrations.hub.forms import ConnectionForm
from integrations.hub.registry import catalogue as connectors
from integrations.hub.registry import channel_named, connector_class, signed_in_to, title_of
from integrations.hub.views.base import page, return_address


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every connector that is built; `?q=` narrows it to those whose texts have all these words."""
    _administrations(request)
    q = request.GET.get("q", "").strip()
    context = page(request, None, "catalogue", q=q)
    shown = [abilities_of(item) for item in connectors()]
    words = q.casefold().split()
    context["shown"] = [
        one | {"connections": [entry for entry in context["entries"] if entry["kind"] == one["key"]]}
        for one in shown
        if all(word in one["text"] for word in words)
    ]
    return render(request, "hub/catalogue.html", context)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, channel: str, connector: str) -> HttpResponse:
    refuse_another_day(request)
    item = next((item for item in connectors() if (item.channel, item.name) == (channel, connector)), None)
    if item is None:
        raise Http404
    administrations = _administrations(request)
    kind = connector_class(channel, connector)
    form = ConnectionForm(
        request.POST or None,
        kind=kind,
        administrations=administrations,
        initial={"title": title_of(connector), "administration": administrations[0]},
    )
    if request.method == "POST" and form.is_valid():
        connection = services.connect(
            channel=channel,
            connector=connector,
            administration=form.cleaned_data["administration"],
            title=form.cleaned_data["title"],
            values=form.values(),
        )
        if signed_in_to(kind):
            messages.success(request, _("The connection was made. Now sign in at the other system's own page."))
        else:
            services.ask_for_test(connection)
            messages.success(request, _("The connection was made, and is being tested."))
        return redirect("hub:settings", connection.pk)
    context = page(request, None, "add", form=form, one=abilities_of(item), channel=channel_named(channel))
    context["return_address"] = return_address(request) if signed_in_to(kind) else ""
    return render(request, "hub/add.html", context, status=422 if form.is_bound else 200)


def _administrations(request: HttpRequest):
    """Those in which this user may connect something; 404 for who may nowhere."""
    manages = administration_ids(request.user, Right.CONNECTIONS_MANAGE)
    administrations = Administration.objects.filter(pk__in=manages).order_by("name")
    if not administrations:
        raise Http404
    return administrations
