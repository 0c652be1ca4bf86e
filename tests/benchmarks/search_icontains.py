"""What a search by `icontains` costs beside the same limit as `search`. How many names it misses: `search_quality`."""

from crm.relations.models import Relation
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
    """Whatever was found holds every word that was typed. How much that is, is no matter of this check."""
    names = dict(Relation.objects.values_list("pk", "display_name"))
    for question, ids in zip(work.questions, answer, strict=True):
        words = question.text.lower().split()
        wrong = [names[pk] for pk in ids if not all(word in names[pk].lower() for word in words)]
        assert not wrong, (question.text, wrong)
    assert any(answer), "nothing was found at all"
