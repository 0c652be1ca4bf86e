"""What was typed, as terms: every term has to fit a relation."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from crm.relations.folding import NOISE, chunks, without_particles_in_front
from crm.relations.search import keys
from crm.relations.search.words import Vocabulary

# a text of more words than this is no search; the rest is not looked at
MOST_TERMS = 8
LONGEST_TEXT = 200


@dataclass
class Term:
    """One word that was typed, or one key, or what may be both; and the words that fit it so far."""

    text: str = ""
    variants: tuple[str, ...] = ()
    lookups: tuple[keys.Lookup, ...] = ()
    ids: list[np.ndarray] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    uses: int = 0
    beginnings_of_keys: bool = False
    _near: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    _known: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, ids: np.ndarray, uses: np.ndarray, cost: int) -> bool:
        """Let these words fit too. Those before cost no more; so returns whether one of these is new."""
        if not len(ids) or _all_among(ids, self.fitting[0]):
            return False
        self.ids.append(ids)
        self.costs.append(cost)
        self.uses += int(uses.sum()) + len(ids)
        self._known = None
        return True

    @property
    def fitting(self) -> tuple[np.ndarray, np.ndarray]:
        """(ids, costs), ids ascending, each once with its lowest cost."""
        if self._known is None:
            if not self.ids:
                self._known = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
            else:
                ids = np.concatenate(self.ids)
                costs = np.repeat(np.array(self.costs, dtype=np.int64), [len(part) for part in self.ids])
                order = np.lexsort((costs, ids))
                ids, first = np.unique(ids[order], return_index=True)
                self._known = (ids, costs[order][first])
        return self._known

    def near(self, words: Vocabulary) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if self._near is None:
            self._near = words.near(self.text, allowed_edits(self.text))
        return self._near

    def can_match(self) -> bool:
        return bool(self.ids or self.lookups)


def _all_among(ids: np.ndarray, known: np.ndarray) -> bool:
    """`known` is ascending; a tenth of what np.isin takes for a few ids."""
    if not len(known):
        return False
    return bool((known[np.minimum(np.searchsorted(known, ids), len(known) - 1)] == ids).all())


def allowed_edits(text: str) -> int:
    """0 under three letters, 1 up to four, 2 up to eight, then 3. Never in a number."""
    if not text or any(c.isdigit() for c in text):
        return 0
    length = len(text)
    return 0 if length < 3 else 1 if length <= 4 else 2 if length <= 8 else 3


def read_terms(text: str) -> list[Term]:
    """The terms of a question, in the order typed. Particles and legal forms count only when nothing else is left."""
    terms: list[Term] = []
    for piece in keys.pieces(text[:LONGEST_TEXT]):
        own = _word_terms(piece.text, keep_noise=bool(piece.lookups))
        if len(own) > 1 and not _may_be_words(piece):
            own = []
        for term in own:
            term.lookups = piece.lookups
        terms.extend(own or ([Term(lookups=piece.lookups)] if piece.lookups else []))
    telling = [term for term in terms if term.lookups or term.text not in NOISE] or terms
    for term in telling:
        term.text = term.text.lstrip("'")
    return telling[:MOST_TERMS]


def _may_be_words(piece: keys.Piece) -> bool:
    """Several words that may be a key are words too only where it looks like a web address ("st.jozef")."""
    return all(lookup.whole == (keys.WEBSITE,) for lookup in piece.lookups)


def _word_terms(text: str, *, keep_noise: bool) -> list[Term]:
    """A term per word; neighbours may also stand together in the index ("anne marie": "annemarie")."""
    parts = _with_initials_joined([part for parts in chunks(text) for part in parts])
    joined = _joined_with_neighbours(parts)
    terms = []
    for part, together in zip(parts, joined, strict=True):
        bare = without_particles_in_front(part)
        terms.append(Term(part, tuple(dict.fromkeys([*together, *([bare] if bare else [])]))))
    telling = [term for term in terms if term.text not in NOISE]
    return terms if keep_noise or not telling else telling


def _with_initials_joined(parts: list[str]) -> list[str]:
    """Letters that were typed apart are initials: "j p jansen" is "jp jansen"."""
    result: list[str] = []
    letters = ""
    for part in parts:
        if len(part) == 1 and part.isalpha():
            letters += part
            continue
        if letters:
            result.append(letters)
            letters = ""
        result.append(part)
    return [*result, letters] if letters else result


def _joined_with_neighbours(parts: list[str]) -> list[list[str]]:
    """For each word what it makes together with the next and the one before; with particles, all of them in front."""
    together: list[list[str]] = [[] for _ in parts]
    for at, (left, right) in enumerate(pairwise(parts)):
        together[at].append(left + right)
        together[at + 1].append(left + right)
    for at, part in enumerate(parts):
        if part in NOISE:
            continue
        start = at
        while start and parts[start - 1] in NOISE:
            start -= 1
        if at - start > 1:
            together[at].append("".join(parts[start : at + 1]))
    return together
