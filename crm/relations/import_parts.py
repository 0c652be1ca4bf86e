"""What an import writes under relations, set-wise. `wanted` has the relations with what their row asks for.

The relations come as the import read them: `visiting`, `accounts` and `held` hold what is there on the day.
"""

from datetime import date

from crm.administrations.models import Administration
from crm.core import bulk
from crm.core.dated import ALWAYS
from crm.relations.models import Address, BankAccount, Standing


def write_addresses(wanted: dict, on: date) -> None:
    """The current address ends today and the new one begins; one that began today is corrected."""
    current = {relation: relation.visiting[0] for relation in wanted if getattr(relation, "visiting", [])}
    same_day = {a.pk: wanted[r] for r, a in current.items() if a.valid_from == on}
    bulk.update(Address, same_day)
    bulk.update(Address, {a.pk: {"valid_until": on} for a in current.values() if a.pk not in same_day})
    bulk.create(
        [
            Address(
                relation=relation,
                kind=Address.Kind.VISITING,
                valid_from=on if relation in current else ALWAYS,
                valid_until=current[relation].valid_until if relation in current else None,
                **values,
            )
            for relation, values in wanted.items()
            if relation not in current or current[relation].pk not in same_day
        ]
    )


def write_standings(wanted: dict, administration: Administration) -> None:
    """One that is going on gets the day of the file; else it begins."""
    known = {r: {s.kind: s.pk for s in getattr(r, "held", [])} for r in wanted}
    rows = [(r, kind, since) for r, kinds in wanted.items() for kind, since in kinds.items()]
    bulk.update(Standing, {known[r][k]: {"valid_from": day} for r, k, day in rows if k in known[r]})
    bulk.create(
        [
            Standing(relation=r, administration=administration, kind=kind, valid_from=since)
            for r, kind, since in rows
            if kind not in known[r]
        ]
    )


def write_accounts(wanted: dict) -> None:
    """The IBAN of the file becomes the main account; the former one stays."""
    known = {r: {a.iban: a for a in getattr(r, "accounts", [])} for r in wanted}
    former = [a.pk for accounts in known.values() for a in accounts.values() if a.main]
    bulk.update(BankAccount, {pk: {"main": False} for pk in former})
    again = {known[r][iban].pk: {"main": True} for r, iban in wanted.items() if iban in known[r]}
    bulk.update(BankAccount, again)
    bulk.create([BankAccount(relation=r, iban=iban, main=True) for r, iban in wanted.items() if iban not in known[r]])
