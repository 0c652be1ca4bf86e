"""The ties around a relation as trees: per structure who is above it, itself, who is below and beside it.

Above is who stands at the first side of a type that is not the same both ways ("is parent company of"). What is live
on the day (or still to come) is followed from tie to tie; of what is over only the card's own ties are drawn.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from crm.relations.models import Relation, Relationship, RelationshipType

_SHAPES = {"now": 0, "future": 1, "past": 2}


@dataclass
class Node:
    """A line of a tree. `tie`: what it hangs by, None for a top without one; `note` says what it is of the line it
    hangs by; `percentage` is the share, where there is one; `again`: drawn whole elsewhere in the same tree."""

    relation: Relation
    tie: Relationship | None = None
    note: str = ""
    shape: str = "now"
    current: bool = False
    direct: bool = False
    again: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def percentage(self):
        return self.tie.percentage if self.tie else None


@dataclass(frozen=True)
class Tree:
    """One structure: its name and its tops. Ties without a structure are a plain list, nobody is above."""

    key: str
    label: str
    nodes: list[Node]
    count: int


def tie_trees(relation: Relation, ties: list[Relationship], *, on: date) -> list[Tree]:
    """One tree per structure that the relation stands in, and last what has none; `ties` come with type and both ends.

    A tie that does not connect to the card (somebody may not see what lies between) is not drawn.
    """
    by_structure: dict[str, list[Relationship]] = defaultdict(list)
    for tie in ties:
        by_structure[tie.type.structure].append(tie)
    trees = []
    for key, label in RelationshipType.Structure.choices:
        found = by_structure.get(key, [])
        if key == RelationshipType.Structure.NONE or not found:
            continue
        nodes = _Drawing(relation, found, on).tops()
        if nodes:
            trees.append(Tree(key, str(label), nodes, _count(nodes)))
    loose = [tie for tie in by_structure.get(RelationshipType.Structure.NONE, []) if _touches(tie, relation)]
    if loose:
        nodes = sorted((_node(tie, relation, on, direct=True) for tie in loose), key=_order)
        trees.append(Tree("none", "", nodes, len(nodes)))
    return trees


def _touches(tie: Relationship, relation: Relation) -> bool:
    return relation.pk in (tie.from_relation_id, tie.to_relation_id)


def _node(tie: Relationship, near: Relation, on: date, *, direct: bool) -> Node:
    """The other end of a tie, seen from `near`."""
    forward = tie.from_relation_id == near.pk
    return Node(
        relation=tie.to_relation if forward else tie.from_relation,
        tie=tie,
        note=tie.type.reverse_name if forward else tie.type.name,
        shape=tie.when(on),
        direct=direct,
    )


def _order(node: Node) -> tuple:
    return _SHAPES[node.shape], -(node.percentage or 0), node.relation.sort_key, node.relation.pk


def _count(nodes: list[Node]) -> int:
    return sum((node.tie is not None and not node.again) + _count(node.children) for node in nodes)


class _Drawing:
    """One structure around one relation."""

    def __init__(self, relation: Relation, ties: list[Relationship], on: date):
        self.card, self.on = relation, on
        self.above: dict[int, list[Relationship]] = defaultdict(list)
        self.below: dict[int, list[Relationship]] = defaultdict(list)
        self.beside: dict[int, list[Relationship]] = defaultdict(list)
        for tie in ties:
            if tie.when(on) == "past" and not _touches(tie, relation):
                continue
            if tie.type.symmetric:
                self.beside[tie.from_relation_id].append(tie)
                self.beside[tie.to_relation_id].append(tie)
            else:
                self.above[tie.to_relation_id].append(tie)
                self.below[tie.from_relation_id].append(tie)
        self.drawn: set[int] = set()

    def tops(self) -> list[Node]:
        """What has nobody above it, each with all below; the card hangs somewhere among them."""
        if not any(self._touching()):
            return []
        main, others = self._parents(self.card)
        this = self._card_node()
        if main is None:
            return [this]
        top = self._climb(main, this)
        # whoever else stands above the card: a top of its own, with the card under it once more
        return [top, *(self._other_parent(node) for node in others)]

    def _touching(self):
        pk = self.card.pk
        return self.above.get(pk), self.below.get(pk), self.beside.get(pk)

    def _parents(self, relation: Relation) -> tuple[Node | None, list[Node]]:
        direct = relation.pk == self.card.pk
        nodes = [_node(tie, relation, self.on, direct=direct) for tie in self.above.get(relation.pk, ())]
        nodes = sorted((node for node in nodes if node.relation.pk not in self.drawn), key=_order)
        if not nodes or nodes[0].shape == "past":
            return None, nodes
        return nodes[0], nodes[1:]

    def _card_node(self) -> Node:
        """The card with what hangs below it; parents that are over stand under it as well, so that they are seen."""
        this = Node(self.card, current=True)
        self.drawn.add(self.card.pk)
        this.children = self._children(self.card)
        main, others = self._parents(self.card)
        if main is None:
            this.children += others
        return this

    def _climb(self, parent: Node, child: Node) -> Node:
        """`parent` over `child`, and over that whoever is above them."""
        self.drawn.add(parent.relation.pk)
        main, _others = self._parents(parent.relation)
        siblings = self._children(parent.relation, without=child.relation.pk)
        parent.children = sorted([child, *siblings], key=lambda node: not node.current and node is not child)
        if main is None or main.shape != "now":
            return parent
        return self._climb(main, parent)

    def _other_parent(self, node: Node) -> Node:
        node.children = [Node(self.card, current=False, again=True, shape=node.shape)]
        return node

    def _children(self, relation: Relation, without: int | None = None) -> list[Node]:
        direct = relation.pk == self.card.pk
        ties = [*self.below.get(relation.pk, ()), *self.beside.get(relation.pk, ())]
        nodes = [_node(tie, relation, self.on, direct=direct) for tie in ties]
        nodes = sorted((n for n in nodes if n.relation.pk not in {without, self.card.pk}), key=_order)
        for node in nodes:
            node.again = node.relation.pk in self.drawn
        # the nearest place wins: whoever hangs here is not drawn again further down
        fresh = [node for node in nodes if not node.again and node.shape != "past"]
        self.drawn.update(node.relation.pk for node in fresh)
        for node in fresh:
            node.children = self._children(node.relation)
        return [node for node in nodes if node.direct or not node.again]
