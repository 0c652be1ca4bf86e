"""What Exact Online would refuse, said before anything is sent. No network.

Source: the contract, section 3 ("Account fields") and 4. Only the Name is truly required; a Code is numeric, at most
18 wide; a VAT number is checked and must match the country. Check digits: python-stdnum.
"""

import re

from stdnum import bic, iban
from stdnum.eu import vat
from stdnum.nl import bsn

from integrations.hub.protocol import Problem
from integrations.hub.protocol import gettext_noop as _

from .accounts import CODE_WIDTH

NAME_THAT_FITS = 50  # not in the contract: longer names are known to be cut, so it warns and refuses nothing
EMAIL = re.compile(r"[^@\s,;<>\"()]{1,64}@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")
VAT_PREFIXES = {"GR": "EL"}
VAT_FORM = re.compile(r"[A-Z0-9]{4,20}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def problems_of(party):
    return [problem for rule in RULES for problem in rule(party)]


def _role(party):
    if not (party.is_debtor or party.is_creditor or party.debtor_ended or party.creditor_ended):
        yield Problem("", "no_role", _("This relation is neither debtor nor creditor in this administration."))


def _name(party):
    if not party.name.strip():
        yield Problem("name", "name_missing", _("Exact Online wants a name."))
    elif CONTROL.search(party.name):
        yield Problem("name", "name_unreadable", _("The name holds characters that cannot be shown."))
    elif len(party.name) > NAME_THAT_FITS:
        yield Problem(
            "name",
            "name_long",
            _("Exact Online may cut this name off after %(limit)s characters."),
            {"limit": NAME_THAT_FITS},
            "warning",
        )


def _number(party):
    if party.number and not re.fullmatch(rf"[0-9]{{1,{CODE_WIDTH}}}", party.number):
        yield Problem(
            "number",
            "number_not_numeric",
            _("A number in Exact Online is at most %(limit)s digits, and digits only."),
            {"limit": CODE_WIDTH},
        )


def _addresses(party):
    for name in ("visiting", "billing"):
        address = getattr(party, name)
        if address is None:
            continue
        if address.country and not re.fullmatch("[A-Z]{2}", address.country):
            yield Problem(f"{name}.country", "country_unknown", _("A country is two capital letters, such as NL."))
        if len(address.lines) > 3:
            yield Problem(f"{name}.lines", "address_too_long", _("Exact Online has room for three address lines."))


def _vat(party):
    if not party.vat_number:
        return
    number = party.vat_number.upper()
    address = party.billing or party.visiting
    country = (address.country if address else "") or "NL"
    prefix = VAT_PREFIXES.get(country, country)
    if not number.startswith(prefix):
        yield Problem(
            "vat_number",
            "vat_of_another_country",
            _("This VAT number does not belong to the country %(country)s of the address."),
            {"country": country},
        )
    elif (country.lower() in vat.MEMBER_STATES and not vat.is_valid(number)) or not VAT_FORM.fullmatch(number):
        yield Problem("vat_number", "vat_wrong", _("This VAT number is not right: check the digits."))


def _bank(party):
    if party.iban and not iban.is_valid(party.iban, check_country=False):
        yield Problem("iban", "iban_wrong", _("This IBAN is not right: check the digits."))
    if party.bic and not bic.is_valid(party.bic):
        yield Problem("bic", "bic_wrong", _("This BIC is not right."))


def _email(party):
    if party.email and not EMAIL.fullmatch(party.email):
        yield Problem("email", "email_wrong", _("This is no e-mail address that Exact Online takes."))


def _identifiers(party):
    if party.kvk and not re.fullmatch(r"[0-9]{8}", party.kvk):
        yield Problem("kvk", "kvk_wrong", _("A Chamber of Commerce number has 8 digits."))
    if party.rsin and not (len(party.rsin) == 9 and bsn.is_valid(party.rsin)):
        yield Problem("rsin", "rsin_wrong", _("This RSIN is not right: 9 digits that pass the eleven test."))
    if party.oin and not re.fullmatch(r"[0-9]{20}", party.oin):
        yield Problem("oin", "oin_wrong", _("An OIN has 20 digits."))


def _language(party):
    if party.language and not re.fullmatch("[A-Za-z]{2}", party.language):
        yield Problem("language", "language_unknown", _("A language is two letters, such as nl."))


RULES = (_role, _name, _number, _addresses, _vat, _bank, _email, _identifiers, _language)
