"""What the columns of the list read beside the relation itself: a query each, for the whole page.

A source gets ids of relations that this user sees on that day, so it asks only what its rows need beyond that: a third
of what a page costs was asking it again per source. A test holds these conditions to the rules of the models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.access.rules import sees, under
from crm.relations.models import Address, Employment, FinancialRole, Relation, Standing

Source = Callable[..., dict[int, Any]]


def true_on(day: date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_until=None) | Q(valid_until__gt=day))


def address_rows(user, on: date) -> QuerySet:
    """As visible as the relation they are of."""
    return Address.objects.filter(true_on(on))


def employment_rows(user, on: date) -> QuerySet:
    """Of persons that are seen, as far as the employer is seen too."""
    return Employment.objects.filter(under("organisation", sees(Relation, user, on)), true_on(on))


def role_rows(user, on: date) -> QuerySet:
    return FinancialRole.objects.filter(
        true_on(on), administration__in=rights_of(user).administrations(Right.FINANCIAL_VIEW)
    )


def standing_rows(user, on: date) -> QuerySet:
    return Standing.objects.filter(true_on(on), administration__in=rights_of(user).administrations())


def addresses(user, ids: list[int], on: date) -> dict[int, tuple]:
    """id -> (city, postcode, country, street, number, letter, addition): the visiting address, else the postal one."""
    rank = {Address.Kind.POSTAL: 1, Address.Kind.VISITING: 2}
    rows = (
        address_rows(user, on)
        .filter(relation__in=ids, kind__in=list(rank))
        .values_list("relation_id", "kind", *ADDRESS)
    )
    return {row[0]: row[2:] for row in sorted(rows, key=lambda row: rank[row[1]])}


ADDRESS = ("city", "postcode", "country", "street", "house_number", "house_letter", "house_addition")


def work(user, ids: list[int], on: date) -> dict[int, str]:
    """id -> function and employer: where the person is first contact, else the oldest."""
    rows = employment_rows(user, on).filter(person__in=ids).order_by("-first_contact", "valid_from")
    found: dict[int, str] = {}
    for person, function, employer in rows.values_list("person_id", "function", "organisation__display_name"):
        found.setdefault(person, ", ".join(filter(None, (function, employer))))
    return found


def roles(user, ids: list[int], on: date) -> dict[int, str]:
    rows = role_rows(user, on).filter(relation__in=ids).order_by("kind")
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for relation, kind in rows.values_list("relation_id", "kind"):
        found[relation][str(FinancialRole.Kind(kind).label)] = None
    both = _("deb. and cred.")
    return {relation: both if len(kinds) > 1 else next(iter(kinds)) for relation, kinds in found.items()}


def standings(user, ids: list[int], on: date) -> dict[int, dict[str, date]]:
    """id -> kind -> since when, the longest of several."""
    rows = standing_rows(user, on).filter(relation__in=ids).order_by("-valid_from")
    found: dict[int, dict[str, date]] = defaultdict(dict)
    for relation, kind, since in rows.values_list("relation_id", "kind", "valid_from"):
        found[relation][kind] = since
    return found


def changes(user, ids: list[int], on: date) -> dict[int, Any]:
    """id -> when it was last changed; asked for rows that the user sees."""
    log = Relation.history.model.objects.filter(id__in=ids).order_by()
    return dict(log.values_list("id").annotate(Max("history_date")))
