"""The administration somebody works in: chosen for the session. It filters; it gives no rights."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from crm.administrations.models import Administration
from crm.administrations.working import SESSION_KEY, working_administration_id
from crm.core import help_pages
from crm.core.panels import account_entries


def mine(request: HttpRequest) -> list[Administration]:
    """The administrations of this user by name; one query, remembered on the request."""
    if not hasattr(request, "_administrations"):
        found = Administration.objects.visible_to(request.user) if request.user.is_authenticated else ()
        request._administrations = list(found)
    return request._administrations


def chosen(request: HttpRequest) -> Administration | None:
    """The one that was chosen; None: all of them. A choice that is not the user's any more is no choice."""
    pk = working_administration_id(request)
    return next((one for one in mine(request) if one.pk == pk), None) if pk else None


def choose(request: HttpRequest, pk: int) -> None:
    """0 is all of them. Somebody else's changes nothing."""
    if pk == 0:
        request.session.pop(SESSION_KEY, None)
    elif any(one.pk == pk for one in mine(request)):
        request.session[SESSION_KEY] = pk


def shell(request: HttpRequest) -> dict:
    """Context processor for the switcher on top, the help of this screen and the menu under one's name.

    Asks nothing until a page shows it.
    """
    return {
        "help_url": SimpleLazyObject(lambda: help_url(request)),
        "account_entries": SimpleLazyObject(lambda: account_entries(request)),
        "administration": SimpleLazyObject(lambda: _label(request)),
        "administrations": SimpleLazyObject(lambda: _switcher(request)),
    }


def _label(request: HttpRequest) -> str:
    if (one := chosen(request)) is not None:
        return one.name
    found = mine(request)
    return found[0].name if len(found) == 1 else _("All administrations") if found else ""


def _switcher(request: HttpRequest) -> list[dict]:
    """Nothing to switch with one administration."""
    found = mine(request)
    if len(found) < 2:
        return []
    now = chosen(request)
    entries = [{"label": _("All administrations"), "url": _url(request, 0), "current": now is None}]
    return entries + [{"label": one.name, "url": _url(request, one.pk), "current": one == now} for one in found]


def _url(request: HttpRequest, pk: int) -> str:
    return reverse("desk:administration", args=[pk])


def help_url(request: HttpRequest) -> str:
    """The help of the screen that is asked for, else the index of all help."""
    match = getattr(request, "resolver_match", None)
    page = help_pages.page_for(match.view_name) if match else None
    return reverse("desk:help-page", args=[page.key]) if page else reverse("desk:help")
