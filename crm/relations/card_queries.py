"""What the card of a relation reads: what hangs under it, how it hangs together with others, where it is used.

One query per kind of thing, however much there is of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.relations.humans import humans_of
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Employment,
    FinancialRole,
    Identifier,
    PhoneNumber,
    Relation,
    Relationship,
    RelationshipType,
    RelationUse,
    SocialProfile,
    Standing,
)
from crm.relations.queries import lives_in_umbrella

# whoever sees the relation sees these: their only rule (`hooks.py`), as a test holds
AS_THE_RELATION = (Address, EmailAddress, PhoneNumber, SocialProfile, Identifier)
SHOWN = 25
# ties that a card draws: its own, and those of the structures it stands in
TIES = 120
# how far a structure is followed from the card, in ties: a holding has layers, a family becomes a village
GROUP_DEPTH, OTHER_DEPTH = 6, 3

# From the relation outward. Only ties of a structure lead on, and only to ties of that same structure.
_STRUCTURE = """
    WITH RECURSIVE reached(id, near, far, structure, depth) AS (
        SELECT t.id, CAST(%s AS bigint),
               CASE WHEN t.from_relation_id = %s THEN t.to_relation_id ELSE t.from_relation_id END, y.structure, 1
        FROM relations_relationship t JOIN relations_relationshiptype y ON y.id = t.type_id
        WHERE t.from_relation_id = %s OR t.to_relation_id = %s
        UNION
        SELECT t.id, r.far, CASE WHEN t.from_relation_id = r.far THEN t.to_relation_id ELSE t.from_relation_id END,
               y.structure, r.depth + 1
        FROM reached r
        JOIN relations_relationship t ON t.from_relation_id = r.far OR t.to_relation_id = r.far
        JOIN relations_relationshiptype y ON y.id = t.type_id AND y.structure = r.structure
        WHERE r.structure <> 'none' AND r.depth < CASE WHEN r.structure = 'group' THEN %s ELSE %s END
    )
    SELECT id FROM reached GROUP BY id ORDER BY MIN(depth), id DESC LIMIT %s
"""


# of the other end of an employment or tie a card needs what makes a link, and where it lies
_END = ("kind", "number", "display_name", "sort_key", "administration")


def _end(*keys: str) -> list[str]:
    return [f"{key}__{name}" for key in keys for name in _END]


def _names_of(model: type, key: str = "") -> list[str]:
    return [f"{key}__{field.name}" if key else field.name for field in model._meta.concrete_fields]


# what the head of a card tells, on every tab
HEAD = ("addresses", "employments", "roles", "standings")


def card_lists(user, relation: Relation, *, on: date, only: tuple[str, ...] | None = None) -> dict[str, list]:
    """Everything that hangs under a relation as this user may see it: one query per kind, at most 25 of each.

    `relation` has to come from `visible_to`: for what is as visible as itself (`AS_THE_RELATION`) that is enough.
    "ties" are those of the relation and of the structures around it, at most 120. Dated rows come with `shape`
    ("now", "future", "past") and `is_current`, seen from `on`. `only`: just these lists.
    """
    ends = _end("person", "organisation")
    employments = Employment.objects.visible_to(user).select_related("person", "organisation")
    employments = employments.only(*_names_of(Employment), *ends).order_by("-first_contact", "-valid_from")
    side = {"person": relation} if relation.is_person else {"organisation": relation}
    accounts = BankAccount.objects.visible_to(user).filter(relation=relation)
    roles = FinancialRole.objects.visible_to(user).filter(relation=relation).order_by("pk")
    standings = Standing.objects.visible_to(user).filter(relation=relation).order_by("pk")
    plain = {
        "emails": _of(relation, EmailAddress).order_by("pk"),
        "phones": _of(relation, PhoneNumber).order_by("pk"),
        "profiles": _of(relation, SocialProfile).order_by("pk"),
        "identifiers": _of(relation, Identifier).order_by("pk"),
        "accounts": accounts.order_by("-main", "pk"),
    }
    dated = {
        "addresses": _of(relation, Address).order_by("-valid_from")[:SHOWN],
        "employments": employments.filter(**side)[:SHOWN],
        "ties": structure_of(user, relation),
        "roles": roles.select_related("administration", "number", "set_by", "open_amount")[:SHOWN],
        "standings": standings.select_related("administration")[:SHOWN],
    }
    wanted = only or (*plain, *dated)
    lists = {name: list(rows[:SHOWN]) for name, rows in plain.items() if name in wanted}
    return lists | {name: by_shape(rows, on) for name, rows in dated.items() if name in wanted}


def _of(relation: Relation, model: type) -> QuerySet:
    """Rows that are seen by whoever sees their relation; asking it again by a join was a third of the card's time."""
    return model.objects.filter(relation=relation)


