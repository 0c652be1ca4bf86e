"""What can be searched from the box on top: each slice registers its kinds of things in its own `searching.py`.

The desk shows what they find (`crm.desk.search_views`); it knows none of them. A kind answers only with what this user
may see, and no count of it goes around that: it is asked for one hit more than is shown, never for a total.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

SHORTEST_QUESTION = 2
LONGEST_QUESTION = 200
MOST_WORDS = 8

# what it costs to let a word of the question fit; None: it does not
EXACT, BEGINNING, PER_SLIP, INSIDE = 0, 1, 2, 5


@dataclass(frozen=True)
class SearchHit:
    """One thing that was found. `detail`: what tells it from its namesakes. `marks`: words of title and detail that
    fitted; `why`: in words what fitted, where title and detail do not show it. `icon`: where it is not the kind's."""

    title: str
    url: str
    detail: str = ""
    why: str = ""
    icon: str = ""
    marks: tuple[str, ...] = ()

    @property
    def title_marked(self) -> SafeString:
        return marked(self.title, self.marks)

    @property
    def detail_marked(self) -> SafeString:
        return marked(self.detail, self.marks)


Find = Callable[..., Sequence[SearchHit]]


@dataclass(frozen=True)
class SearchKind:
    """`find(user, question, on, limit)` gives the best hits, at most `limit`; `label` is plural and lazy.

    `all_url(question)` is the address of a page that shows more than a list of hits can; else the desk's own.
    """

    key: str
    label: Any
    icon: str
    find: Find
    order: int = 100
    all_url: Callable[[str], str] | None = None


_kinds: dict[str, SearchKind] = {}


def search_kind(
    key: str,
    label: Any,
    icon: str,
    find: Find,
    *,
    order: int = 100,
    all_url: Callable[[str], str] | None = None,
) -> SearchKind:
    """Let the box on top find things of this kind. Order: 100 is for what the office works with, 200 for the rest."""
    kind = SearchKind(key, label, icon, find, order, all_url)
    _kinds[key] = kind
    return kind


def search_kinds() -> list[SearchKind]:
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.key))


@dataclass(frozen=True)
class Found:
    """What was found of a kind. `more`: there is more than these."""

    kind: SearchKind
    hits: list[SearchHit]
    more: bool


def search(user, question: str, *, on: date, limit: int, only: str = "") -> list[Found]:
    """Of every kind (or of `only`) what this user finds, at most `limit` hits each; without kinds that have none."""
    question = question.strip()[:LONGEST_QUESTION]
    if len(question) < SHORTEST_QUESTION:
        return []
    found = []
    for kind in search_kinds():
        if only and kind.key != only:
            continue
        hits = list(kind.find(user, question, on, limit + 1))
        if hits:
            found.append(Found(kind, hits[:limit], len(hits) > limit))
    return found


def shared_out(found: list[Found], most: int, first_at_most: int) -> list[Found]:
    """At most `most` hits in all: every kind its best in turn, the first kind up to `first_at_most` before that."""
    if not found:
        return []
    given = [min(first_at_most, len(found[0].hits)), *(0 for _ in found[1:])]
    while sum(given) < most:
        before = sum(given)
        for at in [*range(1, len(found)), 0]:
            if sum(given) < most and given[at] < len(found[at].hits):
                given[at] += 1
        if sum(given) == before:
            break
    return [
        Found(one.kind, one.hits[:number], one.more or number < len(one.hits))
        for one, number in zip(found, given, strict=True)
        if number
    ]


def marked(text: str, marks: Sequence[str]) -> SafeString:
    """The text with these words of it in `<mark>`: whole words only, as they stand there."""
    if not marks:
        return conditional_escape(text)
    words = "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))
    parts = re.split(rf"(?<!\w)({words})(?!\w)", text)
    pieces = ((format_html("<mark>{}</mark>", part) if place % 2 else part,) for place, part in enumerate(parts))
    return format_html_join("", "{}", pieces)


def words_begun(text: str, question: str) -> tuple[str, ...]:
    """The words of the text that a word of the question begins; of one letter none."""
    asked = tuple(word for word in folded(question).split() if len(word) > 1)
    return tuple(word for word in _words(text) if folded(word).startswith(asked)) if asked else ()


# ------------------------------------------------------------------- small lists, compared in this process


def best(question: str, rows: Iterable[tuple[SearchHit, Sequence[str]]], limit: int) -> list[SearchHit]:
    """The hits whose texts fit the question, best first, with the words that did. For lists of some hundreds."""
    ranked = []
    for hit, texts in rows:
        fitted = fits(question, *texts)
        if fitted is not None:
            cost, words = fitted
            ranked.append((cost, hit.title, SearchHit(hit.title, hit.url, hit.detail, hit.why, hit.icon, words)))
    return [hit for _cost, _title, hit in sorted(ranked, key=lambda row: row[:2])[:limit]]


def fits(question: str, *texts: str) -> tuple[int, tuple[str, ...]] | None:
    """(what it costs to let every word of the question fit a word of the texts, those words); None: one does not."""
    words = [(word, folded(word)) for text in texts for word in _words(text)]
    total, fitted = 0, []
    for asked in folded(question).split()[:MOST_WORDS]:
        costs = [(cost, word) for word, plain in words if (cost := _cost(asked, plain)) is not None]
        if not costs:
            return None
        cost, word = min(costs)
        total += cost
        fitted.append(word)
    return total, tuple(dict.fromkeys(fitted))


def folded(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", str(text))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter in "@." else " " for letter in str(text)).split()


def _cost(asked: str, word: str) -> int | None:
    """One slip from four letters on, two from eight; in a beginning as well. None: it does not fit."""
    if word == asked:
        return EXACT
    if word.startswith(asked):
        return BEGINNING
    if len(asked) < 4 or any(letter.isdigit() for letter in asked):
        return None
    from rapidfuzz.distance import OSA  # first needed by a search

    allowed = 1 if len(asked) < 8 else 2
    slips = min(OSA.distance(asked, word[: len(asked) + more], score_cutoff=allowed) for more in (-1, 0, 1))
    whole = OSA.distance(asked, word, score_cutoff=allowed)
    if whole <= allowed:
        return whole * PER_SLIP
    if slips <= allowed:
        return BEGINNING + slips * PER_SLIP
    return INSIDE if asked in word else None
