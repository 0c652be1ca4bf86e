"""Settings: the roles, what each allows in plain words, how they differ, and who has them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.access import people
from crm.access.models import Role
from crm.access.queries import manages_everywhere
from crm.access.right_words import GROUPS, SENTENCES, told
from crm.access.rights import Right
from crm.access.roles import UnableToRemoveRole, keep_role, remove_role
from crm.access.settings_forms import RoleForm
from crm.access.user_views import manager
from crm.core.as_of import refuse_another_day
from crm.core.forms import add_refusal
from crm.core.models import ChangedMeanwhile

REFUSED = 422


@never_cache
@require_safe
def role_list(request: HttpRequest) -> HttpResponse:
    """All roles beside each other: a row per right, a column per role."""
    roles = list(people.roles_with_rights(manager(request)))
    held = {role.pk: {row.right for row in role.held} for role in roles}
    table = [
        (heading, [(Right(right).label, SENTENCES[right], [right in held[r.pk] for r in roles]) for right in group])
        for heading, group in GROUPS
    ]
    context = {"roles": roles, "table": table, "may_change": manages_everywhere(request.user)}
    return render(request, "access/settings/roles.html", context)


@never_cache
@require_safe
def role_page(request: HttpRequest, pk: int) -> HttpResponse:
    role = get_object_or_404(people.roles_with_rights(manager(request)), pk=pk)
    held = {row.right for row in role.held}
    context = {
        "role": role,
        "allowed": told(held),
        "refused": told(set(Right) - held),
        "holders": people.holders(role, request.user),
        "may_change": manages_everywhere(request.user),
    }
    return render(request, "access/settings/role.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    _may_change(request)
    return _form(request, Role(), {})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    _may_change(request)
    role = get_object_or_404(people.roles_with_rights(request.user), pk=pk)
    initial = {
        "name": role.name,
        "description": role.description,
        "rights": [row.right for row in role.held],
        "version": role.version,
    }
    return _form(request, role, initial)


def _may_change(request: HttpRequest) -> None:
    """A role means the same everywhere, so only who manages users everywhere changes one."""
    refuse_another_day(request)
    if not manages_everywhere(manager(request)):
        raise Http404


def _form(request: HttpRequest, role: Role, initial: dict) -> HttpResponse:
    form = RoleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            kept = keep_role(role, **form.cleaned_data)
        except ChangedMeanwhile:
            form.add_error(None, _("Somebody changed this role meanwhile. Open the page again to see how it is now."))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The role %(role)s is saved.") % {"role": kept})
            return redirect("users:role", kept.pk)
    chosen = set(form["rights"].value() or ())
    rights = [
        (heading, [(right.value, right.label, SENTENCES[right], right.value in chosen) for right in group])
        for heading, group in GROUPS
    ]
    context = {"form": form, "role": role, "rights": rights, "name": initial.get("name", "")}
    return render(request, "access/settings/change_role.html", context, status=REFUSED if form.errors else 200)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    _may_change(request)
    role = get_object_or_404(Role.objects.editable_by(request.user), pk=pk)
    name = str(role)
    try:
        remove_role(role)
    except UnableToRemoveRole as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("users:role", pk)
    messages.success(request, _("The role %(role)s is removed.") % {"role": name})
    return redirect("users:roles")
