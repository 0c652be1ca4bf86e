"""The stages in which a question widens. Each adds words to the terms and says whether any was added."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crm.relations.search.terms import Term, allowed_edits
from crm.relations.search.words import Vocabulary

# of a single word only so many words behind a beginning are followed, the most used; with a second word all of them
WORDS_BEHIND_A_SINGLE_BEGINNING = 200

EXACT, VARIANT, BEGINNING, PER_EDIT, SLIPPED_BEGINNING = 0, 1, 1, 2, 5


def _exact(terms: Sequence[Term], words: Vocabulary, found: bool) -> bool:
    for term in terms:
        if term.text:
            term.add(*words.exact(term.text), EXACT)
        for variant in term.variants:
            term.add(*words.exact(variant), VARIANT)
    return True


def _add_beginnings(term: Term, words: Vocabulary, alone: bool) -> bool:
    added = False
    if term.lookups and not term.beginnings_of_keys:
        term.beginnings_of_keys = added = True
    if not term.text:
        return added
    beginnings = [term.text]
    if term.text.endswith("i"):
        beginnings.append(f"{term.text[:-1]}y")  # "di" on the way to "dijkstra", which is kept as "dykstra"
    for beginning in beginnings:
        ids, uses = words.beginning(beginning)
        if alone and len(ids) > WORDS_BEHIND_A_SINGLE_BEGINNING:
            most_used = np.argsort(-uses, kind="stable")[:WORDS_BEHIND_A_SINGLE_BEGINNING]
            ids, uses = ids[most_used], uses[most_used]
        added |= term.add(ids, uses, BEGINNING)
    return added


def _last_a_beginning(terms: Sequence[Term], words: Vocabulary, found: bool) -> bool:
    return _add_beginnings(terms[-1], words, alone=len(terms) == 1)


def _every_one_a_beginning(terms: Sequence[Term], words: Vocabulary, found: bool) -> bool:
    return sum(_add_beginnings(term, words, alone=False) for term in terms[:-1]) > 0


def _edits(number: int):
    def add(terms: Sequence[Term], words: Vocabulary, found: bool) -> bool:
        if number == 3 and found:
            return False
        added = False
        for term in terms:
            if term.text and allowed_edits(term.text) >= number:
                ids, uses, distances = term.near(words)
                these = distances == number
                added |= term.add(ids[these], uses[these], number * PER_EDIT)
        return added

    return add


def _last_a_slipped_beginning(terms: Sequence[Term], words: Vocabulary, found: bool) -> bool:
    last = terms[-1]
    if not allowed_edits(last.text):
        return False
    return last.add(*words.slipped_beginning(last.text), SLIPPED_BEGINNING)


STAGES = (
    _exact,
    _last_a_beginning,
    _every_one_a_beginning,
    _edits(1),
    _edits(2),
    _last_a_slipped_beginning,
    _edits(3),
)
