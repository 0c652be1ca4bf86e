"""What is found of Dutch names with a mistake in them: ours beside `icontains` and a plain search by trigrams.

The labelled set is made by `misspellings`: the name of somebody in the database, typed with a mistake, and who was
meant. recall@10: the meant name is among the first ten answers; top hit: it is the first one.
"""

import random
import sys

from django.db import connection

from crm.relations.models import Relation
from crm.relations.search.query import find
from tests.benchmarks import search, search_icontains, search_trigram
from tests.benchmarks.misspellings import MISTAKES, misspell, mistake

QUESTIONS_PER_MISTAKE = 30
SEED = 20260502
TWO = "two mistakes"
WIDTH = 16


def show(work):
    """Print a line for each of the three on standard error: per kind of mistake recall@10 and top hit, in percent."""
    labelled = labelled_set(work)
    search_trigram.make_index()
    ways = {
        "ours": by_ours,
        "icontains": search_icontains.by_icontains,
        "plain trigrams": search_trigram.by_trigrams,
    }
    kinds = [*MISTAKES, TWO]
    print(f"Found of {len(labelled)} mistyped names on {connection.vendor}: recall@10 and top hit, %", file=sys.stderr)
    print("".join(text.ljust(WIDTH) for text in ("", *kinds, "all")), file=sys.stderr)
    for name, way in ways.items():
        scores = {kind: [] for kind in kinds}
        for kind, question in labelled:
            meant = [search.is_meant(question, work.names.get(pk, ("", "", ""))) for pk in way(question.text)[:10]]
            scores[kind].append((any(meant), meant[:1] == [True]))
        every = [score for kind in kinds for score in scores[kind]]
        cells = [share(scores[kind]) for kind in kinds] + [share(every)]
        print("".join(text.ljust(WIDTH) for text in (name, *cells)), file=sys.stderr, flush=True)


def by_ours(text):
    return [hit.relation_id for hit in find(text, visible=Relation.objects.all())]


def share(scores):
    recall, top = (100 * sum(found) / len(scores) for found in zip(*scores, strict=True))
    return f"{recall:.0f} / {top:.0f}"


def labelled_set(work):
    """(kind of mistake, question) for people of the database, the same for every size and seed of it."""
    chance = random.Random(SEED)
    people = [names[:2] for _pk, names in sorted(work.names.items())]
    labelled = []
    for kind in (*MISTAKES, TWO):
        wanted = len(labelled) + QUESTIONS_PER_MISTAKE
        while len(labelled) < wanted:
            given, family = chance.choice(people)
            names = [given, family]
            typed = misspell(names, 2, chance) if kind == TWO else mistake(kind, names, chance)
            if typed and typed != names:
                labelled.append((kind, search.Question(kind, " ".join(typed), given, family)))
    return labelled
