"""How many relations there were at the end of each month: the line on the first page."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import accumulate

from django.core.cache import cache
from django.db.models import Count, DateField, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce, Least, TruncMonth

from crm.access.queries import rights_of
from crm.administrations.models import Administration
from crm.desk.queries import in_scope
from crm.relations.models import Address, Relation

MONTHS = 24
KEPT_SECONDS = 60 * 60


def growth(user, administration: Administration | None, *, on: date, months: int = MONTHS) -> list[tuple[date, int]]:
    """(last day, relations then) of each month up to `on`, of what this user may see; the months before the first
    relation are left out.

    A relation counts from the first day that something is known of it, its oldest address or the day it was entered,
    until the day it ended or died. What was deleted never was. One grouped query over all of them, about a second at
    100,000, so its answer is kept for an hour, for everybody who works in the same administrations.
    """
    where = "all" if user.is_superuser else "-".join(map(str, sorted(rights_of(user).administrations())))
    key = f"growth:{where}:{administration.pk if administration else 'all'}:{on:%Y-%m-%d}:{months}"
    if (known := cache.get(key)) is None:
        known = _counted(user, administration, on, months)
        cache.set(key, known, KEPT_SECONDS)
    return known


def _counted(user, administration, on: date, months: int) -> list[tuple[date, int]]:
    entered = Relation.history.model.objects.filter(id=OuterRef("pk"), history_type="+").order_by("history_date")
    address = Address.objects.filter(relation=OuterRef("pk")).order_by("valid_from")
    came = Cast(Subquery(entered.values("history_date")[:1]), DateField())
    rows = (
        in_scope(user, administration, on=on)
        .order_by()
        .annotate(
            came=Least(came, Coalesce(Subquery(address.values("valid_from")[:1]), came)),
            went=Coalesce(Least("ended_on", "deceased_on"), "ended_on", "deceased_on"),
        )
        .annotate(came_in=TruncMonth("came"), went_in=TruncMonth("went"))
        .values_list("came_in", "went_in")
        .annotate(Count("pk"))
    )
    difference: Counter[date] = Counter()
    for came_in, went_in, count in rows:
        if came_in is None:
            continue
        difference[came_in] += count
        if went_in is not None:
            difference[max(came_in, went_in)] -= count
    return _at_month_ends(difference, on, months)


def _at_month_ends(difference: Counter, on: date, months: int) -> list[tuple[date, int]]:
    firsts = [_months_before(on, back) for back in range(months - 1, -1, -1)]
    before = sum(count for month, count in difference.items() if month < firsts[0])
    totals = list(accumulate((difference[first] for first in firsts), initial=before))[1:]
    ends = [*(following - timedelta(days=1) for following in firsts[1:]), on]
    points = list(zip(ends, totals, strict=True))
    begin = next((place for place, (_day, count) in enumerate(points) if count), len(points))
    return points[begin:]


def _months_before(on: date, back: int) -> date:
    month = on.year * 12 + on.month - 1 - back
    return date(month // 12, month % 12 + 1, 1)
