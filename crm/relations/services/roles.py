"""What a relation is in an administration: client or member, debtor or creditor."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crm.administrations.models import Administration
from crm.core import bulk, numbering
from crm.core.change_set import change_set, current_actor
from crm.relations.models import FinancialNumber, FinancialRole, OpenAmount, Relation, Standing


@transaction.atomic
def set_standing(relation: Relation, *, administration: Administration, kind: str, valid_from: date) -> Standing:
    """Client or member of an administration since `valid_from`. One that is going on is returned as it is."""
    with change_set(action="standing.add"):
        relation = Relation.objects.lock(relation)
        going_on = relation.standings.on(valid_from).filter(administration=administration, kind=kind).first()
        if going_on:
            return going_on
        standing = Standing(relation=relation, administration=administration, kind=kind, valid_from=valid_from)
        standing.full_clean()
        standing.save()
    return standing


@transaction.atomic
def end_standing(standing: Standing, *, on: date, version: int, reason: str = "") -> Standing:
    with change_set(action="standing.end", reason=reason):
        standing = Standing.objects.lock(standing, version)
        standing.valid_until, standing.end_reason = on, reason
        standing.full_clean()
        standing.save()
    return standing


@transaction.atomic
def set_financial_role(
    relation: Relation,
    *,
    administration: Administration,
    kind: str,
    valid_from: date,
    cause: str = FinancialRole.Cause.MANUAL,
    cause_detail: str = "",
    number: int | None = None,
    **values,
) -> FinancialRole:
    """Make a relation debtor or creditor in an administration from `valid_from`.

    A role that is going on that day is returned as it is. The number is the one the relation has in these books
    already, else `number`, else the next of the administration. `values`: payment_term_days, reminders,
    bank_account, billing_address. Raises ValidationError.
    """
    with change_set(action="role.add"):
        relation = Relation.objects.lock(relation)
        going_on = relation.financial_roles.on(valid_from).filter(administration=administration, kind=kind).first()
        if going_on:
            return going_on
        role = FinancialRole(
            relation=relation,
            administration=administration,
            kind=kind,
            number=_number_of(relation, administration, number),
            valid_from=valid_from,
            cause=cause,
            cause_detail=cause_detail,
            set_by=current_actor(),
            **values,
        )
        role.full_clean(exclude=["set_at"])
        role.save()
    return role


def books_series(administration_id: int) -> str:
    return f"books {administration_id}"


def _number_of(relation: Relation, administration: Administration, wanted: int | None) -> FinancialNumber:
    known = relation.financial_numbers.filter(administration=administration).first()
    if known:
        return known
    series = books_series(administration.pk)
    if wanted is None:
        wanted = numbering.take(series)
    else:
        numbering.at_least(series, wanted)
    number = FinancialNumber(relation=relation, administration=administration, number=wanted)
    number.full_clean()
    number.save()
    return number


@transaction.atomic
def make_financial_roles(
    relation_ids: Sequence[int],
    *,
    administration: Administration,
    kind: str,
    valid_from: date,
    cause: str = FinancialRole.Cause.MANUAL,
    cause_detail: str = "",
) -> list[int]:
    """`set_financial_role` for at most 5,000 relations at once; returns the ids of those that got the role.

    Who has the role on that day, or gets it later, is left as it is.
    """
    with change_set(action="role.add"):
        ids = sorted(set(relation_ids))
        has_it = (
            FinancialRole.objects.filter(relation_id__in=ids, administration=administration, kind=kind)
            .filter(Q(valid_until=None) | Q(valid_until__gt=valid_from))
            .values_list("relation_id", flat=True)
        )
        wanted = [pk for pk in ids if pk not in set(has_it)]
        numbers = _numbers_of(wanted, administration)
        actor, now = current_actor(), timezone.now()
        bulk.create(
            [
                FinancialRole(
                    relation_id=pk,
                    administration=administration,
                    kind=kind,
                    number_id=numbers[pk],
                    valid_from=valid_from,
                    cause=cause,
                    cause_detail=cause_detail,
                    set_by=actor,
                    set_at=now,
                )
                for pk in wanted
            ]
        )
    return wanted


def _numbers_of(relation_ids: list[int], administration: Administration) -> dict[int, int]:
    """relation id -> id of its number in these books, made where there is none."""
    known = FinancialNumber.objects.filter(administration=administration, relation_id__in=relation_ids)
    numbers = dict(known.values_list("relation_id", "pk"))
    missing = [pk for pk in relation_ids if pk not in numbers]
    if missing:
        first = numbering.take(books_series(administration.pk), len(missing))
        new = [
            FinancialNumber(relation_id=pk, administration=administration, number=number)
            for number, pk in enumerate(missing, start=first)
        ]
        numbers |= {row.relation_id: row.pk for row in bulk.create(new)}
    return numbers


@transaction.atomic
def end_financial_role(role: FinancialRole, *, on: date, version: int) -> FinancialRole:
    """`on` is the first day without it. In the books nothing is deleted or blocked; the coupling's report says so."""
    with change_set(action="role.end"):
        role = FinancialRole.objects.lock(role, version)
        role.valid_until = on
        role.full_clean()
        role.save()
    return role


@transaction.atomic
def set_open_amounts(
    rows: Iterable[tuple[int, int, str, Decimal, date | None]],
    *,
    read_at: datetime,
    complete_for: tuple[int, str] | None = None,
) -> int:
    """Store what the books say is open.

    Rows of (relation_id, administration_id, kind, amount in euros, oldest due date); each goes to the latest role
    of that kind, a row without a role is passed over. `complete_for` (an administration and a kind of role): the
    rows are all there is, so of those roles what is not among them is paid. Returns how many were stored.
    """
    wanted = {(relation, administration, kind): (amount, due) for relation, administration, kind, amount, due in rows}
    chosen = Q(relation_id__in={key[0] for key in wanted}, administration_id__in={key[1] for key in wanted})
    if complete_for is not None:
        chosen |= Q(administration_id=complete_for[0], kind=complete_for[1])
    roles = FinancialRole.objects.filter(chosen)
    latest: dict[tuple, int] = {}
    for pk, *key in roles.order_by("valid_from", "pk").values_list("pk", "relation_id", "administration_id", "kind"):
        latest[tuple(key)] = pk
    stored = [
        OpenAmount(role_id=pk, amount=amount, oldest_due_on=due, read_at=read_at)
        for key, pk in latest.items()
        for amount, due in [wanted.get(key, (Decimal(0), None))]
        if key in wanted or key[1:] == complete_for
    ]
    OpenAmount.objects.bulk_create(
        stored,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["role"],
        update_fields=["amount", "oldest_due_on", "read_at"],
    )
    return len(stored)
