"""Settings: which address services are asked, in which order, and with which keys."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from crm.access.queries import sets_everywhere
from crm.core.as_of import refuse_another_day
from integrations.addresses.address_services import SERVICES, available_services, try_service
from integrations.addresses.services import choose_services, forget_keys, keep_keys


def _refuse_others(request: HttpRequest) -> None:
    """The services are of the installation: only for who sets things in every administration; 404 for others."""
    if not sets_everywhere(request.user):
        raise Http404


def _known(name: str) -> str:
    if name not in SERVICES:
        raise Http404
    return name


@never_cache
@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    _refuse_others(request)
    found = available_services()
    context = {
        "used": [one for one in found if one.position],
        "others": [one for one in found if not one.position],
    }
    return render(request, "addresses/services.html", context)


@require_POST
def choose(request: HttpRequest, name: str) -> HttpResponse:
    """`act`: use, stop, up or down. What is there already changes nothing."""
    refuse_another_day(request)
    _refuse_others(request)
    _known(name)
    order = [one.name for one in available_services() if one.position]
    try:
        choose_services(_moved(order, name, request.POST.get("act", "")))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("The order of asking is kept."))
    return redirect("addresses:services")


def _moved(order: list[str], name: str, act: str) -> list[str]:
    rest = [one for one in order if one != name]
    if act == "stop":
        return rest
    if act == "use":
        return order if name in order else [*order, name]
    if name not in order or act not in ("up", "down"):
        return order
    at = max(order.index(name) + (-1 if act == "up" else 1), 0)
    return [*rest[:at], name, *rest[at:]]


@require_POST
def keys(request: HttpRequest, name: str) -> HttpResponse:
    """Keep the keys that were typed, or throw them away (`forget`)."""
    refuse_another_day(request)
    _refuse_others(request)
    _known(name)
    if "forget" in request.POST:
        forget_keys(name)
        messages.success(request, _("The keys are thrown away; this service is not asked any more."))
        return redirect("addresses:services")
    try:
        keep_keys(name, {field: request.POST.get(field, "") for field in SERVICES[name].keys})
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("The keys are kept, and never shown again."))
    return redirect("addresses:services")


@require_POST
def attempt(request: HttpRequest, name: str) -> HttpResponse:
    """Ask the service for one address, while somebody waits; at most two seconds."""
    refuse_another_day(request)
    _refuse_others(request)
    title = SERVICES[_known(name)].title
    tried = try_service(name)
    if tried.works:
        seconds = number_format(tried.seconds, 1)
        text = _("%(service)s answered in %(seconds)s s.") % {"service": title, "seconds": seconds}
        messages.success(request, text)
    else:
        told = {"service": title, "why": _words(tried.code)}
        messages.error(request, _("%(service)s gave no answer: %(why)s") % told)
    return redirect("addresses:services")


def _words(code: str) -> str:
    return {
        "key_missing": _("its key is not filled in."),
        "wrong_key": _("it does not accept the key."),
        "no_connection": _("it cannot be reached."),
        "too_slow": _("it took longer than two seconds."),
    }.get(code, _("try again later (%(code)s).") % {"code": code})
