"""Employments and ties between relations."""

from datetime import date
from typing import Any

from django.db import transaction

from crm.core import derived
from crm.core.change_set import change_set
from crm.relations.humans import PRIVATE_FIELDS
from crm.relations.models import Employment, Relation, Relationship, RelationshipType


@transaction.atomic
def employ(person: Relation, organisation: Relation, *, valid_from: date, **values: Any) -> Employment:
    """Let a person work at an organisation from `valid_from`. Raises ValidationError by field or as a sentence."""
    with change_set(action="employment.add"), derived.gathered():
        _lock(person, organisation)
        employment = Employment(person=person, organisation=organisation, valid_from=valid_from, **values)
        employment.full_clean()
        employment.save()
    return employment


@transaction.atomic
def end_employment(employment: Employment, *, on: date, version: int, reason: str = "") -> Employment:
    """`on` is the first day without it. The row stays. Raises ChangedMeanwhile, ValidationError."""
    with change_set(action="employment.end", reason=reason):
        employment = Employment.objects.lock(employment, version)
        employment.valid_until, employment.end_reason = on, reason
        employment.full_clean()
        employment.save()
    return employment


@transaction.atomic
def tie_to_main_contact(employment: Employment, *, main_contact: Relation | None, version: int) -> Employment:
    """Say that this card is of the same human as `main_contact` ("hoofdcontactpersoon"); None takes it loose.

    From then on the private fields of both are one (crm.relations.humans): those of the main contact, and what it
    had not filled in from the card's person.
    """
    with change_set(action="employment.main_contact"), derived.gathered():
        employment = Employment.objects.lock(employment, version)
        if main_contact is not None:
            _fill_in(employment.person, main_contact)
        employment.main_contact = main_contact
        employment.full_clean()
        employment.save()
    return employment


def _fill_in(person: Relation, main_contact: Relation) -> None:
    """Nothing that only the card's person knew may be lost in the tie."""
    main_contact = Relation.objects.lock(main_contact)
    for name in PRIVATE_FIELDS - {"name_order"}:
        if not getattr(main_contact, name):
            setattr(main_contact, name, getattr(person, name))
    main_contact.save()


@transaction.atomic
def relate(
    from_relation: Relation, to_relation: Relation, *, type: RelationshipType, valid_from: date, **values: Any
) -> Relationship:
    """Tie two relations. Raises ValidationError: the same tie in that period, a circle, the wrong kind of relation."""
    with change_set(action="relationship.add"):
        _lock(from_relation, to_relation)
        tie = Relationship(
            type=type, from_relation=from_relation, to_relation=to_relation, valid_from=valid_from, **values
        )
        tie.full_clean()
        tie.save()
    return tie


@transaction.atomic
def end_relationship(relationship: Relationship, *, on: date, version: int) -> Relationship:
    """`on` is the first day without it. Raises ChangedMeanwhile, ValidationError."""
    with change_set(action="relationship.end"):
        relationship = Relationship.objects.lock(relationship, version)
        relationship.valid_until = on
        relationship.full_clean()
        relationship.save()
    return relationship


def _lock(*relations: Relation) -> None:
    """In id order: two services that touch the same two relations wait for each other instead of deadlocking."""
    for pk in sorted(relation.pk for relation in relations):
        Relation.objects.lock(pk)
