"""Searching relations, words right and wrong, at the office's own rights: design/performance.md 7 and 12.

The limit knows the answer: for every word one comparison with the whole vocabulary, and one join of the words that
were meant, without visibility, stages or ranking. `search_icontains` and `search_trigram` print what the usual ways
cost beside the same limit; `search_quality` prints what each of the three finds of names with mistakes in them.
"""

import random
from dataclasses import dataclass

import numpy as np
from django.db import connection
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from crm.relations.folding import index_words
from crm.relations.models import Relation, Word
from crm.relations.search import index
from crm.relations.search.query import find
from tests.benchmarks.misspellings import misspell

RATIO = 2 if connection.vendor == "sqlite" else 3  # raised: crm/relations/search/README.md
GROWTH = 6
QUESTIONS_PER_KIND = 60
QUERIES = 10 * 5 * QUESTIONS_PER_KIND
MEMORY_MB = 40
RECALL = 0.97
KINDS = ("exact", "beginning", "first and last", "one slip", "two slips")


@dataclass(frozen=True)
class Question:
    """What is typed, and the given and family name that are meant. Slips are made in names, not in "van den"."""

    kind: str
    text: str
    given_name: str
    family_name: str


@dataclass
class Work:
    questions: list[Question]
    texts: list[str]
    word_ids: dict[str, int]
    names: dict[int, tuple[str, str, str]]  # given name, family name, partner's family name


def prepare(size):
    if Word.objects.exists():
        index.recount()  # as the night after an import does
    else:
        index.rebuild_all()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    persons = Relation.objects.filter(kind="person").exclude(given_name="").exclude(family_name="")
    rows = list(persons.order_by("pk").values_list("pk", "given_name", "family_name", "prefix", "partner_family_name"))
    chance = random.Random(20260501)
    questions = [
        question(kind, *row[1:4], chance) for kind in KINDS for row in chance.sample(rows, QUESTIONS_PER_KIND)
    ]
    words = dict(Word.objects.values_list("text", "pk"))
    return Work(questions, list(words), words, {row[0]: (row[1], row[2], row[4]) for row in rows})


def question(kind, given_name, family_name, prefix, chance):
    """A question of this kind after somebody with this name."""
    beginning = family_name[: max(4, len(family_name) * 2 // 3)]
    given, family = {
        "exact": lambda: ("", family_name),
        "beginning": lambda: (given_name, beginning),
        "first and last": lambda: (given_name, family_name),
        "one slip": lambda: misspell([given_name, family_name], 1, chance),
        "two slips": lambda: misspell([given_name, family_name], 2, chance),
    }[kind]()
    return Question(kind, " ".join(filter(None, (given, prefix, family))), given_name, family_name)


def ours(work):
    return [[hit.relation_id for hit in find(q.text, visible=Relation.objects.all())] for q in work.questions]


def limit(work):
    return [best_of(work, q) for q in work.questions]


def best_of(work, q):
    names = [q.family_name] if q.kind == "exact" else [q.given_name, q.family_name]
    wanted = [[work.word_ids[w] for w in index_words(name) if w in work.word_ids] for name in names]
    for word in q.text.split():
        np.flatnonzero(cdist([word], work.texts, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)[0] <= 2)
    tables = " CROSS JOIN ".join(f"relations_worduse t{n}" for n in range(len(wanted)))
    conditions = [f"t{n}.word_id IN ({','.join(map(str, ids)) or 'NULL'})" for n, ids in enumerate(wanted)]
    conditions += [f"t{n}.relation_id = t0.relation_id" for n in range(1, len(wanted))]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t0.relation_id FROM {tables} WHERE {' AND '.join(conditions)} ORDER BY 1 LIMIT 50")
        return [row[0] for row in cursor.fetchall()]


def check(work, answer, best):
    recall = recall_by_kind(work, answer)
    assert min(recall.values()) >= RECALL, recall
    assert all(best), "the limit found nothing for a question"
    from tests.benchmarks import search_quality  # which builds on this

    search_quality.show(work)


def recall_by_kind(work, answer):
    """Share of the questions with somebody of the meant name among the first ten answers.

    Of a beginning that ten others fit as well ("Isis Haane" on the way to "Haaneloo"), nobody can say who is meant:
    ten that all fit count too.
    """
    found = {kind: [] for kind in KINDS}
    for q, ids in zip(work.questions, answer, strict=True):
        names = [work.names.get(pk, ("", "", "")) for pk in ids[:10]]
        found[q.kind].append(
            any(is_meant(q, name) for name in names)
            or (q.kind == "beginning" and len(names) == 10 and all(begins_so(q, name) for name in names))
        )
    return {kind: sum(hits) / len(hits) for kind, hits in found.items()}


def is_meant(q, name):
    given, family = same_name(*name[:2])
    meant_given, meant_family = same_name(q.given_name, q.family_name)
    return family == meant_family and (q.kind == "exact" or given == meant_given)


def begins_so(q, name):
    typed = index_words(q.text)[-1]
    words = index_words(f"{name[1]} {name[2]}")
    return index_words(name[0]) == index_words(q.given_name) and any(word.startswith(typed) for word in words)


def same_name(given_name, family_name):
    return index_words(given_name), index_words(family_name)
