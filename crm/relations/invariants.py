"""Rules over several rows that no constraint says on both databases. Guards: they hold below every door.

Each takes the changes of one save or one chunk (`crm.core.guards`) and raises ValidationError with a sentence.
"""

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from crm.administrations.models import Installation, Mode
from crm.core.dated import refuse_overlap
from crm.core.guards import RowChange
from crm.relations.models import (
    Address,
    BankAccount,
    Employment,
    FinancialNumber,
    FinancialRole,
    Kind,
    Relation,
    Relationship,
    RelationshipType,
    Standing,
)


def rows_after(model: type, changes: Sequence[RowChange], *names: str) -> list[dict]:
    """The named attributes (and pk) of every row that is written, as it will be."""
    partial = {c.pk: c.after for c in changes if c.after is not None and c.before is not None}
    if partial and not any(set(names) & set(after) for after in partial.values()):
        partial = {}
    stored = models.QuerySet(model).filter(pk__in=partial).values("pk", *names) if partial else ()
    new = [c.after for c in changes if c.after is not None and c.before is None]
    return [{**row, **{n: partial[row["pk"]].get(n, row[n]) for n in names}} for row in stored] + [
        {"pk": None, **{n: after.get(n) for n in names}} for after in new
    ]


def addresses_do_not_overlap(changes: Sequence[RowChange]) -> None:
    refuse_overlap(
        Address,
        changes,
        same=("relation_id", "kind"),
        parent=Relation,
        message=_("There is another address of this kind in that period. End that one first, or choose another day."),
    )


def standings_do_not_overlap(changes: Sequence[RowChange]) -> None:
    refuse_overlap(
        Standing,
        changes,
        same=("relation_id", "administration_id", "kind"),
        parent=Relation,
        message=_("This relation is a client or member of this administration in that period already."),
    )


def financial_roles_hold(changes: Sequence[RowChange]) -> None:
    refuse_overlap(
        FinancialRole,
        changes,
        same=("relation_id", "administration_id", "kind"),
        parent=Relation,
        message=_("This relation has this role in this administration in that period already."),
    )
    names = ("relation_id", "administration_id", "number_id", "bank_account_id", "billing_address_id")
    rows = rows_after(FinancialRole, changes, *names)
    numbers = _by_key(FinancialNumber, (r["number_id"] for r in rows), "relation_id", "administration_id")
    accounts = _by_key(BankAccount, (r["bank_account_id"] for r in rows), "relation_id")
    addresses = _by_key(Address, (r["billing_address_id"] for r in rows), "relation_id")
    for row in rows:
        owner = (row["relation_id"],)
        if numbers.get(row["number_id"]) != (row["relation_id"], row["administration_id"]):
            raise ValidationError(_("The number belongs to another relation or administration."), code="number")
        if row["bank_account_id"] and accounts.get(row["bank_account_id"]) != owner:
            raise ValidationError(_("The bank account belongs to another relation."), code="bank_account")
        if row["billing_address_id"] and addresses.get(row["billing_address_id"]) != owner:
            raise ValidationError(_("The billing address belongs to another relation."), code="billing_address")


def employments_hold(changes: Sequence[RowChange]) -> None:
    """A person at an organisation, once per function at a time; a main contact is nobody's second card."""
    refuse_overlap(
        Employment,
        changes,
        same=("person_id", "organisation_id", "function", "department"),
        parent=Relation,
        message=_("This person has this function at this organisation in that period already."),
    )
    rows = rows_after(Employment, changes, "person_id", "organisation_id", "main_contact_id")
    kinds = _kinds({row[name] for row in rows for name in ("person_id", "organisation_id", "main_contact_id")})
    for row in rows:
        if kinds.get(row["person_id"]) != Kind.PERSON:
            raise ValidationError(_("Only a person can be employed."), code="person")
        if kinds.get(row["organisation_id"]) != Kind.ORGANISATION:
            raise ValidationError(_("A person works at an organisation."), code="organisation")
        if row["main_contact_id"] and kinds.get(row["main_contact_id"]) != Kind.PERSON:
            raise ValidationError(_("A main contact is a person."), code="main_contact")
    _heads_hang_under_nobody(rows)


