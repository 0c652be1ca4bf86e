"""What a bookkeeping tells us back: what debtors still owe."""

from crm.relations.models import FinancialRole
from crm.relations.services import set_open_amounts
from integrations.finance.topics import PARTY
from integrations.hub.queries import subjects_by_external_id
from integrations.hub.registry import arrival

HOUR_SECONDS = 3600


@arrival(channel="finance", topic="open_amounts", every_seconds=HOUR_SECONDS)
def open_amounts(connection, pull, *, read_at):
    """Store per debtor what is open and since when; returns the lines of the report.

    A complete reading also says who owes nothing any more: everybody of this administration who is not in it.
    """
    amounts = list(pull.payloads)
    subjects = subjects_by_external_id(connection, PARTY, [amount.external_id for amount in amounts])
    known = [(subjects[amount.external_id], amount) for amount in amounts if amount.external_id in subjects]
    administration_id = connection.administration_id
    rows = [
        (relation_id, administration_id, FinancialRole.Kind.DEBTOR.value, amount.amount, amount.oldest_due_date)
        for relation_id, amount in known
    ]
    set_open_amounts(rows, read_at=read_at, complete_for=administration_id if pull.complete else None)
    return [
        {
            "topic": PARTY,
            "subject": subjects.get(amount.external_id),
            "outcome": "read" if amount.external_id in subjects else "not_ours",
            "number": amount.number,
            "changes": [["amount", "", format(amount.amount, "f")]],
        }
        for amount in amounts
    ]
