"""Help beside every screen of the office, in Dutch and English, and searching it."""

import pytest
from django.urls import reverse
from django.utils import translation

from crm.core import help_pages
from crm.desk import help_index
from tests.architecture.roads_world import routes
from tests.browser.screens import NO_SCREENS
from tests.factories.relations import AdministrationFactory, user_in

OF_LIBRARIES = ("admin", "socialaccount", "openid")


def office_screens() -> list[str]:
    """The names of the routes that somebody at the office looks at."""
    names = {name for _path, name, _view in routes()} - NO_SCREENS.keys()
    return sorted(name for name in names if not name.startswith(OF_LIBRARIES) and name.rpartition(":")[2])


def test_every_screen_of_the_office_has_help():
    assert [name for name in office_screens() if help_pages.page_for(name) is None] == []


@pytest.mark.parametrize("language", help_pages.LANGUAGES)
def test_every_help_text_is_there_in_this_language(language):
    short = [page.key for page in help_pages.pages() if len(help_index.text_of(page, language)) < 300]

    assert short == []


def test_help_texts_are_different_in_the_two_languages():
    same = [p.key for p in help_pages.pages() if help_index.text_of(p, "nl") == help_index.text_of(p, "en")]

    assert same == []


def test_two_slices_cannot_give_help_to_the_same_route():
    with pytest.raises(ValueError, match="has help already"):
        help_pages.help_page("another", "Another", "desk/help/today", ("desk:today",))


@pytest.mark.parametrize(
    ("language", "question", "first"),
    [("nl", "IBAN", "change"), ("en", "second step", "sign-in-rules"), ("nl", "geen kringen", "types")],
)
def test_search_finds_the_text_that_is_about_it(language, question, first):
    with translation.override(language):
        assert first in [found.page.key for found in help_index.find(question, language)]


def test_search_looks_at_no_accents_and_finds_nothing_in_nonsense():
    assert help_index.find("coördinaten zzz", "nl") == []
    assert help_index.folded("Geïnd É") == "geind e"


@pytest.mark.django_db
def test_help_button_of_a_screen_leads_to_its_text_beside_it_and_as_a_page(client):
    client.force_login(user_in(AdministrationFactory(), language="nl"))
    address = reverse("desk:help-page", args=["attention"])

    screen = client.get(reverse("attention:list"))
    beside = client.get(address, headers={"HX-Request": "true", "HX-Target": "help-beside"})
    page = client.get(address)

    assert f'href="{address}" data-help-button' in screen.text
    assert ("<h1" in beside.text, "Opnieuw vragen" in beside.text) == (False, True)
    assert ("<h1" in page.text, "Opnieuw vragen" in page.text) == (True, True)
    assert client.get(reverse("desk:help-page", args=["nothing"])).status_code == 404


@pytest.mark.django_db
def test_index_lists_all_texts_and_answers_a_question(client):
    client.force_login(user_in(AdministrationFactory(), language="en"))

    page = client.get(reverse("desk:help"), {"q": "household"})

    assert [found.page.key for found in page.context["found"]] == ["dated"]
    assert sum(len(pages) for _label, pages in page.context["headings"]) == len(help_pages.pages())
