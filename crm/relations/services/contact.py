"""Addresses over time, bank accounts, identifiers, contact moments."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.core import derived
from crm.core.change_set import change_set
from crm.core.models import ChangedMeanwhile
from crm.relations.models import Address, BankAccount, ContactMoment, Identifier, Relation


class UnableToChangeAddress(Exception):
    """The sentence says why."""


@transaction.atomic
def change_address(
    relation: Relation, *, kind: str, valid_from: date, version: int | None = None, **values: Any
) -> Address:
    """Let a relation have another address of this kind from `valid_from` (a date, the first day).

    The address of that kind before it ends on that day, and a later one that was entered already begins as it
    did. Repeating the call with the same values changes nothing. `values`: the columns of an address.
    Raises ChangedMeanwhile when `version` is no longer the relation's, ValidationError by field.
    """
    with change_set(action="address.change"), derived.gathered():
        relation = Relation.objects.lock(relation, version)
        rows = list(relation.addresses.filter(kind=kind).order_by("valid_from"))
        address = next((row for row in rows if row.valid_from == valid_from), None)
        if address is None:
            later = next((row for row in rows if row.valid_from > valid_from), None)
            address = Address(
                relation=relation, kind=kind, valid_from=valid_from, valid_until=later.valid_from if later else None
            )
            _end_before(rows, valid_from)
        if "valid_until" in values and values["valid_until"] is None and address.valid_until:
            values = {name: value for name, value in values.items() if name != "valid_until"}
        for name, value in values.items():
            setattr(address, name, value)
        address.full_clean()
        address.save()
    return address


def _end_before(rows: list[Address], day: date) -> None:
    for row in rows:
        if row.valid_from < day and (row.valid_until is None or row.valid_until > day):
            row.valid_until = day
            row.save()


@transaction.atomic
def end_address(address: Address, *, on: date, version: int) -> Address:
    """`on` is the first day on which it is no longer the address. Raises ChangedMeanwhile, UnableToChangeAddress."""
    with change_set(action="address.end"):
        address = Address.objects.lock(address, version)
        if on <= address.valid_from:
            raise UnableToChangeAddress(_("An address ends after its first day."))
        address.valid_until = on
        address.save()
    return address


NOT_SHOWN = object()


@transaction.atomic
def set_iban(
    relation: Relation,
    *,
    iban: str,
    bic: str = "",
    holder: str = "",
    version: int | None = None,
    shown: object = NOT_SHOWN,
) -> BankAccount:
    """Make this the main account of the relation; the former one stays, as an account that is not the main one.

    `shown`: the key of the main account that was shown, None when there was none, NOT_SHOWN when nobody looked (an
    import); `version` is its version. Repeating the call changes nothing. Raises ValidationError for a wrong IBAN,
    ChangedMeanwhile when another account became the main one meanwhile, or that one changed.
    """
    with change_set(action="iban.change"), derived.gathered():
        relation = Relation.objects.lock(relation)
        main = relation.bank_accounts.filter(main=True).first()
        if shown is not NOT_SHOWN and shown != (main.pk if main else None):
            raise ChangedMeanwhile(BankAccount, shown, version)
        if main is not None and version is not None:
            main = BankAccount.objects.lock(main, version)
        wanted = BankAccount._meta.get_field("iban").to_python(iban)
        account = relation.bank_accounts.filter(iban=wanted).first() or BankAccount(relation=relation, iban=wanted)
        if main is not None and main.pk != account.pk:
            main.main = False
            main.save()
        account.main = True
        account.bic, account.holder = bic or account.bic, holder or account.holder
        account.full_clean()
        account.save()
    return account


@transaction.atomic
def set_identifier(relation: Relation, *, kind: str, value: str) -> Identifier | None:
    """Give the relation this number of this kind; an empty value takes it away. Raises ValidationError."""
    with change_set(action="identifier.change"):
        relation = Relation.objects.lock(relation)
        known = relation.identifiers.filter(kind=kind).first()
        if not value.strip():
            if known:
                known.delete()
            return None
        identifier = known or Identifier(relation=relation, kind=kind)
        identifier.value = value
        identifier.full_clean()
        identifier.save()
    return identifier


@transaction.atomic
def log_contact(relation: Relation, *, by, **values: Any) -> ContactMoment:
    """Note a call, visit or talk. `values`: the columns of a contact moment. Raises ValidationError by field."""
    with change_set(action="contact.log"):
        moment = ContactMoment(relation=relation, by=by, **values)
        moment.full_clean()
        moment.save()
    return moment


def address_on(relation: Relation, on: date, *kinds: str) -> Address | None:
    """The address of that day, of the first of these kinds that there is one of. One query."""
    rows = {a.kind: a for a in relation.addresses.on(on).filter(Q(kind__in=kinds))}
    return next((rows[kind] for kind in kinds if kind in rows), None)
