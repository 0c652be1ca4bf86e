"""Choosing which services are asked, keeping their keys, and filling the office's own table from a file."""

import csv
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.core.change_set import change_set
from crm.relations.address_lookup import forget
from crm.relations.house_numbers import NotAHouseNumber, NotAPostcode, normalised_postcode, parse_house_number
from integrations.addresses.address_services import SERVICES
from integrations.addresses.models import AddressService, AddressServiceKey, PostcodeEntry, PostcodeRange
from integrations.addresses.queries import filled_fields
from integrations.hub.credentials import key_id, seal, unseal

LONGEST_KEY = 200
ROWS_PER_TRANSACTION = 5000
MAX_PROBLEMS_SHOWN = 20

# our column → what else it may be called in the first line of a file (compared without case)
COLUMNS = {
    "postcode": (),
    "number": ("huisnummer",),
    "letter": ("huisletter",),
    "addition": ("toevoeging", "huisnummertoevoeging"),
    "first_number": ("huisnummer_van", "van"),
    "last_number": ("huisnummer_tot", "tot", "tot_en_met"),
    "parity": ("even_oneven",),
    "street": ("straat", "straatnaam"),
    "street_short": ("straatnaam_verkort",),
    "city": ("plaats", "woonplaats", "woonplaatsnaam"),
    "municipality": ("gemeente", "gemeentenaam"),
    "province": ("provincie", "provincienaam"),
    "bag_number_id": ("nummeraanduiding_id",),
    "bag_object_id": ("adresseerbaarobject_id",),
    "lat": ("latitude", "breedtegraad"),
    "lon": ("longitude", "lengtegraad"),
}
_OUR_NAME = {name: ours for ours, others in COLUMNS.items() for name in (ours, *others)}
_PARITIES = {"": "all", "alle": "all", "oneven": "odd"}
_OF_EVERY_ROW = ("street", "street_short", "city", "municipality", "province")


# ----------------------------------------------------------------------------------------------- choosing


@transaction.atomic
def choose_services(names) -> list[AddressService]:
    """Ask these services, in this order, from now on; an empty list: none. Returns those in use.

    Repeating it changes nothing. Raises ValidationError for a name that we do not know, one that is named twice, or
    one whose key is not filled in.
    """
    names = list(names)
    filled = filled_fields()
    for name in names:
        if name not in SERVICES or names.count(name) > 1:
            raise ValidationError(_("“%(name)s” is no address service, or is named twice."), params={"name": name})
        if SERVICES[name].keys.keys() - set(filled.get(name, ())):
            title = SERVICES[name].title
            raise ValidationError(_("%(service)s needs its key first."), code="key", params={"service": title})
    with change_set(action="address_services.choose"):
        rows = {row.name: row for row in AddressService.objects.select_for_update()}
        for position, name in enumerate([*names, *(name for name in SERVICES if name not in names)], start=1):
            row = rows.get(name) or AddressService(name=name)
            row.in_use, row.position = name in names, position
            row.full_clean()
            row.save()
    return list(AddressService.objects.filter(in_use=True))


@transaction.atomic
def keep_keys(name, keys: dict[str, str]) -> None:
    """Seal what was typed; an empty text leaves the key that is there. Keys are shown to nobody afterwards.

    Raises ValidationError for a service or a field that we do not know, and for a key that cannot be one.
    """
    fields = SERVICES[name].keys if name in SERVICES else {}
    for field, typed in keys.items():
        text = typed.strip()
        if field not in fields:
            raise ValidationError(_("This address service has no such key."))
        if len(text) > LONGEST_KEY or not text.isascii() or not text.isprintable() or " " in text:
            raise ValidationError({field: _("A key has no spaces or special characters. Copy it again.")})
        if text:
            sealed, key = seal(text)
            AddressServiceKey.objects.update_or_create(
                service=name, field=field, defaults={"sealed": sealed, "key_id": key}
            )
    transaction.on_commit(lambda: forget(name))


@transaction.atomic
def forget_keys(name) -> None:
    """Throw the keys of a service away; it is not asked any more."""
    AddressServiceKey.objects.filter(service=name).delete()
    with change_set(action="address_services.choose"):
        for row in AddressService.objects.filter(name=name, in_use=True):
            row.in_use = False
            row.save()


def rotate_keys() -> int:
    """Seal again, with the newest of FIELD_ENCRYPTION_KEYS, what an older one sealed; returns how many."""
    current, rotated = key_id(settings.FIELD_ENCRYPTION_KEYS[0]), 0
    for row in AddressServiceKey.objects.exclude(key_id=current):
        sealed, key = seal(unseal(row.sealed))
        rotated += AddressServiceKey.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed, key_id=key)
    return rotated


# ---------------------------------------------------------------------------------------------- the own table


