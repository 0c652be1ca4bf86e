"""Changes of relationship types: how ties are called, and which are offered."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.change_set import change_set
from crm.relations.models import RelationshipType

# what the ties that are there would have to obey too: it stays as it is while there are any
RULES = ("structure", "from_kind", "to_kind", "acyclic", "symmetric", "acts_for")


class UnableToChangeType(ValidationError):
    """Ties of this type would no longer fit it; the message says what to do instead."""


@transaction.atomic
def keep_type(kind: RelationshipType, *, version: int | None = None, **values: Any) -> RelationshipType:
    """Make or change a type. Labels change for every tie at once; rules only while no tie has it.

    Raises ChangedMeanwhile for another version, UnableToChangeType, ValidationError for labels that are taken.
    """
    with change_set(action="relations.type"):
        if kind.pk:
            kind = RelationshipType.objects.lock(kind, version)
        changed = [name for name in RULES if name in values and values[name] != getattr(kind, name)]
        if kind.pk and changed and kind.relationships.exists():
            refusal = _("Ties have this type already, so only its labels change. Retire it and make a new one.")
            raise UnableToChangeType({name: [refusal] for name in changed[:1]})
        for name, value in values.items():
            setattr(kind, name, value)
        if kind.symmetric:
            kind.reverse_name = kind.name
        kind.full_clean()
        kind.save()
    return kind


@transaction.atomic
def retire_type(kind: RelationshipType, *, retired: bool) -> RelationshipType:
    """No longer offered, or offered again. The ties that have it keep it."""
    with change_set(action="relations.retire_type"):
        kind = RelationshipType.objects.lock(kind)
        kind.retired = retired
        kind.save()
    return kind


@transaction.atomic
def remove_type(kind: RelationshipType) -> None:
    """Raises UnableToChangeType while a tie, also one that ended, has it."""
    with change_set(action="relations.remove_type"):
        kind = RelationshipType.objects.lock(kind)
        if kind.relationships.exists():
            raise UnableToChangeType(_("Ties have this type, also ones that ended. Retire it instead."))
        kind.delete()
