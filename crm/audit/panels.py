"""The timeline on the card of a relation: the last changes of it and of everything under it."""

from django.http import HttpRequest
from django.urls import reverse

from crm.audit.queries import log_under
from crm.core.panels import Section, add_section

SHOWN = 8


def timeline(request: HttpRequest, relation) -> dict:
    """Context of `audit/timeline.html`."""
    page = log_under(relation, request.user, limit=SHOWN)
    return {"page": page, "url": reverse("audit:relation", args=[relation.number])}


add_section(
    "relation",
    Section(key="timeline", template="audit/timeline.html", context=timeline, place="right", order=20),
)
