"""Reads: which services were chosen, their keys, and the office's own table of postcodes."""

from datetime import UTC, datetime, time

from crm.relations.address_lookup import FoundAddress
from integrations.addresses.models import AddressService, AddressServiceKey, PostcodeEntry, PostcodeRange
from integrations.hub.credentials import unseal

_OF_EVERY_ROW = ("postcode", "street", "street_short", "city", "municipality", "province")
_OF_ENTRIES = ("number", "letter", "addition", "bag_number_id", "bag_object_id", "lat", "lon")


def product_choice():
    """The names in the order of asking, as somebody chose them in the product; None: nobody did. One query."""
    rows = list(AddressService.objects.order_by("position", "name").values_list("name", "in_use"))
    return [name for name, in_use in rows if in_use] if rows else None


def keys_of(service):
    """The opened keys of a service, by field. One query.

    Raises ConfigurationError("key_missing") when none of FIELD_ENCRYPTION_KEYS opens one.
    """
    rows = AddressServiceKey.objects.filter(service=service)
    return {field: unseal(sealed) for field, sealed in rows.values_list("field", "sealed")}


def filled_fields():
    """Service → the fields of it that are filled, sorted; nothing is opened. One query."""
    found: dict[str, list[str]] = {}
    for service, field in AddressServiceKey.objects.order_by("service", "field").values_list("service", "field"):
        found.setdefault(service, []).append(field)
    return found


def addresses_in_own_table(postcode, number):
    """Every FoundAddress with this postcode (no space) and number, at most two queries.

    Entries go before ranges, which know no letters and additions. An empty list: the postcode is in the table and the
    number is not. None: the table does not have the postcode, so it cannot tell.
    """
    entries = list(PostcodeEntry.objects.filter(postcode=postcode).order_by("pk"))
    found = [_from_entry(entry) for entry in entries if entry.number == number]
    if found:
        return found
    ranges = list(PostcodeRange.objects.filter(postcode=postcode).order_by("pk"))
    if not entries and not ranges:
        return None
    return [_from_range(range_, number) for range_ in ranges if _holds(range_, number)]


def _holds(range_, number):
    in_step = range_.parity == PostcodeRange.Parity.ALL or (range_.parity == PostcodeRange.Parity.ODD) == number % 2
    return in_step and range_.first_number <= number <= range_.last_number


def _from_entry(entry):
    return _found(entry, **{name: getattr(entry, name) for name in _OF_ENTRIES})


def _from_range(range_, number):
    return _found(range_, number=number, knows_additions=False)


def _found(row, **values):
    of_every_row = {name: getattr(row, name) for name in _OF_EVERY_ROW}
    as_of = datetime.combine(row.as_of, time(), UTC)
    return FoundAddress(**of_every_row, **values, source="own", as_of=as_of)