def _heads_hang_under_nobody(rows: Iterable[dict]) -> None:
    """contracts/pinkweb.md 0: the head may not itself hang under another head."""
    tied = [row for row in rows if row["main_contact_id"] and row["main_contact_id"] != row["person_id"]]
    if not tied:
        return
    heads, members = {row["main_contact_id"] for row in tied}, {row["person_id"] for row in tied}
    other = models.QuerySet(Employment).exclude(pk__in=[row["pk"] for row in tied if row["pk"]])
    other = other.exclude(main_contact=None).exclude(main_contact=models.F("person"))
    under_another = set(other.filter(person__in=heads).values_list("person_id", flat=True)) | (heads & members)
    are_heads = set(other.filter(main_contact__in=members).values_list("main_contact_id", flat=True))
    if under_another or are_heads:
        raise ValidationError(
            _("A main contact may not belong to another main contact. Take the card loose first, from the bottom up."),
            code="main_contact",
        )


def relationships_hold(changes: Sequence[RowChange]) -> None:
    refuse_overlap(
        Relationship,
        changes,
        same=("from_relation_id", "to_relation_id", "type_id"),
        parent=Relation,
        message=_("There is such a tie between these two in that period already."),
    )
    names = ("type_id", "from_relation_id", "to_relation_id", "valid_from", "valid_until")
    rows = rows_after(Relationship, changes, *names)
    types = models.QuerySet(RelationshipType).in_bulk({row["type_id"] for row in rows})
    kinds = _kinds({row[name] for row in rows for name in ("from_relation_id", "to_relation_id")})
    for row in rows:
        kind = types[row["type_id"]]
        for side, allowed in (("from_relation_id", kind.from_kind), ("to_relation_id", kind.to_kind)):
            if allowed and kinds.get(row[side]) != allowed:
                raise ValidationError(
                    _("“%(type)s” goes from: %(from)s, to: %(to)s."),
                    code="kind",
                    params={
                        "type": kind.name,
                        "from": kind.get_from_kind_display(),
                        "to": kind.get_to_kind_display(),
                    },
                )
        if kind.acyclic and _closes_a_circle(row):
            raise ValidationError(
                _("That would make a circle: the first would be above and below itself."), code="cycle"
            )


def _closes_a_circle(row: dict) -> bool:
    """Whether the second end already leads to the first over ties that are true in the same period."""
    reached, frontier = set(), {row["to_relation_id"]}
    while frontier:
        if row["from_relation_id"] in frontier:
            return True
        reached |= frontier
        ties = models.QuerySet(Relationship).filter(type=row["type_id"], from_relation__in=frontier)
        ties = ties.filter(models.Q(valid_until=None) | models.Q(valid_until__gt=row["valid_from"]))
        if row["valid_until"]:
            ties = ties.filter(valid_from__lt=row["valid_until"])
        if row["pk"]:
            ties = ties.exclude(pk=row["pk"])
        frontier = set(ties.values_list("to_relation_id", flat=True)) - reached
    return False


def home_fits_the_mode(changes: Sequence[RowChange]) -> None:
    """In the mode multiple every relation is made in the umbrella."""
    homes = {c.after["administration_id"] for c in changes if c.after and "administration_id" in c.after}
    if not homes:
        return
    installation = Installation.current()
    if installation.mode == Mode.MULTIPLE and homes != {installation.umbrella_id}:
        raise ValidationError(
            _("Relations are made in the umbrella administration, %(umbrella)s, and put to use elsewhere."),
            code="umbrella",
            params={"umbrella": installation.umbrella},
        )


def uses_fit_the_mode(changes: Sequence[RowChange]) -> None:
    if any(c.after is not None for c in changes) and Installation.current().mode != Mode.MULTIPLE:
        raise ValidationError(_("In the mode single a relation belongs to exactly one administration."), code="mode")


def _by_key(model: type, keys: Iterable[int | None], *names: str) -> dict[int, tuple]:
    wanted = {key for key in keys if key}
    if not wanted:
        return {}
    return {pk: tuple(rest) for pk, *rest in models.QuerySet(model).filter(pk__in=wanted).values_list("pk", *names)}


def _kinds(ids: set[int | None]) -> dict[int, str]:
    return dict(models.QuerySet(Relation).filter(pk__in=ids - {None}).values_list("pk", "kind"))
