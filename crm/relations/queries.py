"""Reads of relations that combine several models: the facts of a card, what ends with a relation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration, Installation, Mode
from crm.relations.models import (
    Employment,
    FinancialRole,
    Relation,
    Relationship,
    RelationshipType,
    RelationUse,
    Standing,
)

# ---------------------------------------------------------------------------------------------------- card

SHOWN = 25


def card_lists(user, relation: Relation, *, on: date) -> dict[str, list]:
    """Everything that hangs under a relation as this user may see it: one query per kind of thing, at most 25 each."""
    own = {"relation": relation}
    employments = Employment.objects.visible_to(user).select_related("person", "organisation", "main_contact")
    side = {"person": relation} if relation.is_person else {"organisation": relation}
    return {
        "addresses": _latest(_of(relation, "addresses", user)),
        "emails": list(_of(relation, "email_addresses", user)[:SHOWN]),
        "phones": list(_of(relation, "phone_numbers", user)[:SHOWN]),
        "profiles": list(_of(relation, "social_profiles", user)[:SHOWN]),
        "identifiers": list(_of(relation, "identifiers", user)[:SHOWN]),
        "accounts": list(_of(relation, "bank_accounts", user).order_by("-main", "pk")[:SHOWN]),
        "employments": _by_shape(employments.filter(**side).order_by("-first_contact", "-valid_from")[:SHOWN], on),
        "ties": _by_shape(ties_of(user, relation)[:SHOWN], on),
        "roles": _by_shape(
            FinancialRole.objects.visible_to(user)
            .filter(**own)
            .select_related("administration", "number", "bank_account", "set_by", "open_amount")[:SHOWN],
            on,
        ),
        "standings": _by_shape(_of(relation, "standings", user).select_related("administration")[:SHOWN], on),
        "moments": list(_of(relation, "contact_moments", user).select_related("by")[:5]),
    }


def _of(relation: Relation, related_name: str, user) -> QuerySet:
    return getattr(relation, related_name).visible_to(user)


def _latest(rows: QuerySet) -> list:
    return list(rows.order_by("-valid_from")[:SHOWN])


def _by_shape(rows, on: date) -> list:
    """Now first, then what is to come, then what is over."""
    order = {"now": 0, "future": 1, "past": 2}
    rows = list(rows)
    for row in rows:
        row.shape = row.when(on)
        row.is_current = row.shape == "now"
    return sorted(rows, key=lambda row: order[row.shape])


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


@dataclass
class Uses:
    """Where the umbrella's relation is used too, and where this user may put it to use."""

    rows: list[RelationUse]
    offered: list[Administration]

    @property
    def count(self) -> int | str:
        return len(self.rows) or ""


def lives_in_umbrella(relations: QuerySet) -> QuerySet:
    """Relations with `of_umbrella`: whether they can be put to use elsewhere."""
    multiple = Installation.objects.filter(mode=Mode.MULTIPLE, umbrella=OuterRef("administration"))
    return relations.annotate(of_umbrella=Exists(multiple))


def uses_of(user, relation: Relation) -> Uses | None:
    """None where nothing is put to use: in the mode single, and for a relation that lives elsewhere."""
    umbrella = getattr(relation, "of_umbrella", None)
    if umbrella is None:
        umbrella = lives_in_umbrella(QuerySet(Relation).filter(pk=relation.pk)).values_list("of_umbrella", flat=True)[
            0
        ]
    if not umbrella:
        return None
    changing = rights_of(user).administrations(Right.RELATIONS_CHANGE)
    rows = list(
        RelationUse.objects.visible_to(user).filter(relation=relation).select_related("administration").order_by("pk")
    )
    for row in rows:
        row.may_stop = row.administration_id in changing
    taken = {relation.administration_id, *(row.administration_id for row in rows)}
    offered = Administration.objects.filter(pk__in=set(changing) - taken, archived_on=None).order_by("name")
    return Uses(rows, list(offered))


def beside(user, relation: Relation, *, on: date) -> tuple[int | None, int | None]:
    """The numbers of the relations before and after this one in the order of names."""
    rows = Relation.objects.visible_to(user, on).active(on)
    key, pk = relation.sort_key, relation.pk
    before = rows.filter(Q(sort_key__lte=key) & (Q(sort_key__lt=key) | Q(pk__lt=pk))).order_by("-sort_key", "-pk")
    after = rows.filter(Q(sort_key__gte=key) & (Q(sort_key__gt=key) | Q(pk__gt=pk))).order_by("sort_key", "pk")
    both = Subquery(before.values("number")[:1]), Subquery(after.values("number")[:1])
    return QuerySet(Relation).filter(pk=pk).annotate(before=both[0], after=both[1]).values_list("before", "after")[0]


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
