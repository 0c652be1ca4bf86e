"""Of whom rows go out: a list of relations, those that were ticked in it, or one card."""

from datetime import date
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.rights import Right
from crm.exchange.kinds import Source, exporting_administrations, register_source
from crm.relations.hooks import in_administrations
from crm.relations.listing import asked as listing_asked
from crm.relations.listing.page import everything
from crm.relations.models import Relation

MOST_CHOSEN = 500


def exportable(user, right: Right | None = None) -> Q:
    """Relations of the administrations where this user takes lists out."""
    if user.is_superuser:
        return Q()
    return in_administrations(sorted(exporting_administrations(user, right)))


def exported_books(user, right: Right | None = None) -> Q:
    """Rows that lie in an administration where this user takes lists out, and has this right."""
    if user.is_superuser:
        return Q()
    return Q(administration__in=sorted(exporting_administrations(user, right)))


def fold(query: QueryDict) -> str:
    """An address's query as a source keeps it: the chosen numbers, or else what the list asked."""
    if query.get("all") != "yes" and "chosen" in query:
        return urlencode({"chosen": ",".join(map(str, chosen_numbers(query)))}, safe=",")
    kept = {name: query[name] for name in query if name not in ("chosen", "all", "after", "before")}
    return urlencode(kept, safe=",")


def chosen_numbers(query: QueryDict) -> list[int]:
    given = [one for value in query.getlist("chosen") for one in value.split(",")]
    return [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 15][:MOST_CHOSEN]


def subjects(user, asked: str, *, on: date) -> QuerySet:
    """The relations of a list, or those that were ticked in it or stand on one card; in the order of the list."""
    query = QueryDict(asked)
    if "chosen" in query:
        rows = Relation.objects.visible_to(user, on).filter(number__in=chosen_numbers(query))
        return rows.filter(exportable(user)).sorted()
    wanted = listing_asked.read(user, query).without_paging()
    rows = everything(user, wanted, on=on).filter(exportable(user))
    columns = wanted.ordering.columns
    if "history_date" in columns:
        return rows.sorted()
    return rows.order_by(*(f"-{name}" if wanted.descending else name for name in columns))


def words(user, asked: str) -> str:
    query = QueryDict(asked)
    if "chosen" in query:
        numbers = chosen_numbers(query)
        return _("chosen: %(numbers)s") % {"numbers": ", ".join(map(str, numbers))}
    wanted = listing_asked.read(user, query)
    said = [_("search: %(words)s") % {"words": wanted.q}] if wanted.q else []
    said += [f"{one.filter.label}: {one.filter.words(one.value, user=user)}" for one in wanted.applied]
    return "; ".join(said) or _("the whole list")


def back(asked: str) -> str:
    query = QueryDict(asked)
    numbers = chosen_numbers(query)
    if len(numbers) == 1:
        return reverse("relations:card", args=numbers)
    return f"{reverse('relations:list')}?{asked}" if asked and "chosen" not in query else reverse("relations:list")


register_source(
    Source(
        "relations",
        gettext_lazy("Relations"),
        subjects,
        words,
        back,
        fold,
        kinds=(
            "relations",
            "employments",
            "relationships",
            "addresses",
            "bank_accounts",
            "financial_roles",
            "debtors",
            "creditors",
        ),
    )
)
