import pytest

from crm.administrations.models import Administration
from crm.relations.models import Relation
from crm.relations.search import hooks  # noqa: F401 - registers the search, as RelationsConfig does
from crm.relations.search.query import find
from tests.factories.relations import AdministrationFactory


@pytest.fixture
def administration(db) -> Administration:
    return AdministrationFactory()


@pytest.fixture
def answers(db):
    """Function of a question: the (number, cost) of what is found, everything visible and readable."""

    def ask(text, **reach):
        visible = reach.pop("visible", Relation.objects.all())
        classes = reach.pop("classes", frozenset({"public", "internal", "financial", "special"}))
        reach.setdefault("financial_administrations", Administration.objects.values("pk"))
        hits = find(text, visible=visible, classes=classes, **reach)
        numbers = dict(Relation.objects.values_list("pk", "number"))
        return [(numbers[hit.relation_id], hit.cost) for hit in hits]

    return ask
