"""The buttons: test, pause, go on, offer again, read now, take part."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from integrations.hub import services
from integrations.hub.models import Connection, Delivery
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
    return redirect("hub:monitor", row.connection_id)


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
