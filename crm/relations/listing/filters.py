"""What the list can be narrowed to: a small class each, with its value read from the address.

A filter says which field class it looks at. Who may not read that class may not filter on it either: the rows that
are left would tell what the column hides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import Rights, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.dates import parse_day
from crm.core.field_classes import INTERNAL, PUBLIC
from crm.relations.models import (
    Address,
    EmailAddress,
    Employment,
    FinancialRole,
    Kind,
    LegalForm,
    PhoneNumber,
    Relation,
    RelationUse,
    Standing,
)

LONGEST = 80


class NotAValue(ValueError):
    """What stands in the address is no value of this filter."""


class Filter(ABC):
    """One thing to narrow the list to. `kind` is how a value is chosen: "choice", "text", "day" or "relation"."""

    key: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    kind: ClassVar[str] = "choice"
    field_class: ClassVar[str] = PUBLIC

    def allowed(self, rights: Rights) -> bool:
        """Whether this user may filter on it: only on what they may read in every administration they work in."""
        return self.field_class in rights.readable_classes()

    @abstractmethod
    def read(self, raw: str) -> Any:
        """The value that `raw` stands for. Raises NotAValue."""

    @abstractmethod
    def narrow(self, relations: QuerySet, value: Any, *, user, on: date) -> QuerySet:
        """The relations for which this value holds on that day."""

    def absent(self, relations: QuerySet, *, on: date) -> QuerySet:
        """What the list shows while this filter is not on."""
        return relations

    def words(self, value: Any, *, user) -> str:
        """The value as its chip shows it."""
        return str(value)

    def choices(self, user) -> list[tuple[str, str]]:
        """(value in the address, label) of what can be chosen; only of the kind "choice"."""
        return []


class ChoiceFilter(Filter):
    """One of some values. A subclass gives `options`: value in the address -> label."""

    @abstractmethod
    def options(self, user) -> dict[str, str]:
        """Value in the address -> label."""

    def read(self, raw: str) -> str:
        if raw not in self.options(None):
            raise NotAValue(raw)
        return raw

    def words(self, value: str, *, user) -> str:
        return self.options(user)[value]

    def choices(self, user) -> list[tuple[str, str]]:
        return list(self.options(user).items())


class ColumnChoice(ChoiceFilter):
    """The value of a column of the relation that has choices."""

    def __init__(self, key: str, label, choices, field_class: str = PUBLIC):
        self.key, self.label, self._choices, self.field_class = key, label, choices, field_class

    def options(self, user) -> dict[str, str]:
        return {value: str(label) for value, label in self._choices if value}

    def narrow(self, relations, value, *, user, on):
        return relations.filter(**{self.key: value})


class TextFilter(Filter):
    kind = "text"

    def read(self, raw: str) -> str:
        if not raw.strip() or len(raw) > LONGEST:
            raise NotAValue(raw)
        return raw.strip()


class DayFilter(Filter):
    kind = "day"

    def read(self, raw: str) -> date:
        day = parse_day(raw, today=timezone.localdate())
        if day is None:
            raise NotAValue(raw)
        return day

    def words(self, value: date, *, user) -> str:
        return f"{value:%d-%m-%Y}"


class StatusFilter(ChoiceFilter):
    """Without it the list shows who we still deal with on the day."""

    key, label, field_class = "status", gettext_lazy("Status"), INTERNAL

    def options(self, user):
        return {"ended": _("ended"), "deceased": _("deceased"), "all": _("active and ended")}

    def narrow(self, relations, value, *, user, on):
        if value == "ended":
            return relations.filter(Q(ended_on__lte=on) | Q(deceased_on__lte=on))
        return relations.filter(deceased_on__lte=on) if value == "deceased" else relations

    def absent(self, relations, *, on):
        return relations.active(on)


class RoleFilter(ChoiceFilter):
    """Debtor or creditor on the day, in an administration whose books the user may see."""

    key, label = "role", gettext_lazy("Role in the books")

    def allowed(self, rights):
        return rights.has(Right.FINANCIAL_VIEW)

    def options(self, user):
        return {value: str(label) for value, label in FinancialRole.Kind.choices}

    def narrow(self, relations, value, *, user, on):
        # not `pk IN`: SQLite would sort every debtor there is before it shows fifty
        roles = FinancialRole.objects.visible_to(user).on(on).filter(kind=value, relation=OuterRef("pk"))
        return relations.filter(Exists(roles))


class StandingFilter(ChoiceFilter):
    key, label, field_class = "standing", gettext_lazy("Client or member"), INTERNAL

    def options(self, user):
        return {value: str(label) for value, label in Standing.Kind.choices}

    def narrow(self, relations, value, *, user, on):
        held = Standing.objects.visible_to(user).on(on).filter(kind=value, relation=OuterRef("pk"))
        return relations.filter(Exists(held))


class StandingSinceFilter(DayFilter):
    """Client or member on the day, and no longer than since then."""

    key, label, field_class = "since", gettext_lazy("Client or member since"), INTERNAL

    def narrow(self, relations, value, *, user, on):
        held = Standing.objects.visible_to(user).on(on).filter(valid_from__gte=value)
        return relations.filter(pk__in=held.values("relation_id"))


class AdministrationFilter(Filter):
    """At home or put to use in one of one's own administrations."""

    key, label = "administration", gettext_lazy("Administration")

    def read(self, raw: str) -> int:
        if not raw.isascii() or not raw.isdecimal() or len(raw) > 15:
            raise NotAValue(raw)
        return int(raw)

    def narrow(self, relations, value, *, user, on):
        # of one's own: asking for another would tell which shared relations are in use there
        mine = Administration.objects.visible_to(user).filter(pk=value).values("pk")
        used = RelationUse.objects.filter(administration__in=mine).values("relation_id")
        return relations.filter(Q(administration__in=mine) | Q(pk__in=used))

    def words(self, value, *, user):
        found = Administration.objects.visible_to(user).filter(pk=value).first()
        return found.name if found else _("not one of yours")

    def choices(self, user):
        found = Administration.objects.visible_to(user).order_by("name").values_list("pk", "name")
        return [(str(pk), name) for pk, name in found]


