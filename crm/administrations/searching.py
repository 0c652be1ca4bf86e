"""The administrations that the box on top finds: a click works in it."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy

from crm.administrations.models import Administration
from crm.core.searching import SearchHit, best, search_kind


def find_administrations(user, question: str, on: date, limit: int) -> list[SearchHit]:
    rows = [
        (
            SearchHit(row.name, reverse("desk:administration", args=[row.pk]), row.legal_name),
            (row.name, row.legal_name),
        )
        for row in Administration.objects.visible_to(user)
    ]
    return best(question, rows, limit)


search_kind("administrations", gettext_lazy("Administrations"), "bank", find_administrations, order=200)
