"""What a bookkeeping tells us back: what debtors still owe."""

from decimal import Decimal

from crm.relations.models import FinancialRole
from crm.relations.services import set_open_amounts
from integrations.finance.topics import PARTY
from integrations.hub.queries import linked_subjects, subjects_by_external_id
from integrations.hub.registry import arrival

HOUR_SECONDS = 3600
CHUNK = 5_000
DEBTOR = FinancialRole.Kind.DEBTOR.value


@arrival(channel="finance", topic="open_amounts", every_seconds=HOUR_SECONDS)
def open_amounts(connection, pull, *, read_at):
    """Store per debtor what is open and since when; returns the lines of the report.

    A complete reading also says who owes nothing any more: the debtors we delivered that are not in it.
    """
    amounts = list(pull.payloads)
    administration_id = connection.administration_id
    subjects = subjects_by_external_id(connection, PARTY, [amount.external_id for amount in amounts])
    open_now = {subjects[amount.external_id]: amount for amount in amounts if amount.external_id in subjects}
    rows = [
        (relation_id, administration_id, DEBTOR, amount.amount, amount.oldest_due_date)
        for relation_id, amount in open_now.items()
    ]
    if pull.complete:
        debtors = FinancialRole.objects.filter(administration_id=administration_id, kind=DEBTOR)
        known = debtors.filter(relation_id__in=linked_subjects(connection, PARTY))
        rows += [
            (relation_id, administration_id, DEBTOR, Decimal(0), None)
            for relation_id in sorted(set(known.values_list("relation_id", flat=True)) - set(open_now))
        ]
    for start in range(0, len(rows), CHUNK):
        set_open_amounts(rows[start : start + CHUNK], read_at=read_at)
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