class CityFilter(TextFilter):
    """Lives, sits or gets its post there on the day."""

    key, label = "city", gettext_lazy("City")

    def narrow(self, relations, value, *, user, on):
        there = Address.objects.visible_to(user).on(on).filter(city__iexact=value)
        return relations.filter(pk__in=there.values("relation_id"))


class SectorFilter(TextFilter):
    key, label = "sector", gettext_lazy("Sector")

    def narrow(self, relations, value, *, user, on):
        return relations.filter(sector__iexact=value)


class BlockedFilter(ChoiceFilter):
    key, label, field_class = "blocked", gettext_lazy("Blocked"), INTERNAL

    COLUMNS: ClassVar[dict[str, tuple[str, ...]]] = {
        "post": ("no_post",),
        "mail": ("no_mail",),
        "phone": ("no_phone",),
        "any": ("no_post", "no_mail", "no_phone"),
    }

    def options(self, user):
        return {
            "any": _("for anything"),
            "post": _("no post"),
            "mail": _("no e-mail"),
            "phone": _("no phone calls"),
            "none": _("not at all"),
        }

    def narrow(self, relations, value, *, user, on):
        blocked = Q()
        for column in self.COLUMNS["any" if value == "none" else value]:
            blocked |= Q(**{column: True})
        return relations.filter(~blocked if value == "none" else blocked)


class EmployedAtFilter(Filter):
    """Works there on the day; the address holds the organisation's number."""

    key, label, kind = "employer", gettext_lazy("Works at"), "relation"

    def read(self, raw: str) -> int:
        if not raw.isascii() or not raw.isdecimal() or len(raw) > 15:
            raise NotAValue(raw)
        return int(raw)

    def narrow(self, relations, value, *, user, on):
        there = Employment.objects.visible_to(user).on(on).filter(organisation__number=value)
        return relations.filter(pk__in=there.values("person_id"))

    def words(self, value, *, user):
        found = Relation.objects.visible_to(user).filter(number=value).values_list("display_name", flat=True).first()
        return found or str(value)


class ReachFilter(ChoiceFilter):
    """Has, or has not, something to be reached by: on the relation itself or as an extra one."""

    def __init__(self, key: str, label, columns: tuple[str, ...], extra: type):
        self.key, self.label, self.columns, self.extra = key, label, columns, extra

    def options(self, user):
        return {"yes": _("there is one"), "no": _("there is none")}

    def narrow(self, relations, value, *, user, on):
        has = Q()
        for column in self.columns:
            has |= ~Q(**{column: ""})
        has |= Exists(self.extra.objects.visible_to(user).filter(relation=OuterRef("pk")))
        return relations.filter(has if value == "yes" else ~has)


class ChangedSinceFilter(DayFilter):
    """Made or changed on that day or later, whoever did it."""

    key, label = "changed", gettext_lazy("Changed since")

    def narrow(self, relations, value, *, user, on):
        begin = timezone.make_aware(datetime.combine(value, time.min))
        rows = Relation.history.model.objects.filter(history_date__gte=begin)
        return relations.filter(pk__in=rows.values("id"))


_filters: dict[str, Filter] = {}


def register(one: Filter) -> Filter:
    """Offer a filter in the list of relations; `key` is its name in the address."""
    _filters[one.key] = one
    return one


def registered() -> list[Filter]:
    """In the order in which they are offered."""
    return list(_filters.values())


for _one in (
    ColumnChoice("kind", gettext_lazy("Kind"), Kind.choices),
    StatusFilter(),
    RoleFilter(),
    StandingFilter(),
    StandingSinceFilter(),
    AdministrationFilter(),
    CityFilter(),
    SectorFilter(),
    ColumnChoice("legal_form", gettext_lazy("Legal form"), LegalForm.choices),
    ColumnChoice("language", gettext_lazy("Language"), Relation._meta.get_field("language").choices, INTERNAL),
    BlockedFilter(),
    EmployedAtFilter(),
    ReachFilter("has_email", gettext_lazy("E-mail address"), ("email",), EmailAddress),
    ReachFilter("has_phone", gettext_lazy("Phone number"), ("phone", "mobile"), PhoneNumber),
    ChangedSinceFilter(),
):
    register(_one)


def offered_to(user) -> list[Filter]:
    rights = rights_of(user)
    return [one for one in registered() if one.allowed(rights)]


def picker_url() -> str:
    """Where the kind "relation" finds its options: organisations, so far."""
    return f"{reverse('relations:pick')}?kind={Kind.ORGANISATION}"
