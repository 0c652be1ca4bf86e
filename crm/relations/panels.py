"""What relations show in the shell: their entry in the menu, and what is new there."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.administrations.working import working_administration_id
from crm.core.panels import MenuEntry, menu_entry, new_entry


@menu_entry("work", 20)
def relations(request: HttpRequest) -> MenuEntry:
    url = reverse("relations:list")
    here = working_administration_id(request)
    narrowed = f"{url}?administration={here}" if here else url
    return MenuEntry(_("Relations"), narrowed, "people", "r", current=request.path.startswith(url))


@new_entry(10)
def new_person(request: HttpRequest) -> MenuEntry | None:
    if not rights_of(request.user).has(Right.RELATIONS_CHANGE):
        return None
    return MenuEntry(_("Person"), reverse("relations:new", args=["person"]), "person", "p")


@new_entry(20)
def new_organisation(request: HttpRequest) -> MenuEntry | None:
    if not rights_of(request.user).has(Right.RELATIONS_CHANGE):
        return None
    return MenuEntry(_("Organisation"), reverse("relations:new", args=["organisation"]), "organisation", "o")
