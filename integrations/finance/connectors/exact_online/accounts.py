"""A financial party as Exact's Account, and what of it has to change there.

Source: the contract, sections 3, 4 and 11. Debtors, creditors and prospects are one table: Status "C" makes a debtor,
IsSupplier a creditor. What the bookkeepers keep there is theirs: only fields that differ are sent, and a role that
ended changes nothing.
"""

import re
import unicodedata

CODE_WIDTH = 18
EVERYDAY_WORDS = frozenset(
    (
        "stichting",
        "vereniging",
        "cooperatie",
        "holding",
        "beheer",
        "van",
        "der",
        "den",
        "des",
        "het",
        "ten",
        "ter",
        "voor",
    )
)
SELECT = (
    "ID,Code,Name,Status,IsSupplier,SearchCode,Email,Phone,Website,AddressLine1,AddressLine2,AddressLine3,Postcode,City,"
    "Country,Language,VATNumber,ChamberOfCommerce,RSIN,OINNumber,PaymentConditionSales,PaymentConditionPurchase,Blocked"
)
# Emptied there when they became empty here, once the account is ours. Identifiers and terms never are.
EMPTIED = ("Email", "Phone", "AddressLine1", "AddressLine2", "AddressLine3", "Postcode", "City")


def padded(number):
    """A code as Exact keeps and filters it: 18 wide, blanks in front."""
    return number.rjust(CODE_WIDTH)


def trimmed(value):
    """A text from Exact without its padding ("NL ", "     10471"); "" for null."""
    return value.strip() if isinstance(value, str) else ""


def fields_of(party):
    """The fields this party has a say over, without roles, number and terms. The billing address is the account's, or
    else the visiting address: the account is where invoices go."""
    address = party.billing or party.visiting
    lines = (tuple(address.lines) if address else ()) + ("", "", "")
    fields = {
        "Name": party.name,
        "Email": party.email,
        "Phone": party.phone,
        "Website": party.website,
        "AddressLine1": lines[0],
        "AddressLine2": lines[1],
        "AddressLine3": lines[2],
        "Postcode": address.postcode if address else "",
        "City": address.city if address else "",
        "Country": address.country if address else "",
        "Language": party.language.upper(),
        "VATNumber": party.vat_number,
        "ChamberOfCommerce": party.kvk,
        "RSIN": party.rsin,
        "OINNumber": party.oin,
    }
    fields = {name: value.strip() for name, value in fields.items()}  # Exact trims too: else it would differ for ever
    if party.blocked is not None:
        fields["Blocked"] = party.blocked
    return fields


def new_account(party):
    """The body of a POST, without payment conditions."""
    body = {name: value for name, value in fields_of(party).items() if value not in ("", None)}
    body["IsSupplier"] = party.is_creditor
    if party.is_debtor:
        body["Status"] = "C"
    if party.number:
        body["Code"] = party.number
    if party.reference:
        body["SearchCode"] = party.reference
    return body


def changes(party, there, *, ours):
    """(the body of a PUT, notes): only what differs. `there`: the account as read. `ours`: delivered before, so what
    became empty here is emptied there; otherwise what is filled there stays."""
    body, notes = {}, []
    for name, value in fields_of(party).items():
        if isinstance(value, bool):
            if bool(there.get(name)) != value:
                body[name] = value
        elif value:
            if trimmed(there.get(name)) != value:
                body[name] = value
        elif ours and name in EMPTIED and trimmed(there.get(name)):
            body[name] = None
    if party.is_debtor and trimmed(there.get("Status")) != "C":
        body["Status"] = "C"
    if party.is_creditor and not there.get("IsSupplier"):
        body["IsSupplier"] = True
    if (party.debtor_ended and not party.is_debtor and trimmed(there.get("Status")) == "C") or (
        party.creditor_ended and not party.is_creditor and there.get("IsSupplier")
    ):
        notes.append("role_ended_nothing_changed")
    if party.reference and not trimmed(there.get("SearchCode")):
        body["SearchCode"] = party.reference
    if party.number and trimmed(there.get("Code")) != party.number:
        notes.append("other_number_there")  # renumbering somebody's books is for a person
    return body, notes


def belongs_to_another(party, there):
    """Whether an account found by its number alone is somebody else's. Overwriting it would put one party's invoices
    on another's name, so something has to say that it is the same one: our reference, or an identifier, e-mail
    address, postcode or word of the name that both have. Another reference or Chamber of Commerce number says that it
    is not.
    """
    search_code, kvk = trimmed(there.get("SearchCode")), trimmed(there.get("ChamberOfCommerce"))
    if party.reference and search_code == party.reference:
        return False
    mark = party.reference.partition("-")[0] + "-"
    if party.reference and search_code.startswith(mark):
        return True
    if party.kvk and kvk:
        return party.kvk != kvk
    ours = fields_of(party)
    alike = any(
        _folded(trimmed(there.get(name))) == _folded(ours[name]) != ""
        for name in ("VATNumber", "RSIN", "Email", "Postcode")
    )
    return not (alike or _telling_words(party.name) & _telling_words(trimmed(there.get("Name"))))


def _folded(text):
    """Without case, accents and blanks."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char) and not char.isspace())


def _telling_words(name):
    """The words of a name that tell parties apart; of a name without any, the name itself."""
    words = {_folded(word) for word in re.split(r"[^\w]+", name)}
    return {word for word in words if len(word) > 2 and word not in EVERYDAY_WORDS} or {_folded(name)} - {""}
