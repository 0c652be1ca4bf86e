"""The tables of the simulated vendor: their fields, what can be written, and what Exact checks.

Validation of the business is a Dutch message with status 500, as the contract has it (section 7); a wrong field is
a 400.
"""

import re
from dataclasses import dataclass, field

from .odata import BadRequest

GUID, TEXT, BOOL, INT, AMOUNT, DATE = "guid", "text", "bool", "int", "amount", "date"


class Refused(Exception):
    """A business refusal: the words that go with status 500."""


@dataclass(frozen=True)
class Entity:
    """`verbs`: what the path takes. `select_required`: refuses a list without $select or $top=1. `table`: where the
    rows live, when that is not the path itself."""

    path: str
    kinds: dict
    writable: frozenset = frozenset()
    verbs: frozenset = frozenset({"GET"})
    page: int = 60
    select_required: bool = False
    table: str = ""
    only: object = field(default=lambda row: True)


def kinds(**named):
    return {name: kind for kind, names in named.items() for name in names.split()}


ACCOUNT = kinds(
    guid="ID InvoiceAccount MainContact GLAR GLAP GLAccountSales GLAccountPurchase",
    text="Code Name Status SearchCode Email Phone PhoneExtension Fax Website AddressLine1 AddressLine2 AddressLine3"
    " Postcode City State Language VATNumber ChamberOfCommerce RSIN OINNumber GlnNumber PaymentConditionSales"
    " PaymentConditionPurchase SalesVATCode PurchaseVATCode SalesCurrency PurchaseCurrency Remarks CodeAtSupplier",
    country="Country",
    bool="IsSupplier IsSales IsPurchase Blocked IsMailing",
    int="InvoicingMethod Division Timestamp",
    amount="CreditLineSales CreditLinePurchase DiscountSales DiscountPurchase",
    date="StartDate EndDate Created Modified",
)
BANK_ACCOUNT = kinds(
    guid="ID Account",
    text="BankAccount IBAN BICCode BankAccountHolderName Description",
    bool="Main",
    int="Division Timestamp",
    date="Created Modified",
)
CONDITION = kinds(guid="ID", text="Code Description", int="PaymentDays Division Timestamp", date="Created Modified")
RECEIVABLE = kinds(
    guid="ID Account TransactionEntryID",
    text="AccountCode AccountName YourRef PaymentReference Description",
    int="InvoiceNumber EntryNumber Status Division Timestamp",
    bool="IsFullyPaid",
    amount="AmountDC AmountFC TransactionAmountDC",
    date="DueDate LastPaymentDate Created Modified",
)
OPEN_ITEM = kinds(
    guid="HID AccountId",
    text="AccountCode AccountName YourRef Description CurrencyCode",
    int="InvoiceNumber EntryNumber",
    amount="Amount AmountInTransit",
    date="DueDate InvoiceDate",
)
READ_ONLY = frozenset({"ID", "IsSales", "IsPurchase", "Division", "Timestamp", "Created", "Modified", "IBAN"})
ALL_VERBS = frozenset({"GET", "POST", "PUT", "DELETE"})


def _open(row):
    return row.get("Status") in (20, 30)


ENTITIES = {
    entity.path: entity
    for entity in (
        Entity("crm/Accounts", ACCOUNT, frozenset(ACCOUNT) - READ_ONLY, ALL_VERBS, select_required=True),
        Entity("crm/BankAccounts", BANK_ACCOUNT, frozenset(BANK_ACCOUNT) - READ_ONLY, ALL_VERBS),
        Entity("cashflow/PaymentConditions", CONDITION, frozenset(CONDITION) - READ_ONLY, frozenset({"GET", "POST"})),
        Entity("cashflow/Receivables", RECEIVABLE, select_required=True),
        Entity("read/financial/ReceivablesList", OPEN_ITEM, table="cashflow/Receivables", only=_open),
        Entity("sync/CRM/Accounts", ACCOUNT, page=1000, select_required=True, table="crm/Accounts"),
        Entity(
            "sync/Cashflow/PaymentTerms", RECEIVABLE, page=1000, select_required=True, table="cashflow/Receivables"
        ),
    )
}
CODE_WIDTH = 18
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def cleaned(entity, body):
    """The fields of a request as they are kept. BadRequest for a field that is not there or cannot be written."""
    if not isinstance(body, dict):
        raise BadRequest("The request body is no object")
    row = {}
    for name, value in body.items():
        if name not in entity.writable:
            raise BadRequest(f"Property '{name}' cannot be written")
        row[name] = _kept(name, value, entity.kinds[name])
    return row


def _kept(name, value, kind):
    if value is None or value == "":
        return None
    fits = {BOOL: bool, INT: int, TEXT: str, GUID: str, "country": str}.get(kind)
    if fits and (not isinstance(value, fits) or (kind == INT and isinstance(value, bool))):
        raise BadRequest(f"Property '{name}' has another type")
    if kind == GUID:
        return value.lower()
    return value.strip() if kind == "country" else value


def check_account(row, store):
    if not (row.get("Name") or "").strip():
        raise Refused("Verplicht: Naam")
    code = (row.get("Code") or "").strip()
    if not re.fullmatch(rf"\d{{1,{CODE_WIDTH}}}", code):
        raise Refused("Ongeldig: Code")
    if store.unique and any(other["ID"] != row["ID"] for other in store.having("crm/Accounts", "Code", row["Code"])):
        raise Refused(f"Reeds aanwezig: Code  {code}")
    if row.get("Status") not in (None, "A", "C", "P", "S"):
        raise Refused("Ongeldig: Status")
    if row.get("Email") and not EMAIL.fullmatch(row["Email"]):
        raise Refused("Ongeldig: E-mailadres")
    vat, country = row.get("VATNumber"), row.get("Country") or "NL"
    if vat and not vat.startswith({"GR": "EL"}.get(country, country)):
        raise Refused("Ongeldig: Btw-nummer. Het btw-nummer hoort niet bij het land")
    if vat and vat.startswith("NL") and not re.fullmatch(r"NL\d{9}B\d{2}", vat):
        raise Refused("Ongeldig: Btw-nummer")
    for name in ("PaymentConditionSales", "PaymentConditionPurchase"):
        if row.get(name) and not store.having("cashflow/PaymentConditions", "Code", row[name]):
            raise Refused("Ongeldige referentie: Betalingsconditie")


def check_bank_account(row, store):
    if not store.having("crm/Accounts", "ID", row.get("Account")):
        raise Refused("Ongeldige referentie: Relatie")
    number = (row.get("BankAccount") or "").replace(" ", "").upper()
    if not number:
        raise Refused("Verplicht: Bankrekening")
    if number[:2].isalpha() and not _iban_is_right(number):
        raise Refused("Ongeldig: Bankrekening")
    others = store.having("crm/BankAccounts", "Account", row["Account"])
    if store.unique and any(other["ID"] != row["ID"] and other["BankAccount"] == number for other in others):
        raise Refused("Reeds aanwezig: Bankrekening")


def _iban_is_right(number):
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}", number):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


CHECKS = {"crm/Accounts": check_account, "crm/BankAccounts": check_bank_account}
