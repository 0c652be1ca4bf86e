"""What any bookkeeping needs to know of a relation, and what it tells us back. Frozen, vendor-neutral, pure Python."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from integrations.hub.payloads import Payload


@dataclass(frozen=True)
class PostalAddress(Payload):
    """`lines`: street with number first, at most three. `country`: ISO 3166 alpha-2, upper case."""

    lines: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class FinancialParty(Payload):
    """A relation as debtor, creditor or both in one administration: one number serves both roles.

    `reference`: our own lasting reference of the relation ("CRM-4711"); never reused, also when `number` changes.
    `number`: the debtor/creditor number; "" lets the vendor give one.
    `is_debtor`, `is_creditor`: on the day this was made. `*_ended`: it was, and is no longer. `*_since`: first day.
    `payment_term_days`: per role, None when the administration's own term counts.
    `billing`: where invoices go, None when that is `visiting`.
    `language`: ISO 639-1, lower case. `iban`: upper case without blanks. `kvk`, `rsin`, `oin`: digits only.
    `blocked`: None when we do not say.
    """

    reference: str
    name: str
    number: str = ""
    is_person: bool = False
    is_debtor: bool = False
    debtor_since: date | None = None
    debtor_ended: bool = False
    debtor_payment_term_days: int | None = None
    is_creditor: bool = False
    creditor_since: date | None = None
    creditor_ended: bool = False
    creditor_payment_term_days: int | None = None
    visiting: PostalAddress | None = None
    billing: PostalAddress | None = None
    email: str = ""
    phone: str = ""
    website: str = ""
    language: str = ""
    vat_number: str = ""
    kvk: str = ""
    rsin: str = ""
    oin: str = ""
    iban: str = ""
    bic: str = ""
    iban_holder: str = ""
    blocked: bool | None = None


@dataclass(frozen=True)
class OpenItem(Payload):
    """One receivable that is not paid (whole or in part). `amount`: euros still open, negative for a credit note."""

    reference: str
    amount: Decimal
    due_date: date | None = None
    invoice_number: str = ""
    your_ref: str = ""
    in_transit: Decimal = Decimal(0)


@dataclass(frozen=True)
class OpenAmount(Payload):
    """What one debtor still owes, at the moment it was read.

    `external_id` and `number` say which debtor, as the bookkeeping knows it. `amount`: the sum of `items`, in the
    administration's own currency. `oldest_due_date`: of the items with a positive amount; None when there is none.
    """

    external_id: str
    number: str
    amount: Decimal
    oldest_due_date: date | None
    read_at: datetime
    items: tuple[OpenItem, ...] = ()
