"""What the desk itself adds to the box on top: the pages of the settings and of the help."""

from datetime import date

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from crm.core.panels import settings_pages
from crm.core.searching import SearchHit, best, search_kind, words_begun
from crm.desk import help_index


def find_settings(user, question: str, on: date, limit: int) -> list[SearchHit]:
    rows = []
    for page in settings_pages(user):
        try:
            url = reverse(page.url_name)
        except NoReverseMatch:
            continue
        label, description = str(page.label), str(page.description)
        rows.append((SearchHit(label, url, description, icon=page.icon), (label, description)))
    return best(question, rows, limit)


def find_help(user, question: str, on: date, limit: int) -> list[SearchHit]:
    return [
        SearchHit(
            str(found.page.title),
            reverse("desk:help-page", args=[found.page.key]),
            found.piece,
            marks=words_begun(f"{found.page.title} {found.piece}", question),
        )
        for found in help_index.find(question, help_index.language())[:limit]
    ]


search_kind("settings", gettext_lazy("Settings"), "gear", find_settings, order=210)
search_kind("help", gettext_lazy("Help"), "help", find_help, order=240)
