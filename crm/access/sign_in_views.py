"""Signing in, once one is in: confirming who one is, a first second step, one's sessions, the log, and the rules."""

from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.access import second_factor, sessions, step_up
from crm.access.events import in_words
from crm.access.forms import ConfirmForm, SignInProviderForm, SignInRulesForm
from crm.access.models import AccessEvent, EventKind, OpenSession, SignInProvider, SignInRules, User
from crm.access.queries import rights_of, sets_everywhere
from crm.access.rights import Right
from crm.access.rules_of_signing_in import change_rules, remove_provider, save_provider
from crm.access.step_up import confirmed_recently
from crm.access.visitors import place_of
from crm.core.models import ChangedMeanwhile

EVENTS = 50


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask once more who somebody is, then go on to `next`."""
    onward = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = "/"
    form = ConfirmForm(request.POST if request.method == "POST" else None, request=request)
    if form.is_bound and form.has_own_way and form.is_valid():
        step_up.confirm(request, form.way)
        return redirect(onward)
    return step_up.page(
        request,
        form,
        action=reverse("access:confirm"),
        carried=[("next", onward)],
        status=422 if form.is_bound else 200,
    )


@require_safe
def set_up(request: HttpRequest) -> HttpResponse:
    """For who needs a second step and has none: which of the two. Who has one is through."""
    if second_factor.weigh(request, request.user.pk):
        return redirect("/")
    return render(request, "access/set_up.html")


# --------------------------------------------------------------------------------------------- own sessions


@require_safe
def own_sessions(request: HttpRequest) -> HttpResponse:
    here = request.session.get(sessions.OPEN, 0)
    rows = [
        {"row": row, "here": row.pk == here, "place": place_of(row.address), "way": in_words(row.way)}
        for row in sessions.open_sessions(request.user)
    ]
    rows.sort(key=lambda row: not row["here"])
    return render(request, "access/sessions.html", {"rows": rows, "others": sum(not row["here"] for row in rows)})


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own. The one that asks is ended by signing out."""
    row = get_object_or_404(OpenSession.objects.editable_by(request.user), pk=pk)
    if row.pk == request.session.get(sessions.OPEN):
        return redirect("account_logout")
    sessions.end_session(row, request=request, actor=request.user)
    messages.success(request, _("The session was ended. On that device somebody has to sign in again."))
    return redirect("access:sessions")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    count = sessions.end_other_sessions(request)
    if count:
        text = ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", count)
        messages.success(request, text % {"count": count})
    return redirect("access:sessions")


# -------------------------------------------------------------------------------------------------- the log


@require_safe
def own_events(request: HttpRequest) -> HttpResponse:
    """What happened to one's own account."""
    rows = AccessEvent.objects.visible_to(request.user).filter(user=request.user)
    return render(request, "access/own_events.html", _page_of(request, rows))


@require_safe
def all_events(request: HttpRequest) -> HttpResponse:
    """For who manages users: everybody they manage; by user and by kind."""
    if not rights_of(request.user).has(Right.USERS_MANAGE):
        raise PermissionDenied
    rows = AccessEvent.objects.visible_to(request.user)
    chosen = {}
    if (user := request.GET.get("user", "")).isdigit():
        chosen["user"] = get_object_or_404(User.objects.visible_to(request.user), pk=user)
        rows = rows.filter(user=chosen["user"])
    if (kind := request.GET.get("kind", "")) in EventKind.values:
        chosen["kind"] = kind
        rows = rows.filter(kind=kind)
    context = _page_of(request, rows) | {
        "users": User.objects.visible_to(request.user).order_by("first_name", "last_name", "username"),
        "kinds": EventKind.choices,
        "chosen_user": chosen.get("user"),
        "chosen_kind": chosen.get("kind", ""),
    }
    return render(request, "access/all_events.html", context)


TONES = {
    EventKind.REFUSED: "warning",
    EventKind.CODE_REFUSED: "warning",
    EventKind.CONFIRM_REFUSED: "warning",
    EventKind.PROVIDER_REFUSED: "warning",
    EventKind.BLOCKED: "refused",
}


def _page_of(request: HttpRequest, rows) -> dict:
    """Fifty lines, newest first, from after the one whose key is in `before`."""
    rows = rows.select_related("user", "actor").order_by("-at", "-pk")
    if (before := request.GET.get("before", "")).isdigit():
        last = get_object_or_404(AccessEvent.objects.visible_to(request.user), pk=before)
        rows = rows.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk)
    found = list(rows[: EVENTS + 1])
    lines = [
        {
            "event": event,
            "what": event.get_kind_display(),
            "detail": in_words(event.detail),
            "place": place_of(event.address),
            "tone": TONES.get(event.kind, ""),
        }
        for event in found[:EVENTS]
    ]
    kept = {name: value for name in ("user", "kind") if (value := request.GET.get(name))}
    older = f"?{urlencode(kept | {'before': found[EVENTS - 1].pk})}" if len(found) > EVENTS else ""
    return {"lines": lines, "older": older, "newest": f"?{urlencode(kept)}" if before else ""}


# ------------------------------------------------------------------------------------------------ the rules


def _may_set(request: HttpRequest) -> None:
    if not sets_everywhere(request.user):
        raise PermissionDenied


@require_http_methods(["GET", "POST"])
@confirmed_recently
def rules(request: HttpRequest) -> HttpResponse:
    """Whether everybody needs a second step, how long the log is kept, and the providers of the office."""
    _may_set(request)
    form = SignInRulesForm(request.POST or None, instance=SignInRules.current())
    if form.is_bound and form.is_valid():
        try:
            change_rules(**form.cleaned_data)
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this meanwhile. Look at it again before you save."))
        else:
            second_factor.weigh(request, request.user.pk)
            messages.success(request, _("Saved."))
            return redirect("access:rules")
    with_step = set(Authenticator.objects.filter(type__in=second_factor.STEPS).values_list("user_id", flat=True))
    staff = User.objects.visible_to(request.user).filter(is_active=True, kind=User.Kind.STAFF)
    without = [user for user in staff.order_by("first_name", "last_name") if user.pk not in with_step]
    context = {
        "form": form,
        "providers": SignInProvider.objects.visible_to(request.user),
        "without": without,
    }
    return render(request, "access/rules.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@confirmed_recently
def provider(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a provider, or change one, which is not there (404) for who may not."""
    if not pk:
        _may_set(request)
    found = get_object_or_404(SignInProvider.objects.editable_by(request.user), pk=pk) if pk else SignInProvider()
    form = SignInProviderForm(request.POST or None, instance=found)
    if form.is_bound and form.is_valid():
        try:
            save_provider(
                form.instance, secret=form.cleaned_data["secret"], version=form.cleaned_data["version"] if pk else None
            )
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this meanwhile. Look at it again before you save."))
        else:
            messages.success(request, _("Saved."))
            return redirect("access:provider", form.instance.pk)
    address = reverse("openid_connect_callback", args=[found.key]) if pk else ""
    context = {"form": form, "provider": found if pk else None, "callback": request.build_absolute_uri(address)}
    return render(request, "access/provider.html", context, status=422 if form.is_bound else 200)


@require_POST
@confirmed_recently
def delete_provider(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(SignInProvider.objects.editable_by(request.user), pk=pk)
    version = request.POST.get("version", "")
    try:
        remove_provider(found, version=int(version) if version.isdigit() else 0)
    except ChangedMeanwhile:
        messages.error(request, _("Somebody changed this meanwhile. Look at it again before you save."))
        return redirect("access:provider", pk)
    messages.success(request, _("The provider was removed. Nobody signs in through it any more."))
    return redirect("access:rules")
