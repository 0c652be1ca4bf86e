"""A new relation with all that somebody knows of it at once: its numbers, where it works, a new employer."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.administrations.models import Administration
from crm.core import derived
from crm.core.change_set import change_set
from crm.relations.models import Kind, Relation
from crm.relations.services.contact import set_identifier
from crm.relations.services.relations import create_relation
from crm.relations.services.ties import employ


@dataclass(frozen=True)
class NewOrganisation:
    """An organisation that is not there yet. `identifiers`: kind → number; `address` as `create_relation` takes it."""

    legal_name: str
    website: str = ""
    iban: str = ""
    identifiers: dict[str, str] = field(default_factory=dict)
    address: dict[str, Any] | None = None


@transaction.atomic
def create_organisation(
    *, administration: Administration, identifiers: dict[str, str] | None = None, **values: Any
) -> Relation:
    """`create_relation` of an organisation, with its numbers of registers. Raises ValidationError by field."""
    with change_set(action="relation.add"), derived.gathered():
        organisation = create_relation(administration=administration, kind=Kind.ORGANISATION, **values)
        for kind, value in (identifiers or {}).items():
            set_identifier(organisation, kind=kind, value=value)
    return organisation


@transaction.atomic
def create_person_at(
    employer: Relation | NewOrganisation,
    *,
    administration: Administration,
    employment: dict[str, Any],
    address: dict[str, Any] | None = None,
    **values: Any,
) -> Relation:
    """A new person who works at an organisation, which is made too when it is a NewOrganisation; one change set.

    `employment`: the columns of the employment, with `valid_from`. Nothing is made when one part is refused.
    Raises ValidationError by field.
    """
    if isinstance(employer, NewOrganisation) and not employer.legal_name.strip():
        raise ValidationError(_("Give the new organisation a name."))
    with change_set(action="relation.add"), derived.gathered():
        if isinstance(employer, NewOrganisation):
            employer = create_organisation(
                administration=administration,
                legal_name=employer.legal_name.strip(),
                website=employer.website,
                iban=employer.iban,
                identifiers=employer.identifiers,
                address=employer.address,
            )
        person = create_relation(administration=administration, kind=Kind.PERSON, address=address, **values)
        employ(person, employer, **employment)
    return person
