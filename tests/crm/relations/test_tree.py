"""Structures around a relation, as they are drawn on its card."""

from datetime import date

import pytest

from crm.relations.card_queries import card_lists
from crm.relations.models import RelationshipType
from crm.relations.tree import Node, tie_trees
from tests.factories.relations import (
    DAY,
    LONG_AGO,
    AdministrationFactory,
    OrganisationFactory,
    PersonFactory,
    RelationshipFactory,
    user_in,
)

pytestmark = pytest.mark.django_db
SOON = date(2027, 1, 1)


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def user(administration):
    return user_in(administration)


@pytest.fixture
def parent_of():
    return RelationshipType.objects.create(
        name="is parent of", reverse_name="is subsidiary of", structure="group", acyclic=True
    )


@pytest.fixture
def tie(parent_of):
    """Function of (above, below, …): a tie of a group of companies."""
    return lambda above, below, **values: RelationshipFactory(
        type=parent_of, from_relation=above, to_relation=below, **({"valid_from": LONG_AGO} | values)
    )


def lines(nodes: list[Node], depth: int = 0) -> list[str]:
    """A tree as text: a line per node, indented, with its shape when it is not now."""
    said = []
    for node in nodes:
        mark = {"now": "", "future": " (planned)", "past": " (over)"}[node.shape]
        name = "this" if node.current else "this again" if node.again and not node.tie else node.relation.display_name
        said += ["  " * depth + name + mark, *lines(node.children, depth + 1)]
    return said


def drawn(user, relation, on=DAY) -> dict[str, list[str]]:
    trees = tie_trees(relation, card_lists(user, relation, on=on)["ties"], on=on)
    return {tree.key: lines(tree.nodes) for tree in trees}


def company(administration, name):
    return OrganisationFactory(administration=administration, legal_name=name)


def test_tree_shows_the_whole_group_around_the_card(user, administration, tie):
    top, middle, card, below, sister = (company(administration, n) for n in ("Top", "Mid", "Card", "Sub", "Sister"))
    for above, under in ((top, middle), (middle, card), (card, below), (middle, sister)):
        tie(above, under)

    assert drawn(user, card) == {"group": ["Top", "  Mid", "    this", "      Sub", "    Sister"]}


def test_tree_of_each_day_hangs_under_the_parent_of_that_day(user, administration, tie):
    wrong, right, card = (company(administration, n) for n in ("Wrong", "Right", "Card"))
    tie(wrong, card, valid_until=SOON)
    tie(right, card, valid_from=SOON)

    assert drawn(user, card, on=DAY) == {
        "group": ["Wrong", "  this", "Right (planned)", "  this again (planned)"],
    }
    assert drawn(user, card, on=SOON) == {"group": ["Right", "  this", "Wrong (over)", "  this again (over)"]}


def test_two_owners_stand_above_the_card_the_larger_first(user, administration, tie):
    small, large, card = (company(administration, n) for n in ("Small", "Large", "Card"))
    tie(small, card, percentage=40)
    tie(large, card, percentage=60)

    assert drawn(user, card) == {"group": ["Large", "  this", "Small", "  this again"]}


def test_what_is_over_is_drawn_of_the_card_itself_only(user, administration, tie):
    card, below, sold, further = (company(administration, n) for n in ("Card", "Sub", "Sold", "Further"))
    tie(card, below)
    tie(card, sold, valid_until=date(2024, 1, 1))
    tie(below, further, valid_until=date(2024, 1, 1))

    assert drawn(user, card) == {"group": ["this", "  Sub", "  Sold (over)"]}


def test_what_hangs_behind_a_relation_one_may_not_see_is_not_drawn(user, administration, tie):
    card, mine = company(administration, "Card"), company(administration, "Mine")
    hidden = OrganisationFactory(legal_name="Elsewhere")
    tie(card, hidden)
    tie(hidden, mine)

    assert drawn(user, card) == {}


def test_ties_without_structure_are_a_list_and_lead_no_further(user, administration):
    supplier = RelationshipType.objects.create(name="supplies", reverse_name="buys from", structure="none")
    card, one, two = (company(administration, n) for n in ("Card", "One", "Two"))
    RelationshipFactory(type=supplier, from_relation=one, to_relation=card)
    RelationshipFactory(type=supplier, from_relation=one, to_relation=two)

    assert drawn(user, card) == {"none": ["One"]}


def test_family_member_is_drawn_at_the_nearest_place(user, administration):
    partner = RelationshipType.objects.create(
        name="is partner of", reverse_name="is partner of", structure="family", symmetric=True
    )
    parent = RelationshipType.objects.create(name="is ouder van", reverse_name="is kind van", structure="family")
    card, other, child = (
        PersonFactory(administration=administration, given_name=n, prefix="", family_name="Brink")
        for n in ("Aafje", "Geert", "Jet")
    )
    RelationshipFactory(type=partner, from_relation=card, to_relation=other)
    RelationshipFactory(type=parent, from_relation=card, to_relation=child)
    RelationshipFactory(type=parent, from_relation=other, to_relation=child)

    assert drawn(user, card) == {"family": ["this", "  Geert Brink", "  Jet Brink"]}
