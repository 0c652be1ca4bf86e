"""The ties of a relation as a tree: who is above it, itself, who is below and beside it."""

from datetime import date

from crm.relations.models import Relation, Relationship


def tie_tree(relation: Relation, ties: list[Relationship], *, on: date) -> list[dict]:
    """Nodes for the component `tree`: those above hold this relation, under which the others hang with their tie.

    Above is who stands at the first side of a type with a structure ("is parent company of").
    """
    above = [
        t for t in ties if t.to_relation_id == relation.pk and t.type.structure != "none" and not t.type.symmetric
    ]
    others = [t for t in ties if t not in above]
    this = {"label": str(relation), "current": True, "children": [_node(t, relation, on) for t in others]}
    if not ties:
        return []
    if not above:
        return [this]
    nodes = [_node(t, relation, on) for t in above]
    nodes[0]["children"] = [this]
    return nodes


def _node(tie: Relationship, relation: Relation, on: date) -> dict:
    forward = tie.from_relation_id == relation.pk
    other = tie.to_relation if forward else tie.from_relation
    return {
        "label": str(other),
        "url": other.get_absolute_url(),
        "icon": "person" if other.is_person else "organisation",
        "note": tie.type.reverse_name if forward else tie.type.name,
        "tie": tie,
        "planned": tie.when(on) == "future",
        "past": tie.when(on) == "past",
        "children": [],
    }
