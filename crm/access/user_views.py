"""Settings: who comes in here. Only of administrations where one manages users; all else is not there (404)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.access import people
from crm.access.models import Grant, RoleRight, User
from crm.access.queries import rights_of
from crm.access.right_words import told
from crm.access.rights import Right
from crm.access.roles import change_user
from crm.access.second_factor import remove_second_steps
from crm.access.services import deactivate_user, grant, invite_user, reactivate_user, reset_user, revoke
from crm.access.settings_forms import GrantForm, InvitationForm, UserChangeForm
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile

REFUSED = 422


def manager(request: HttpRequest) -> User:
    """Who asks, when they manage users somewhere; 404 for anybody else."""
    if not rights_of(request.user).has(Right.USERS_MANAGE):
        raise Http404
    return request.user


def _one(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(people.managed_users(manager(request)), pk=pk)


def _changeable(request: HttpRequest, pk: int) -> User:
    """Who works in an administration of others too is changed there: 404 as for nobody."""
    refuse_another_day(request)
    manager(request)
    return get_object_or_404(User.objects.editable_by(request.user), pk=pk)


@never_cache
@require_safe
def user_list(request: HttpRequest) -> HttpResponse:
    q, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    page = people.user_page(
        manager(request),
        q=q,
        state=state,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "page": page,
        "rows": [(user, people.state_of(user)) for user in page.users],
        "q": q,
        "state": state,
        "states": _states(),
        "next_url": _with(request, after=page.next) if page.next else "",
        "previous_url": _with(request, before=page.previous) if page.previous else "",
    }
    return render(request, "access/settings/users.html", context)


def _states() -> list[tuple[str, str]]:
    return [
        ("", _("Everybody")),
        (people.ACTIVE, _("Signs in")),
        (people.INVITED, _("Invited, not in yet")),
        (people.CLOSED, _("Deactivated")),
    ]


def _with(request: HttpRequest, **changes: str) -> str:
    kept = {key: value for key, value in request.GET.items() if key in ("q", "state")}
    return f"?{urlencode({key: value for key, value in (kept | changes).items() if value})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    refuse_another_day(request)
    manager(request)
    form = InvitationForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        user = form.save(commit=False)
        grants = [(form.cleaned_data["administration"], form.cleaned_data["role"])]
        try:
            invite_user(user, grants=grants, absolute=request.build_absolute_uri)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": user.email})
            return redirect("users:user", user.pk)
    roles = [(role, told(row.right for row in role.held)) for role in people.roles_with_rights(request.user)]
    return render(
        request, "access/settings/invite.html", {"form": form, "roles": roles}, status=REFUSED if form.errors else 200
    )


@never_cache
@require_safe
def user_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _user_page(request, _one(request, pk), GrantForm(user=request.user))


def _user_page(request: HttpRequest, user: User, form: GrantForm) -> HttpResponse:
    held = RoleRight.objects.visible_to(request.user).filter(role__in={given.role_id for given in user.given})
    context = {
        "person": user,
        "state": people.state_of(user),
        "may_change": User.objects.editable_by(request.user).filter(pk=user.pk).exists(),
        "rights": told(held.values_list("right", flat=True)),
        "form": form,
    }
    return render(request, "access/settings/user.html", context, status=REFUSED if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    user = _changeable(request, pk)
    shown = {"pk": user.pk, "name": str(user)}  # the form writes what was typed into the user
    form = UserChangeForm(request.POST or None, instance=user, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            change_user(user, version=form.cleaned_data["version"], **form.values())
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this user meanwhile. Open the page again to see how it is now."))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("users:user", user.pk)
    return render(
        request,
        "access/settings/change_user.html",
        {"form": form, "person": shown},
        status=REFUSED if form.errors else 200,
    )


@require_POST
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role; what one does not have oneself one cannot give."""
    refuse_another_day(request)
    user = _one(request, pk)
    form = GrantForm(request.POST, user=request.user)
    if form.is_valid():
        administration, role = form.cleaned_data["administration"], form.cleaned_data["role"]
        try:
            grant(user, administration=administration, role=role)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            said = _("%(user)s is now %(role)s in %(administration)s.")
            messages.success(request, said % {"user": user, "role": role, "administration": administration})
            return redirect("users:user", user.pk)
    return _user_page(request, user, form)


@require_POST
def take(request: HttpRequest, pk: int, grant_pk: int) -> HttpResponse:
    refuse_another_day(request)
    user = _one(request, pk)
    given = get_object_or_404(
        Grant.objects.editable_by(request.user).select_related("role", "administration"), pk=grant_pk, user=user
    )
    try:
        revoke(user, administration=given.administration, role=given.role)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("users:user", user.pk)
    said = _("%(user)s is no longer %(role)s in %(administration)s.")
    messages.success(request, said % {"user": user, "role": given.role, "administration": given.administration})
    left = people.managed_users(request.user).filter(pk=user.pk).exists()
    return redirect("users:user", user.pk) if left else redirect("users:list")


ACTS = {
    "deactivate": lambda user, absolute: deactivate_user(user),
    "reactivate": lambda user, absolute: reactivate_user(user, absolute=absolute),
    "reset": lambda user, absolute: reset_user(user, absolute=absolute),
    "steps": lambda user, absolute: remove_second_steps(user),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Deactivate, let in again, or take the password away: first what it does, then the button."""
    user = _changeable(request, pk)
    if what not in ACTS:
        raise Http404
    if request.method == "POST":
        try:
            ACTS[what](user, request.build_absolute_uri)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _said(what) % {"user": user})
        return redirect("users:user", user.pk)
    context = {"person": user, "what": what, "back": reverse("users:user", args=[user.pk])}
    return render(request, "access/settings/act.html", context)


def _said(what: str) -> str:
    return {
        "deactivate": _("%(user)s no longer comes in. Every session was ended."),
        "reactivate": _("%(user)s may come in again; a link to choose a password is on its way."),
        "reset": _("The password of %(user)s no longer works; a link to choose a new one is on its way."),
        "steps": _("%(user)s signs in with the password alone now, and sets up a new second step."),
    }[what]
