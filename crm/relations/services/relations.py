"""A relation as a whole: made, changed, ended, deceased, deleted, put to use."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.administrations.models import Administration
from crm.core import derived
from crm.core.change_set import change_set
from crm.relations.humans import humans_of
from crm.relations.models import (
    Employment,
    FinancialRole,
    OpenAmount,
    Relation,
    Relationship,
    RelationUse,
    Standing,
)
from crm.relations.services.contact import change_address, set_iban


class UnableToDelete(Exception):
    """`obstacles` are sentences: what keeps this relation, and what to do instead."""

    def __init__(self, obstacles: list[str]):
        super().__init__(" ".join(obstacles))
        self.obstacles = obstacles


@dataclass
class EndReport:
    """What ending did, by kind, as counts; and which roles it left alone, because an amount is still open.

    It knows no reader: who tells of it leaves out what that user may not see.
    """

    ended: dict[str, int] = field(default_factory=dict)
    left: list[FinancialRole] = field(default_factory=list)


@transaction.atomic
def create_relation(
    *,
    administration: Administration,
    kind: str,
    address: dict[str, Any] | None = None,
    iban: str = "",
    **values: Any,
) -> Relation:
    """Make a person or organisation, with its first address (with `kind` and `valid_from` in it) and IBAN when given.

    Raises ValidationError by field.
    """
    with change_set(action="relation.add"), derived.gathered():
        relation = Relation(administration=administration, kind=kind, **values)
        relation.full_clean(exclude=["number"])
        relation.save()
        if address:
            change_address(relation, **address)
        if iban:
            set_iban(relation, iban=iban)
    return relation


@transaction.atomic
def update_relation(relation: Relation, *, version: int, **values: Any) -> Relation:
    """Change columns of a relation; of one human with several records the private ones change on all of them.

    Raises ChangedMeanwhile when `version` is no longer the relation's, ValidationError by field.
    """
    with change_set(action="relation.change"), derived.gathered():
        relation = Relation.objects.lock(relation, version)
        for name, value in values.items():
            setattr(relation, name, value)
        relation.full_clean()
        relation.save()
    return relation


@transaction.atomic
def end_relation(relation: Relation, *, on: date, version: int, reason: str = "") -> EndReport:
    """From `on` we deal with this relation no longer: its employments, ties and standings end that day too.

    Financial roles end unless an amount is still open: then the role stays until it is paid, and the report says
    so. Nothing is deleted, here or in a coupled system. Raises ChangedMeanwhile, ValidationError.
    """
    with change_set(action="relation.end", reason=reason), derived.gathered():
        relation = Relation.objects.lock(relation, version)
        relation.ended_on, relation.end_reason = on, reason
        relation.full_clean()
        relation.save()
        report = EndReport()
        _end_rows(report, "employments", _employments(relation), on)
        _end_rows(report, "relationships", _ties(relation), on)
        _end_rows(report, "standings", Standing.objects.filter(relation=relation), on)
        unpaid = OpenAmount.objects.filter(role__relation=relation).exclude(amount=0).values("role_id")
        roles = FinancialRole.objects.filter(relation=relation)
        _end_rows(report, "roles", roles.exclude(pk__in=unpaid), on)
        report.left = list(roles.filter(pk__in=unpaid))
    return report


@transaction.atomic
def reopen_relation(relation: Relation, *, version: int) -> Relation:
    """We deal with this relation again. What ended with it stays ended; undo of the change set brings that back."""
    with change_set(action="relation.reopen"):
        relation = Relation.objects.lock(relation, version)
        relation.ended_on, relation.end_reason = None, ""
        relation.save()
    return relation


@transaction.atomic
def mark_deceased(person: Relation, *, on: date, version: int) -> EndReport:
    """The person died on that day: on every record of the same human. Employments, standings and ties end.

    Nothing is sent to the dead: lists, mailings and logins ask `Relation.objects.active(on)`. Financial roles stay,
    for the estate. Raises ChangedMeanwhile, ValidationError for an organisation or a day in the future.
    """
    with change_set(action="relation.deceased"), derived.gathered():
        person = Relation.objects.lock(person, version)
        if not person.is_person:
            raise ValidationError({"deceased_on": _("Only a person dies; end an organisation instead.")})
        report = EndReport()
        for pk in sorted(humans_of([person.pk])[person.pk]):
            record = Relation.objects.lock(pk)
            record.deceased_on = on
            record.full_clean()
            record.save()
            _end_rows(report, "employments", _employments(record), on)
            _end_rows(report, "relationships", _ties(record), on)
            _end_rows(report, "standings", Standing.objects.filter(relation=record), on)
    return report


def _employments(relation: Relation):
    return Employment.objects.filter(Q(person=relation) | Q(organisation=relation))


def _ties(relation: Relation):
    return Relationship.objects.filter(Q(from_relation=relation) | Q(to_relation=relation))


def _end_rows(report: EndReport, name: str, rows, on: date) -> None:
    """End what is going on; what was to begin on that day or later never does, and is deleted."""
    going_on = rows.filter(valid_from__lt=on).filter(Q(valid_until=None) | Q(valid_until__gt=on))
    for row in going_on:
        row.valid_until = on
        row.save()
    planned = list(rows.filter(valid_from__gte=on))
    for row in planned:
        row.delete()
    if going_on or planned:
        report.ended[name] = report.ended.get(name, 0) + len(going_on) + len(planned)


def obstacles_to_deletion(relation: Relation, *, reader=None) -> list[str]:
    """Why this relation may not be deleted, as sentences with what to do; empty when it may.

    `reader`: the user who reads them; what they may not see is not counted and not named (None: nobody reads).
    """
    every_role = FinancialRole.objects.filter(relation=relation)
    every_card = Employment.objects.filter(main_contact=relation).exclude(person=relation)
    seen_roles = every_role if reader is None else every_role.visible_to(reader)
    seen_cards = every_card if reader is None else every_card.visible_to(reader)
    roles, cards = seen_roles.count(), seen_cards.count()
    found = []
    if not roles and not cards and (every_role.exists() or every_card.exists()):
        found.append(_("Something that you may not see needs it. End the relation instead."))
    if roles:
        found.append(
            ngettext(
                "It is or was debtor or creditor (%(count)d role); the books need it. End the relation instead.",
                "It is or was debtor or creditor (%(count)d roles); the books need it. End the relation instead.",
                roles,
            )
            % {"count": roles}
        )
    if cards:
        found.append(
            ngettext(
                "%(count)d contact card hangs under it as its main contact. Take it loose first.",
                "%(count)d contact cards hang under it as their main contact. Take them loose first.",
                cards,
            )
            % {"count": cards}
        )
    return found


@transaction.atomic
def delete_relation(relation: Relation, *, version: int, reason: str = "", reader=None) -> None:
    """Delete a relation with everything under it; history keeps it all, and undo brings it back.

    Couplings withdraw it where their vendor knows how. `reader` as for `obstacles_to_deletion`, whose sentences
    UnableToDelete holds. Raises that, and ChangedMeanwhile.
    """
    with change_set(action="relation.delete", reason=reason), derived.gathered():
        relation = Relation.objects.lock(relation, version)
        if obstacles := obstacles_to_deletion(relation, reader=reader):
            raise UnableToDelete(obstacles)
        relation.delete()


@transaction.atomic
def put_to_use(relation: Relation, *, administration: Administration) -> RelationUse:
    """In the mode multiple: use the umbrella's relation in this administration too. Repeating changes nothing."""
    with change_set(action="relation.use"):
        use, _made = RelationUse.objects.get_or_create(relation=relation, administration=administration)
    return use


@transaction.atomic
def stop_use(use: RelationUse) -> None:
    """No longer used there. Refused while it is debtor, creditor, client or member there."""
    with change_set(action="relation.stop_use"):
        where = {"relation": use.relation_id, "administration": use.administration_id}
        if FinancialRole.objects.filter(**where).exists() or Standing.objects.filter(**where).exists():
            raise ValidationError(_("It is or was debtor, creditor, client or member there."), code="in_use")
        use.delete()
