"""What the first page says: figures, what is about to change, and what changed this week. A flat number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Model, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Employment,
    FinancialRole,
    OpenAmount,
    PhoneNumber,
    Relation,
    RelationUse,
    Standing,
)

COUNTED = 10_000
SOON_DAYS = 30
SHOWN = 12


def in_scope(user, administration: Administration | None, *, on: date) -> QuerySet:
    """The relations of this user, of one administration or of all of theirs."""
    relations = Relation.objects.visible_to(user, on)
    if administration is None:
        return relations
    used = RelationUse.objects.filter(administration=administration).values("relation_id")
    return relations.filter(Q(administration=administration) | Q(pk__in=used))


# -------------------------------------------------------------------------------------------------- figures


@dataclass(frozen=True)
class Figure:
    """`count` is exact up to 10,000; `more` says that there are more than that."""

    key: str
    count: int
    more: bool = False


def figures(user, administration: Administration | None, *, on: date) -> list[Figure]:
    """Relations, members, and for who may see the books debtors: one query each."""
    rows: list[tuple[str, QuerySet]] = [
        ("relations", in_scope(user, administration, on=on).active(on)),
        ("members", _theirs(Standing.objects.visible_to(user).on(on).filter(kind="member"), administration)),
    ]
    if rights_of(user).has(Right.FINANCIAL_VIEW):
        rows.append(("debtors", _theirs(FinancialRole.objects.visible_to(user).debtors(on), administration)))
    counted = [(key, found.order_by().values("pk")[: COUNTED + 1].count()) for key, found in rows]
    return [Figure(key, min(count, COUNTED), count > COUNTED) for key, count in counted]


def open_amount(user, administration: Administration | None) -> tuple[Decimal, datetime | None]:
    """(euros open at debtors as last read from the books, when that was). Only for who may see the books."""
    roles = _theirs(FinancialRole.objects.visible_to(user).filter(kind="debtor"), administration)
    read = OpenAmount.objects.filter(role__in=roles.values("pk")).aggregate(total=Sum("amount"), at=Max("read_at"))
    return read["total"] or Decimal(0), read["at"]


def _theirs(rows: QuerySet, administration: Administration | None) -> QuerySet:
    return rows if administration is None else rows.filter(administration=administration)


# ------------------------------------------------------------------------------------------- about to change


@dataclass(frozen=True)
class Coming:
    """Something that begins or ends on a day. `text` is a sentence that the name of the relation begins."""

    day: date
    relation: Relation
    icon: str
    text: str


def coming(user, administration: Administration | None, *, on: date, days: int = SOON_DAYS) -> list[Coming]:
    """What begins or ends after `on` and within `days`: employments, addresses, members, debtors and creditors."""
    until = on + timedelta(days=days)
    found = [
        *_employments(user, administration, on, until),
        *_addresses(user, administration, on, until),
        *_standings(user, administration, on, until),
        *_roles(user, administration, on, until),
    ]
    return sorted(found, key=lambda one: (one.day, one.relation.sort_key, one.text))


def _between(rows: QuerySet, on: date, until: date) -> QuerySet:
    begins = Q(valid_from__gt=on, valid_from__lte=until)
    return rows.filter(begins | Q(valid_until__gt=on, valid_until__lte=until)).order_by("valid_from", "pk")[:SHOWN]


def _moments(row, on: date, until: date) -> list[tuple[date, bool]]:
    """(day, begins) of what happens to a dated row in the window."""
    days = [(row.valid_from, True), (row.valid_until, False)]
    return [(day, begins) for day, begins in days if day and on < day <= until]


def _employments(user, administration, on, until) -> list[Coming]:
    rows = Employment.objects.visible_to(user).select_related("person", "organisation")
    if administration is not None:
        rows = rows.filter(person__in=in_scope(user, administration, on=on).values("pk"))
    return [
        Coming(
            day,
            row.person,
            "people",
            (_("begins as %(function)s at %(employer)s") if begins else _("stops as %(function)s at %(employer)s"))
            % {"function": row.function or _("member of staff"), "employer": row.organisation.display_name},
        )
        for row in _between(rows, on, until)
        for day, begins in _moments(row, on, until)
    ]


def _addresses(user, administration, on, until) -> list[Coming]:
    """Only where an address begins: that the one before it ends that day says the same."""
    rows = Address.objects.visible_to(user).select_related("relation")
    if administration is not None:
        rows = rows.filter(relation__in=in_scope(user, administration, on=on).values("pk"))
    rows = rows.filter(valid_from__gt=on, valid_from__lte=until).order_by("valid_from", "pk")[:SHOWN]
    sentence = {
        Address.Kind.VISITING: _("moves to %(address)s"),
        Address.Kind.POSTAL: _("gets post at %(address)s"),
        Address.Kind.BILLING: _("gets invoices at %(address)s"),
    }
    return [Coming(row.valid_from, row.relation, "map", sentence[row.kind] % {"address": row}) for row in rows]


def _standings(user, administration, on, until) -> list[Coming]:
    rows = Standing.objects.visible_to(user).select_related("relation", "administration")
    sentence = {
        ("member", True): _("becomes a member of %(administration)s"),
        ("member", False): _("is no longer a member of %(administration)s"),
        ("client", True): _("becomes a client of %(administration)s"),
        ("client", False): _("is no longer a client of %(administration)s"),
    }
    return _in_administrations(rows, sentence, "tag", administration, on, until)


def _roles(user, administration, on, until) -> list[Coming]:
    rows = FinancialRole.objects.visible_to(user).select_related("relation", "administration")
    sentence = {
        ("debtor", True): _("becomes a debtor of %(administration)s"),
        ("debtor", False): _("is no longer a debtor of %(administration)s"),
        ("creditor", True): _("becomes a creditor of %(administration)s"),
        ("creditor", False): _("is no longer a creditor of %(administration)s"),
    }
    return _in_administrations(rows, sentence, "euro", administration, on, until)


def _in_administrations(rows, sentence, icon, administration, on, until) -> list[Coming]:
    return [
        Coming(day, row.relation, icon, sentence[row.kind, begins] % {"administration": row.administration})
        for row in _between(_theirs(rows, administration), on, until)
        for day, begins in _moments(row, on, until)
    ]


# ----------------------------------------------------------------------------------------------- this week


@dataclass
class Changed:
    """How many records of a kind were made, changed and deleted."""

    label: str
    new: int = 0
    changed: int = 0
    deleted: int = 0


def this_week(
    user, administration: Administration | None, *, on: date, until: date | None = None
) -> tuple[date, list[Changed]]:
    """(Monday, rows): what history says since then, of relations that this user may see; `until` is the last day."""
    monday = on - timedelta(days=on.weekday())
    since = _midnight(monday), _midnight(until + timedelta(days=1)) if until else None
    homes = administration_ids(user) if administration is None else [administration.pk]
    relations = in_scope(user, administration, on=on).values("pk")
    contact = Changed(_("Addresses and contact"))
    rows = [
        _count(Changed(_("Relations")), Relation, since, Q(administration_id__in=homes)),
        _count(
            Changed(_("Members of staff")),
            Employment,
            since,
            Q(person_id__in=relations, organisation_id__in=Relation.objects.visible_to(user, on).values("pk")),
        ),
        contact,
    ]
    for model in (Address, EmailAddress, PhoneNumber):
        _count(contact, model, since, Q(relation_id__in=relations))
    if rights_of(user).has(Right.FINANCIAL_VIEW):
        books = Q(relation_id__in=relations, id__in=BankAccount.objects.visible_to(user).values("pk"))
        rows.append(_count(Changed(_("Bank accounts")), BankAccount, since, books))
        roles = Q(administration_id__in=administration_ids(user, Right.FINANCIAL_VIEW))
        roles &= Q(administration_id__in=homes)
        rows.append(_count(Changed(_("Debtors and creditors")), FinancialRole, since, roles))
    return monday, rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _count(row: Changed, model: type[Model], since: tuple[datetime, datetime | None], condition: Q) -> Changed:
    """`since`: the first moment, and the one before which it must be; None is no end."""
    first, end = since
    history = model.history.filter(condition, history_date__gte=first).order_by()
    if end is not None:
        history = history.filter(history_date__lt=end)
    counts = dict(history.values_list("history_type").annotate(Count("history_id")))
    row.new += counts.get("+", 0)
    row.changed += counts.get("~", 0)
    row.deleted += counts.get("-", 0)
    return row
