"""The timeline on the card of a relation: the last changes of it and of everything under it.

It asks every kind of thing under a relation, so the card fetches it after its own lists are on the screen.
"""

from django.http import HttpRequest
from django.urls import reverse

from crm.core.panels import Section, add_section


def timeline(request: HttpRequest, relation) -> dict:
    """Context of `audit/timeline.html`."""
    return {
        "rows_url": reverse("audit:timeline", args=[relation.number]),
        "url": reverse("audit:relation", args=[relation.number]),
    }


add_section(
    "relation",
    Section(key="timeline", template="audit/timeline.html", context=timeline, place="right", order=20),
)
