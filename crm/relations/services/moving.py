"""Moving house: one address from a day on, or everybody who lives there in one act."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.core import derived
from crm.core.change_set import change_set
from crm.relations.models import Address, Relation
from crm.relations.services.contact import UnableToChangeAddress, change_address


@transaction.atomic
def move_address(address: Address, *, version: int, valid_from: date, **values: Any) -> Address:
    """Let the relation of this address live elsewhere from `valid_from` (the first day there); this one ends that day.

    Returns the new address, of the same kind. `values`: its columns. Raises ChangedMeanwhile when `version` is no
    longer this address's, UnableToChangeAddress for a day that is not after its first, ValidationError by field.
    """
    with change_set(action="address.move"), derived.gathered():
        Relation.objects.lock(address.relation_id)
        address = Address.objects.lock(address, version)
        _refuse_before(address, valid_from)
        return _moved(address, valid_from, values)


@transaction.atomic
def move_household(versions: Mapping[int, int], *, valid_from: date, **values: Any) -> list[Address]:
    """Let everybody of these addresses live at a new one from `valid_from`, in one change set.

    `versions`: key of an address -> the version that was shown. Whoever's address is not in it stays. Returns the new
    addresses, in the order of their relations' keys. Raises as `move_address` does, and then nobody has moved.
    """
    with change_set(action="household.move"), derived.gathered():
        addresses = list(Address.objects.filter(pk__in=versions).order_by("relation_id", "pk"))
        # in id order: two services that touch the same relations wait for each other instead of deadlocking
        for pk in sorted({address.relation_id for address in addresses}):
            Relation.objects.lock(pk)
        moved = []
        for address in addresses:
            address = Address.objects.lock(address, versions[address.pk])
            _refuse_before(address, valid_from)
            moved.append(_moved(address, valid_from, values))
    return moved


def _moved(address: Address, valid_from: date, values: dict[str, Any]) -> Address:
    new = {"attention": address.attention, "check_state": Address.CheckState.UNCHECKED} | values
    return change_address(address.relation, kind=address.kind, valid_from=valid_from, **new)


def _refuse_before(address: Address, valid_from: date) -> None:
    if valid_from <= address.valid_from:
        said = _("%(name)s has that address only since %(day)s: choose a later day, or correct the address instead.")
        raise UnableToChangeAddress(
            said % {"name": address.relation.display_name, "day": f"{address.valid_from:%d-%m-%Y}"}
        )