class UnableToImportPostcodes(Exception):
    """Nothing was imported. `problems`: pairs of (line of the file, what is wrong), the first twenty."""

    def __init__(self, problems):
        super().__init__("; ".join(f"{line}: {problem}" for line, problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Imported:
    rows: int
    postcodes: int


def import_postcodes(path, *, as_of) -> Imported:
    """Put the rows of a CSV file in the table; `as_of` is the day on which the file was true.

    The first line names the columns (COLUMNS); with `first_number` and `last_number` the rows are ranges, with
    `number` entries. Comma, semicolon or tab; UTF-8 or Windows-1252. A postcode in the file replaces all rows of the
    same kind that the table had for it, so give each postcode whole and its rows together; other postcodes stay.
    The same address twice is one row. The same file again leaves the table as it is.

    The whole file is checked before anything is written; then 5,000 rows or so per transaction, so that a crash
    leaves whole postcodes, and the file can be imported again.
    Raises UnableToImportPostcodes, OSError.
    """
    problems = list(islice(_problems(path, as_of), MAX_PROBLEMS_SHOWN))
    if problems:
        raise UnableToImportPostcodes(problems)
    row_count, replaced = 0, set()
    for chunk in _chunks(_instances(path, as_of)):
        _replace(chunk, replaced)
        row_count += len(chunk)
    return Imported(row_count, len(replaced))


@transaction.atomic
def _replace(instances, replaced):
    model = type(instances[0])
    postcodes = {instance.postcode for instance in instances} - replaced
    model.objects.filter(postcode__in=postcodes).delete()
    model.objects.bulk_create(instances, ignore_conflicts=True)
    replaced |= postcodes


def _chunks(instances):
    """Lists of at least 5,000 instances (the last one fewer), cut where the postcode changes."""
    chunk = []
    for instance in instances:
        if len(chunk) >= ROWS_PER_TRANSACTION and instance.postcode != chunk[-1].postcode:
            yield chunk
            chunk = []
        chunk.append(instance)
    if chunk:
        yield chunk


def _problems(path, as_of):
    lines = _lines(path)
    try:
        for line, values in lines:
            try:
                _instance(values, as_of)
            except ValidationError as error:
                yield line, "; ".join(error.messages)
    except csv.Error as error:
        yield 0, str(error)
    except UnicodeDecodeError:
        yield 0, _("The file is neither UTF-8 nor Windows-1252.")


def _instances(path, as_of):
    for _line, values in _lines(path):
        yield _instance(values, as_of)


def _lines(path):
    """Pairs of (line number, our column → text without spaces around it). Raises UnableToImportPostcodes."""
    with open(path, encoding=_encoding(path), newline="") as file:
        heading = file.readline()
        delimiter = max(";,\t", key=heading.count)
        names = [_OUR_NAME.get(name.strip().lower()) for name in next(csv.reader([heading], delimiter=delimiter), [])]
        if not {"postcode", "street", "city"} <= set(names) or not {"number", "first_number"} & set(names):
            raise UnableToImportPostcodes([(1, _("The first line must name postcode, number, street and city."))])
        reader = csv.reader(file, delimiter=delimiter)
        for cells in reader:
            if any(cells):
                values = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
                yield reader.line_num + 1, values


def _encoding(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _instance(values, as_of):
    """An unsaved entry or range. Raises ValidationError."""
    try:
        postcode = normalised_postcode(values.get("postcode", ""))
    except NotAPostcode as error:
        raise ValidationError(_("%(text)s is no postcode.") % {"text": error}) from error
    of_every_row = {name: values.get(name, "") for name in _OF_EVERY_ROW} | {"postcode": postcode, "as_of": as_of}
    instance = _range(values, of_every_row) if "first_number" in values else _entry(values, of_every_row)
    instance.clean_fields()
    if any("\0" in str(value) for value in values.values()):
        raise ValidationError(_("This line holds a character that is no text."))
    return instance


def _entry(values, of_every_row):
    house_number = _house_number(values.get("number", ""))
    return PostcodeEntry(
        **of_every_row,
        number=house_number.number,
        letter=values.get("letter") or house_number.letter,
        addition=values.get("addition") or house_number.addition,
        bag_number_id=values.get("bag_number_id", ""),
        bag_object_id=values.get("bag_object_id", ""),
        lat=_degrees(values.get("lat")),
        lon=_degrees(values.get("lon")),
    )


def _range(values, of_every_row):
    first, last = _house_number(values["first_number"]), _house_number(values.get("last_number", ""))
    if last.number < first.number or first.suffix or last.suffix:
        raise ValidationError(_("A range goes from a number to the same or a higher one, without letters."))
    parity = values.get("parity", "").lower()
    return PostcodeRange(
        **of_every_row,
        first_number=first.number,
        last_number=last.number,
        parity=_PARITIES.get(parity, parity),
    )


def _house_number(text):
    try:
        return parse_house_number(text)
    except NotAHouseNumber as error:
        raise ValidationError(_("%(text)s is no house number.") % {"text": error}) from error


def _degrees(text):
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError as error:
        raise ValidationError(_("%(text)s are no degrees.") % {"text": text}) from error
