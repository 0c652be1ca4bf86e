"""What debtors still owe, as the bookkeeping knows it. Source: the contract, section 8.

`read/financial/ReceivablesList` is a snapshot of what is open. It is preferred to the sync feed of payment terms: a
snapshot puts right whatever was missed, needs no memory of every single term, and what is not in it has nothing open.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from integrations.finance.payloads import OpenAmount, OpenItem
from integrations.hub.errors import TemporaryError

from .accounts import trimmed

PATH = "read/financial/ReceivablesList"
SELECT = "HID,AccountId,AccountCode,Amount,AmountInTransit,InvoiceNumber,YourRef,DueDate,EntryNumber"
MILLIS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def day(value):
    """The day of "/Date(1700000000000)/" (epoch milliseconds UTC); None when there is none."""
    match = MILLIS.fullmatch(value) if isinstance(value, str) else None
    return datetime.fromtimestamp(int(match[1]) / 1000, UTC).date() if match else None


def open_amounts(rows, read_at):
    """One OpenAmount per account, in the order of their numbers. A row that came on two pages counts once; several
    terms of one invoice stay several items."""
    accounts, seen = {}, set()
    for row in rows:
        reference, account = str(row.get("HID") or ""), trimmed(row.get("AccountId"))
        if not reference or not account:
            raise TemporaryError("unexpected_answer")
        if reference in seen:
            continue
        seen.add(reference)
        item = OpenItem(
            reference=reference,
            amount=_amount(row.get("Amount")),
            due_date=day(row.get("DueDate")),
            invoice_number=str(row.get("InvoiceNumber") or ""),
            your_ref=trimmed(row.get("YourRef")),
            in_transit=_amount(row.get("AmountInTransit")),
        )
        accounts.setdefault((trimmed(row.get("AccountCode")), account), []).append(item)
    return [
        OpenAmount(
            external_id=account,
            number=number,
            amount=sum((item.amount for item in items), Decimal(0)),
            oldest_due_date=min((item.due_date for item in items if item.amount > 0 and item.due_date), default=None),
            read_at=read_at,
            items=tuple(sorted(items, key=lambda item: item.reference)),
        )
        for (number, account), items in sorted(accounts.items())
    ]


def _amount(value):
    try:
        amount = Decimal(str(value if value is not None else 0))
    except InvalidOperation as error:
        raise TemporaryError("unexpected_answer") from error
    if not amount.is_finite():
        raise TemporaryError("unexpected_answer")
    return amount
