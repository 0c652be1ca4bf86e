"""Saved views above the list of relations: a tab each, what is done with them, and the one that it begins with."""

from urllib.parse import parse_qs, urlencode

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.administrations.models import Administration
from crm.core.panels import Section, add_section
from crm.desk import working
from crm.desk.saved_views.forms import ViewForm
from crm.desk.saved_views.models import OpeningView, SavedView
from crm.relations.listing.asked import EVERYTHING, VIEW, Asked

PAGE = SavedView.Page.RELATIONS


def link_to(view: SavedView) -> str:
    """The query of the list as this view asks it."""
    return f"{view.query}&{VIEW}={view.pk}" if view.query else f"{VIEW}={view.pk}"


def views_of(user) -> list[SavedView]:
    """Those this user sees by name, each with `opens`: whether the list begins with it. One query."""
    opens = OpeningView.objects.filter(user=user.pk, view=OuterRef("pk"))
    return list(SavedView.objects.visible_to(user).filter(page=PAGE).annotate(opens=Exists(opens)).order_by("name"))


def tabs(request: HttpRequest, asked: Asked) -> dict:
    views = views_of(request.user)
    current = next((view for view in views if str(view.pk) == asked.view), None)
    list_url = reverse("relations:list")
    here = working.chosen(request)
    everything = {"administration": here.pk} if here else {}
    entries = [
        {
            "label": _("All relations"),
            "url": f"{list_url}?{urlencode(everything | {VIEW: EVERYTHING})}",
            "current": current is None,
            "shared": False,
        }
    ]
    for view in views:
        entries.append(
            {
                "label": view.name,
                "url": f"{list_url}?{link_to(view)}",
                "current": view == current,
                "shared": view.shared_with_id is not None,
            }
        )
    query = asked.stored()
    shown = {"entries": entries, "current": current, "query": query, "changed": current and current.query != query}
    if request.as_of:
        return shown | {"may": False}
    mine = current is not None and (
        current.owner_id == request.user.pk
        or SavedView.objects.editable_by(request.user).filter(pk=current.pk).exists()
    )
    offered = list(Administration.objects.visible_to(request.user))
    form = ViewForm(user=request.user, prefix=None, auto_id="view-%s")
    form.fields["shared_with"].choices = _choices(offered)
    shown |= {"may": True, "mine": mine, "form": form, "opens": current is not None and current.opens}
    if mine:
        known = {"name": current.name, "shared_with": current.shared_with_id, "opening": current.opens}
        shown["change_form"] = ViewForm(user=request.user, initial=known, auto_id="view-change-%s")
        shown["change_form"].fields["shared_with"].choices = _choices(offered)
    return shown


def _choices(administrations: list[Administration]) -> list[tuple]:
    """Read once for both forms."""
    return [("", _("only me")), *((a.pk, _("colleagues of %(name)s") % {"name": a.name}) for a in administrations)]


def opening(request: HttpRequest, _subject) -> dict | None:
    """The query that the list begins with, within the administration that the address names."""
    view = SavedView.objects.visible_to(request.user).filter(page=PAGE, opens_for__user=request.user.pk).first()
    if view is None:
        return None
    query = link_to(view)
    here = request.GET.get("administration", "")
    if here and "administration" not in parse_qs(query):
        query = f"{urlencode({'administration': here})}&{query}"
    return {"query": query}


add_section("relation-list", Section("saved-views", "desk/saved_views/tabs.html", tabs, place="tabs", order=10))
add_section("relation-list", Section("opening-view", "", opening, place="opening", order=10))
