"""What a search by `icontains` costs beside the same limit as `search`, and how many of the names it misses."""

from crm.relations.models import Relation
from tests.benchmarks import search
from tests.benchmarks.search import limit, prepare

__all__ = ["check", "limit", "ours", "prepare"]


def ours(work):
    return [by_icontains(question.text) for question in work.questions]


def by_icontains(text):
    relations = Relation.objects.order_by("sort_key", "pk")
    for word in text.split():
        relations = relations.filter(display_name__icontains=word)
    return list(relations.values_list("pk", flat=True)[:50])


def check(work, answer, best):
    recall = search.recall_by_kind(work, answer)
    assert recall["exact"] > 0.9, recall
    assert recall["two slips"] < 0.5, recall  # why there is a search of our own
