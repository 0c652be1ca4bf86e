"""`find`: which relations somebody means by what they typed; design/performance.md 7.

Every word (or key) that was typed has to fit. What fits widens in stages, each one statement, until ten relations
are found: the words themselves; the last a beginning; every one a beginning; one edit; two edits; the last a
beginning with a slip; three edits when nothing else was found. Relations are ranked by the summed cost, then by id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.core.field_classes import FINANCIAL, PUBLIC
from crm.relations.models import Relation, RelationUse
from crm.relations.search.reading import vocabulary
from crm.relations.search.stages import BEGINNING, EXACT, STAGES
from crm.relations.search.statement import Reach, Statement, key_of
from crm.relations.search.terms import Term, read_terms
from crm.relations.search.words import Vocabulary

ENOUGH = 10


@dataclass(frozen=True)
class Match:
    """Why a relation was found: `kind` is "word" or the source of a key ("email", "iban"), `text` what fitted."""

    kind: str
    text: str


@dataclass(frozen=True)
class Hit:
    """`cost` 0 is exact; `exact` says that every part of the question stands in the relation as typed."""

    relation_id: int
    cost: int
    exact: bool
    why: tuple[Match, ...]


def find_for(user, text: str, *, on, limit: int = 50) -> list[Hit]:
    """`find` among what this user may see on that day, by what they may read; 2 queries more for their rights."""
    visible = Relation.objects.visible_to(user, on)
    may_read = administration_ids(user, Right.FINANCIAL_VIEW)
    there = Q(administration_id__in=may_read) | Q(
        pk__in=RelationUse.objects.filter(administration_id__in=may_read).values("relation_id")
    )
    return find(
        text,
        visible=visible,
        classes=rights_of(user).readable_classes() | {FINANCIAL},
        financial_visible=visible.filter(there),
        financial_administrations=may_read,
        limit=limit,
    )


def find(
    text: str,
    *,
    visible: QuerySet,
    classes: frozenset[str] = frozenset({PUBLIC}),
    financial_visible: QuerySet | None = None,
    financial_administrations: QuerySet | Collection[int] | None = None,
    limit: int = 50,
) -> list[Hit]:
    """The relations that fit, best first, at most `limit` (≤ 500) and at most 8 queries.

    `visible` is a queryset of relations, already `visible_to(user)`; nothing outside it is counted or found.
    `classes` are the field classes the user may read: a key of another class is not looked in. Keys of the class
    financial count only on relations in `financial_visible` (None: on all that are visible), and the number in the
    books of an administration only in `financial_administrations` (None: in none).
    """
    alias = visible.db
    terms = read_terms(text)
    if not terms:
        return []
    words = vocabulary(alias)
    reach = Reach(classes, financial_visible, financial_administrations)
    statement = Statement(alias, visible, reach)
    found: dict[int, tuple[int, tuple[int, ...]]] = {}
    for widen in STAGES:
        changed = widen(terms, words, bool(found))
        if changed and all(term.can_match() for term in terms):
            _keep_cheapest(found, statement.run(terms), terms)
        if len(found) >= ENOUGH:
            break
    best = sorted(found.items(), key=lambda item: (item[1][0], item[0]))[:limit]
    why = _Reasons(terms, words)
    return [Hit(relation_id, cost, cost == 0, why.of(columns)) for relation_id, (cost, columns) in best]


def _keep_cheapest(
    found: dict[int, tuple[int, tuple[int, ...]]], rows: list[tuple[int, ...]], terms: Sequence[Term]
) -> None:
    """Add the relations of these rows, each with its cheapest row; at equal costs the first."""
    if not rows:
        return
    table = np.array(rows, dtype=np.int64)
    costs = np.zeros(len(rows), dtype=np.int64)
    for number, term in enumerate(terms, start=1):
        costs += _costs(table[:, number], term)
    for row, cost in zip(rows, costs.tolist(), strict=True):
        known = found.get(row[0])
        if known is None or cost < known[0]:
            found[row[0]] = (cost, row[1:])


def _costs(column: np.ndarray, term: Term) -> np.ndarray:
    ids, costs = term.fitting
    if not len(ids):
        word_costs = np.zeros(len(column), dtype=np.int64)
    else:
        word_costs = costs[np.minimum(np.searchsorted(ids, column), len(ids) - 1)]
    if not term.lookups:
        return word_costs
    return np.where(column < 0, np.where(-column % 2 == 1, BEGINNING, EXACT), word_costs)


class _Reasons:
    """Why relations were found; most of a page were found by the same few words."""

    def __init__(self, terms: Sequence[Term], words: Vocabulary):
        self.terms = terms
        self.words = words
        self.known: dict[tuple[int, ...], tuple[Match, ...]] = {}

    def of(self, columns: tuple[int, ...]) -> tuple[Match, ...]:
        if columns not in self.known:
            matches = map(self._match, self.terms, columns)
            self.known[columns] = tuple(dict.fromkeys(matches))
        return self.known[columns]

    def _match(self, term: Term, code: int) -> Match:
        if code >= 0:
            return Match("word", self.words.text_of(code))
        source, _beginning = key_of(code)
        return Match(source, _lookup_value(term, source))


def _lookup_value(term: Term, source: str) -> str:
    return next(lookup.value for lookup in term.lookups if source in lookup.whole)