def by_shape(rows, on: date) -> list:
    """Now first, then what is to come, then what is over."""
    order = {"now": 0, "future": 1, "past": 2}
    rows = list(rows)
    for row in rows:
        row.shape = row.when(on)
        row.is_current = row.shape == "now"
    return sorted(rows, key=lambda row: order[row.shape])


def structure_of(user, relation: Relation) -> QuerySet:
    """Its ties and those of the structures it stands in, as far as this user sees both ends. One query."""
    pk = relation.pk
    ids = RawSQL(_STRUCTURE, (pk, pk, pk, pk, GROUP_DEPTH, OTHER_DEPTH, TIES))  # noqa: S611  all values are parameters
    return (
        Relationship.objects.visible_to(user)
        .filter(pk__in=ids)
        .select_related("type", "from_relation", "to_relation")
        .only(*_names_of(Relationship), *_names_of(RelationshipType, "type"), *_end("from_relation", "to_relation"))
        .order_by("-valid_from", "pk")
    )


@dataclass
class Uses:
    """Where the umbrella's relation is used too, and where this user may put it to use."""

    rows: list[RelationUse]
    offered: list[Administration]

    @property
    def count(self) -> int | str:
        return len(self.rows) or ""


def uses_of(user, relation: Relation) -> Uses | None:
    """None where nothing is put to use: in the mode single, and for a relation that lives elsewhere."""
    umbrella = getattr(relation, "of_umbrella", None)
    if umbrella is None:
        here = lives_in_umbrella(QuerySet(Relation).filter(pk=relation.pk))
        umbrella = here.values_list("of_umbrella", flat=True)[0]
    if not umbrella:
        return None
    changing = rights_of(user).administrations(Right.RELATIONS_CHANGE)
    rows = RelationUse.objects.visible_to(user).filter(relation=relation).select_related("administration")
    rows = list(rows.order_by("pk"))
    for row in rows:
        row.may_stop = row.administration_id in changing
    free = set(changing) - {relation.administration_id, *(row.administration_id for row in rows)}
    offered = Administration.objects.filter(pk__in=free, archived_on=None).order_by("name") if free else []
    return Uses(rows, list(offered))


def same_human(user, relation: Relation) -> list[Relation]:
    """The other records of the same human, as far as this user may see them."""
    if not relation.is_person:
        return []
    others = humans_of([relation.pk])[relation.pk] - {relation.pk}
    return list(Relation.objects.visible_to(user).filter(pk__in=others)) if others else []


def beside(user, relation: Relation, *, on: date) -> tuple[int | None, int | None]:
    """The numbers of the relations before and after this one in the order of names."""
    rows = Relation.objects.visible_to(user, on).active(on)
    key, pk = relation.sort_key, relation.pk
    before = rows.filter(Q(sort_key__lte=key) & (Q(sort_key__lt=key) | Q(pk__lt=pk))).order_by("-sort_key", "-pk")
    after = rows.filter(Q(sort_key__gte=key) & (Q(sort_key__gt=key) | Q(pk__gt=pk))).order_by("sort_key", "pk")
    both = Subquery(before.values("number")[:1]), Subquery(after.values("number")[:1])
    return QuerySet(Relation).filter(pk=pk).annotate(before=both[0], after=both[1]).values_list("before", "after")[0]
