"""The connections that the box on top finds, for who manages them."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.searching import SearchHit, best, search_kind
from integrations.hub.models import Connection


def find_connections(user, question: str, on: date, limit: int) -> list[SearchHit]:
    if not rights_of(user).has(Right.CONNECTIONS_MANAGE):
        return []
    rows = Connection.objects.visible_to(user, on).select_related("administration")
    return best(
        question,
        [
            (
                SearchHit(
                    row.title, reverse("hub:monitor", args=[row.pk]), str(row.administration or ""), icon="plug"
                ),
                (row.title, row.connector.replace("_", " "), str(row.administration or "")),
            )
            for row in rows
        ],
        limit,
    )


search_kind("connections", gettext_lazy("Connections"), "plug", find_connections, order=50)
