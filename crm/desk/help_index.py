"""The help texts of all slices as one index that can be searched."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.translation import get_language

from crm.core import help_pages
from crm.core.help_pages import LANGUAGES, HelpPage

AROUND = 90


@dataclass(frozen=True)
class Found:
    """A help text with the piece around what was asked."""

    page: HelpPage
    piece: str


def language() -> str:
    """The language of the help: the one that is active, Dutch when there is no help in it."""
    active = (get_language() or "")[:2]
    return active if active in LANGUAGES else "nl"


def text_of(page: HelpPage, in_language: str) -> str:
    """The help as plain text, for searching."""
    rendered = render_to_string(page.template_in(in_language))
    return " ".join(html.unescape(strip_tags(re.sub(r"(<[^>]+>)", r"\1 ", rendered))).split())


@cache
def _texts(in_language: str) -> dict[str, str]:
    """Read once per process: they are part of the product."""
    return {page.key: text_of(page, in_language) for page in help_pages.pages()}


def folded(text: str) -> str:
    """Without case and accents, letter for letter as long as the original."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text).lower()


def find(question: str, in_language: str) -> list[Found]:
    """The texts in which every word of the question begins a word; those that have them in their title first."""
    words = [re.compile(rf"(?<!\w){re.escape(word)}") for word in folded(question).split()[:8]]
    if not words:
        return []
    found = []
    for page in help_pages.pages():
        title, text = str(page.title), _texts(in_language)[page.key]
        both = folded(f"{title}\n{text}")
        if all(word.search(both) for word in words):
            in_title = sum(1 for word in words if word.search(folded(title)))
            found.append((-in_title, page.order, Found(page, _piece(text, words))))
    return [one for *_rank, one in sorted(found, key=lambda row: row[:2])]


def _piece(text: str, words: list[re.Pattern]) -> str:
    spots = [match.start() for word in words if (match := word.search(folded(text)))]
    begin = max(0, min(spots, default=0) - AROUND)
    begin = text.find(" ", begin) + 1 if begin else 0
    piece = text[begin : begin + 2 * AROUND + 40]
    return f"{'… ' if begin else ''}{piece.rsplit(' ', 1)[0]} …" if len(text) > len(piece) else piece
