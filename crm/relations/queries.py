"""Reads of relations that combine several models: the facts of a card, what ends with a relation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from crm.administrations.models import Installation, Mode
from crm.relations.models import (
    Employment,
    FinancialRole,
    Relation,
    Relationship,
    RelationshipType,
    RelationUse,
    Standing,
)

# ------------------------------------------------------------------------------------------------ one relation


def ties_of(user, relation: Relation) -> QuerySet:
    return (
        Relationship.objects.visible_to(user)
        .filter(Q(from_relation=relation) | Q(to_relation=relation))
        .select_related("type", "from_relation", "to_relation")
        .order_by("type__structure", "-valid_from")
    )


def offered_types(relation: Relation) -> QuerySet:
    """The relationship types in which this kind of relation can stand on one of the two sides."""
    fits = Q(from_kind__in=("", relation.kind)) | Q(to_kind__in=("", relation.kind))
    return RelationshipType.objects.filter(fits, retired=False)


def administrations_of(relation: Relation) -> list[int]:
    """Where a relation lives and is put to use: what the rights on its columns are asked for."""
    return [relation.administration_id, *relation.uses.values_list("administration_id", flat=True)]


def homes_of_relations(ids: Iterable[int]) -> dict[int, set[int]]:
    """As `administrations_of`, for many relations in two queries: relation id → keys of administrations."""
    homes = {pk: {home} for pk, home in Relation.objects.filter(pk__in=ids).values_list("pk", "administration_id")}
    for pk, used_in in RelationUse.objects.filter(relation_id__in=ids).values_list("relation_id", "administration_id"):
        homes[pk].add(used_in)
    return homes


def homes_of_parts(model: type, ids: Iterable[int], owners: tuple[str, ...]) -> dict[int, set[int]]:
    """Row id → the administrations of the relations that the keys `owners` name; without owners, its own one."""
    if not owners:
        return {pk: {home} for pk, home in model.objects.filter(pk__in=ids).values_list("pk", "administration_id")}
    found = {pk: keys for pk, *keys in model.objects.filter(pk__in=ids).values_list("pk", *owners)}
    homes = homes_of_relations({key for keys in found.values() for key in keys})
    return {pk: set().union(*(homes[key] for key in keys)) for pk, keys in found.items()}


def lives_in_umbrella(relations: QuerySet) -> QuerySet:
    """Relations with `of_umbrella`: whether they can be put to use elsewhere."""
    multiple = Installation.objects.filter(mode=Mode.MULTIPLE, umbrella=OuterRef("administration"))
    return relations.annotate(of_umbrella=Exists(multiple))


# ------------------------------------------------------------------------------------------------- ending


@dataclass(frozen=True)
class Ending:
    """What ends with a relation, as far as the user may see it: per kind its rows as sentences; what stays, too."""

    groups: list[tuple[str, list[str]]]
    stays: list[str]

    @property
    def count(self) -> int:
        return sum(len(rows) for _label, rows in self.groups)


def ending_of(user, relation: Relation, *, on: date, roles: bool = True) -> Ending:
    """What `end_relation` (or, without `roles`, `mark_deceased`) would end on that day. Five queries."""
    lasting = Q(valid_until=None) | Q(valid_until__gt=on)
    jobs = (
        Employment.objects.visible_to(user)
        .filter(lasting)
        .filter(Q(person=relation) | Q(organisation=relation))
        .select_related("person", "organisation")
    )
    ties = ties_of(user, relation).filter(lasting)
    standings = Standing.objects.visible_to(user).filter(lasting, relation=relation).select_related("administration")
    groups = [
        (
            _("Employments") if relation.is_person else _("People"),
            [_other_end(job.person, job.organisation, relation, job.function) for job in jobs],
        ),
        (_("Relationships"), [_tie_words(tie, relation) for tie in ties]),
        (_("Client or member"), [f"{one}, {one.administration}" for one in standings]),
    ]
    stays: list[str] = []
    held = (
        FinancialRole.objects.visible_to(user)
        .filter(lasting, relation=relation)
        .select_related("administration", "number", "open_amount")
    )
    ending = []
    for role in held:
        open_amount = getattr(role, "open_amount", None)
        words = f"{role}, {role.administration}"
        stays_open = open_amount is not None and open_amount.amount != 0
        (stays if stays_open or not roles else ending).append(words)
    groups.append((_("Financial roles"), ending))
    return Ending([(label, rows) for label, rows in groups if rows], stays)


def _other_end(one: Relation, two: Relation, relation: Relation, what: str) -> str:
    other = two if one.pk == relation.pk else one
    return f"{other.display_name}, {what}" if what else other.display_name


def _tie_words(tie: Relationship, relation: Relation) -> str:
    forward = tie.from_relation_id == relation.pk
    other = tie.to_relation if forward else tie.from_relation
    return f"{other.display_name} {tie.type.reverse_name if forward else tie.type.name}"
