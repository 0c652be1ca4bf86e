"""The buttons: test, pause, go on, offer again, read now, take part."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from integrations.hub import services
from integrations.hub.models import Connection, Delivery
from integrations.hub.queries import records_named
from integrations.hub.registry import connector_class, topics
from integrations.hub.standing import tab_url
from integrations.hub.telling import reads
from integrations.hub.views.base import managed_connection


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    connection = managed_connection(request, pk)
    services.ask_for_test(connection)
    messages.success(request, _("The test has begun. Its result appears under Settings."))
    return redirect("hub:settings", pk)


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    services.pause(managed_connection(request, pk))
    messages.success(request, _("Paused. What changes meanwhile waits."))
    return redirect("hub:monitor", pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    services.resume(managed_connection(request, pk))
    messages.success(request, _("Goes on."))
    return redirect("hub:monitor", pk)


@require_POST
def retry_all(request: HttpRequest, pk: int) -> HttpResponse:
    connection = managed_connection(request, pk)
    count = services.retry(Delivery.objects.filter(connection=connection))
    text = ngettext("%(count)s record is offered again.", "%(count)s records are offered again.", count)
    messages.success(request, text % {"count": count})
    return redirect("hub:monitor", pk)


@require_POST
def retry_one(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Connection.objects.visible_to(request.user, timezone.localdate())
    row = get_object_or_404(Delivery.objects.filter(connection__in=mine.values("pk")), pk=pk)
    services.retry(Delivery.objects.filter(pk=row.pk))
    services.try_now(row)
    messages.success(request, _("It is offered again."))
    return redirect(_asked_from(request, row) or reverse("hub:monitor", args=[row.connection_id]))


def _asked_from(request: HttpRequest, row: Delivery) -> str:
    """The tab of the card, when the button stood there; or the first page."""
    if request.POST.get("back") == "today":
        return reverse("desk:today")
    if request.POST.get("back") == "card":
        record = records_named(row.topic, [row.subject], user=request.user, on=request.today).get(row.subject)
        return tab_url(record) if record else ""
    return ""


@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    count = services.tell_all(managed_connection(request, pk))
    text = ngettext("%(count)s record is told again.", "%(count)s records are told again.", count)
    messages.success(request, text % {"count": count})
    return redirect("hub:monitor", pk)


@require_POST
def read_now(request: HttpRequest, pk: int) -> HttpResponse:
    connection = managed_connection(request, pk)
    services.read_now(connection)
    messages.success(request, _("Reading has begun. The report appears here."))
    return redirect("hub:reports", pk)


@require_POST
def take_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The switch on a card: "Couple with …", on or off."""
    connection = managed_connection(request, pk)
    kind = connector_class(connection.channel, connection.connector)
    told = {topic.name: topic for topic in topics(connection.channel) if topic.served_by(kind)}
    topic, subject = told.get(request.POST.get("topic", "")), request.POST.get("subject", "")
    if topic is None or not subject.isdigit() or not reads(request, connection, topic.name):
        raise Http404
    rows = topic.model._default_manager.visible_to(request.user, request.today)
    record = get_object_or_404(rows, pk=int(subject))
    takes_part = request.POST.get("takes_part") == "1"
    services.set_participation(connection, topic=topic.name, subject=record.pk, takes_part=takes_part)
    names = {"system": connection.title, "name": str(record)}
    if takes_part:
        messages.success(request, _("Coupled: %(name)s is told to %(system)s.") % names)
    else:
        messages.success(request, _("Switched off: %(name)s is told to %(system)s no longer.") % names)
    return redirect(tab_url(record))
