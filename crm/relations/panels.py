"""What relations show in the shell: their entry in the menu, and what is new there."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.administrations.working import working_administration_id
from crm.core.panels import MenuEntry, Section, Tab, add_section, add_tab, menu_entry, new_entry, settings_page
from crm.core.timeline import sources, timeline_of
from crm.relations.known_on import end_of
from crm.relations.models import Relation


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


# ------------------------------------------------------------------------------------------- tabs of the card


def timeline(request: HttpRequest, relation: Relation) -> dict:
    """Context of the tab: its first page is there at once; on another day what happened until then."""
    known = sources(Relation)
    only = next((source.key for source in known if source.key == request.GET.get("only")), "")
    before = request.GET.get("before", "") or (end_of(request.as_of).isoformat() if request.as_of else "")
    page = timeline_of(relation, request.user, before=before, only=only)
    asked = {"only": only} if only else {}
    older = f"?{urlencode(asked | {'before': page.next})}" if page.next else ""
    rows = reverse("relations:timeline", args=[relation.number])
    return {"page": page, "older_url": f"{rows}{older}" if older else "", "sources": known, "only": only}


add_tab("relation", Tab("connections", gettext_lazy("Connections"), "plug", 80))
add_tab("relation", Tab("timeline", gettext_lazy("Timeline"), "history", 90))
add_section("relation", Section("timeline-tab", "relations/card_timeline_tab.html", timeline, place="timeline"))


settings_page(
    "relationship-types",
    gettext_lazy("Relationship types"),
    gettext_lazy("How ties between relations are called from both sides, which are offered, and how many use each."),
    "relationship-types:list",
    "tree",
    Right.SETTINGS_MANAGE,
    300,
)
