"""Confirming once more who one is, before something dangerous: `@confirmed_recently` on a view.

Signing in counts. A form opens within STEP_UP_OPENS_SECONDS of it and saves within STEP_UP_SAVES_SECONDS; after that
the password, a code or a passkey is asked for. What was typed is not lost and not stored: the page that asks carries
it, and sends it on to the same address.
"""

import time
from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode

from crm.access import sessions
from crm.access.events import record
from crm.access.forms import ConfirmForm
from crm.access.models import EventKind, SignInProvider

SAFE = ("GET", "HEAD", "OPTIONS")
NOT_CARRIED = ("csrfmiddlewaretoken",)


def is_confirmed(request: HttpRequest, seconds: int) -> bool:
    """Whether the user showed who they are, by signing in or since, at most so many seconds ago."""
    at = max(request.session.get(sessions.CONFIRMED, 0), request.session.get(sessions.BEGAN, 0))
    return time.time() - at < seconds


def confirm(request: HttpRequest, way: str) -> None:
    """Remember that they did, under a new session id: one that leaked before is worth nothing now."""
    request.session.cycle_key()
    request.session[sessions.CONFIRMED] = int(time.time())
    sessions.note(request)
    record(EventKind.CONFIRMED, user=request.user, request=request, detail=way)


def confirmed_recently(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for who confirmed recently who they are; everybody else is asked first, and then goes on."""

    @wraps(view)
    def asked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        opens = request.method in SAFE
        if is_confirmed(request, settings.STEP_UP_OPENS_SECONDS if opens else settings.STEP_UP_SAVES_SECONDS):
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request") == "true":
            here = urlsplit(request.headers.get("HX-Current-URL", "/"))
            return HttpResponse(headers={"HX-Redirect": confirm_url(f"{here.path}?{here.query}".rstrip("?"))})
        if opens or request.FILES:  # a file cannot be carried by a page
            return redirect(confirm_url(request.get_full_path()))
        form = ConfirmForm(request.POST if ConfirmForm.is_in(request.POST) else None, request=request)
        if form.is_bound and form.is_valid():
            confirm(request, form.way)
            request.POST = without_answers(request.POST)
            return view(request, *args, **kwargs)
        carried = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in NOT_CARRIED and name not in ConfirmForm.names()
            for value in values
        ]
        return page(request, form, action=request.get_full_path(), carried=carried, status=403)

    return asked


class ConfirmedRecently:
    """Mixin for class-based views."""

    @method_decorator(confirmed_recently)
    def dispatch(self, *args, **kwargs):
        return super().dispatch(*args, **kwargs)


class ConfirmedAdmin:
    """Mixin for admin pages: adding, changing, deleting, and actions on the list."""

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        view = super().changeform_view
        return confirmed_recently(lambda request: view(request, object_id, form_url, extra_context))(request)

    def delete_view(self, request, object_id, extra_context=None):
        view = super().delete_view
        return confirmed_recently(lambda request: view(request, object_id, extra_context))(request)

    def changelist_view(self, request, extra_context=None):
        view = super().changelist_view
        if request.method in SAFE:
            return view(request, extra_context)
        return confirmed_recently(lambda request: view(request, extra_context))(request)


def confirm_url(onward: str) -> str:
    return f"{reverse('access:confirm')}?{urlencode({'next': onward})}"


def without_answers(posted: QueryDict) -> QueryDict:
    """What was posted to the page behind, without what was answered to the question who one is."""
    left = posted.copy()
    for name in ConfirmForm.names():
        left.pop(name, None)
    left._mutable = False
    return left


def page(request: HttpRequest, form: ConfirmForm, *, action: str, carried=(), status: int = 200) -> HttpResponse:
    """The page that asks. `carried`: pairs (name, value) to send along."""
    for field in form.fields.values():
        field.required = True  # one of them is: none says that it may be left empty
    providers = () if form.has_own_way else SignInProvider.objects.filter(active=True)
    context = {
        "form": form,
        "action": action,
        "carried": carried,
        "providers": providers,
        "onward": request.GET.get("next") or "/",
    }
    if "credential" in form.fields:
        context["js_data"] = {"request_options": begin_authentication(request.user)}
    return render(request, "access/confirm.html", context, status=status)
