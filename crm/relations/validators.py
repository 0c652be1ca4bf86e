"""Rules about values of relations, shared by models, forms, serializers and imports.

`normalise_*` brings a value to the form in which it is stored and never raises; `validate_*` raises Django's
`ValidationError` with a sentence for the person who typed it.
"""

import re
from urllib.parse import urlsplit

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat
from stdnum.exceptions import ValidationError as NumberError
from stdnum.nl import bsn as stdnum_rsin

COUNTRY = "NL"
# ISO 3166-1 alpha-2, user-assigned codes left out
_COUNTRY_CODE = re.compile(r"^[A-Z]{2}$")
_DUTCH_POSTCODE = re.compile(r"^[1-9][0-9]{3}[A-Z]{2}$")
_SEPARATORS = re.compile(r"[\s.\-–/()]+")


def normalise_phone(value: str) -> str:
    """E.164 where it is a number of a known plan ("06 1234 5678" is Dutch), else as typed without outer spaces."""
    try:
        number = phonenumbers.parse(value, COUNTRY)
    except phonenumbers.NumberParseException:
        return value.strip()
    if not phonenumbers.is_valid_number(number):
        return value.strip()
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{shown};ext={number.extension}" if number.extension else shown


def validate_phone(value: str) -> None:
    if not value:
        return
    try:
        number = phonenumbers.parse(value.replace(";ext=", " ext. "), COUNTRY)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("“%(value)s” is no phone number. Expected: 030 123 45 67, 06 12 34 56 78 or +32 2 123 45 67."),
            code="phone",
            params={"value": value},
        )


def shown_phone(value: str) -> str:
    """As people write it: national for the Netherlands, else international."""
    try:
        number = phonenumbers.parse(value.replace(";ext=", " ext. "), COUNTRY)
    except phonenumbers.NumberParseException:
        return value
    form = phonenumbers.PhoneNumberFormat
    dutch = phonenumbers.region_code_for_number(number) == COUNTRY
    return phonenumbers.format_number(number, form.NATIONAL if dutch else form.INTERNATIONAL)


def normalise_website(value: str) -> str:
    value = value.strip()
    return value if not value or "://" in value else f"https://{value}"


def validate_website(value: str) -> None:
    """Only http and https, with a host: anything else is not a link that may be clicked."""
    try:
        parts = urlsplit(normalise_website(value))
        host = parts.hostname or ""
    except ValueError:
        parts, host = None, ""
    good = parts and parts.scheme in ("http", "https") and "." in host and not re.search(r"\s", value.strip())
    if value and not good:
        raise ValidationError(
            _("“%(value)s” is no web address. Expected: www.example.nl."), code="website", params={"value": value}
        )


def normalise_iban(value: str) -> str:
    return _SEPARATORS.sub("", value or "").upper()


def validate_iban(value: str) -> None:
    """ISO 13616: length per country and check digits. The national check is left out: it refuses valid ones."""
    try:
        stdnum_iban.validate(normalise_iban(value), check_country=False)
    except NumberError as refused:
        raise ValidationError(
            _("“%(value)s” is no IBAN: a digit is wrong or missing. Expected: NL91 ABNA 0417 1643 00."),
            code="iban",
            params={"value": value},
        ) from refused


def validate_bic(value: str) -> None:
    if value and not stdnum_bic.is_valid(value):
        raise ValidationError(
            _("“%(value)s” is no BIC. Expected 8 or 11 characters: ABNANL2A."), code="bic", params={"value": value}
        )


def normalise_postcode(value: str) -> str:
    """A Dutch postcode without its space, in capitals; another one as typed, in capitals."""
    compact = re.sub(r"\s+", "", value or "").upper()
    return compact if _DUTCH_POSTCODE.match(compact) else (value or "").strip().upper()


def validate_postcode(value: str, country: str = COUNTRY) -> None:
    if value and country == COUNTRY and not _DUTCH_POSTCODE.match(normalise_postcode(value)):
        raise ValidationError(
            _("“%(value)s” is no Dutch postcode. Expected: 1234 AB."), code="postcode", params={"value": value}
        )


def validate_country(value: str) -> None:
    if not _COUNTRY_CODE.match(value or ""):
        raise ValidationError(
            _("“%(value)s” is no country code. Expected two letters: NL, BE, DE."),
            code="country",
            params={"value": value},
        )


def normalise_identifier(kind: str, value: str) -> str:
    compact = _SEPARATORS.sub("", value or "").upper()
    if kind == "vat" and re.match(r"^[0-9]", compact):
        compact = f"NL{compact}"  # written without the country: 123456782B01
    return compact.zfill(8) if kind == "kvk" and compact.isdigit() and len(compact) == 7 else compact


def validate_identifier(kind: str, value: str) -> None:
    """KvK: eight digits. RSIN: eleven test. VAT: the rule of each country of the EU. OIN: twenty digits (Logius)."""
    compact = normalise_identifier(kind, value)
    good, expected = {
        "kvk": (lambda: bool(re.match(r"^[0-9]{8}$", compact)), _("eight digits")),
        "rsin": (lambda: stdnum_rsin.is_valid(compact), _("nine digits that pass the eleven test")),
        "vat": (lambda: stdnum_vat.is_valid(compact), _("a country and its number, as NL123456782B01")),
        "oin": (
            lambda: bool(re.match(r"^0000000[0-9]{13}$", compact)),
            _("twenty digits that begin with seven zeros"),
        ),
    }.get(kind, (lambda: False, _("a known kind of number")))
    if not good():
        raise ValidationError(
            _("“%(value)s” is not a valid number. Expected: %(expected)s."),
            code=kind,
            params={"value": value, "expected": expected},
        )
