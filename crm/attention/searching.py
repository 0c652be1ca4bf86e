"""What asks for somebody, found by its words."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy

from crm.attention.queries import open_for
from crm.core.searching import SearchHit, best, search_kind
from crm.core.templatetags.core import day

# the words are made per reader, so they are compared here and not in the database
LOOKED_AT = 500


def find_items(user, question: str, on: date, limit: int) -> list[SearchHit]:
    return best(
        question,
        [
            (
                SearchHit(item.title, item.url or reverse("attention:list"), day(item.raised_at)),
                (item.title, item.body),
            )
            for item in open_for(user, on)[:LOOKED_AT]
        ],
        limit,
    )


search_kind("attention", gettext_lazy("Asks for attention"), "bell", find_items, order=40)
