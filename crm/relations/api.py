"""The endpoints of relations and what hangs under them: each reads through `visible_to` and writes by a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.api import routes
from crm.core.api.paging import limit_of, seal, unseal
from crm.core.api.parameters import Asked, Expansion, Parameter, Row, column_parameter, whole_number
from crm.core.api.problems import Problem
from crm.core.api.resources import RecordEndpoint
from crm.core.field_classes import INTERNAL
from crm.relations import services
from crm.relations.listing import filters
from crm.relations.listing.page import SEARCH_LIMIT
from crm.relations.models import (
    Address,
    BankAccount,
    Employment,
    FinancialRole,
    Identifier,
    Relation,
    Relationship,
    RelationshipType,
)
from crm.relations.queries import homes_of_parts, homes_of_relations
from crm.relations.search.query import find_for
from crm.relations.serializers import (
    AddressSerializer,
    BankAccountSerializer,
    EmploymentSerializer,
    FinancialRoleSerializer,
    IdentifierSerializer,
    RelationSerializer,
    RelationshipSerializer,
    RelationshipTypeSerializer,
)

LONGEST_QUESTION = 200
KEY = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


def refused(said: str) -> Problem:
    return Problem("forbidden", said)


# -------------------------------------------------------------------------------------------- parts of a relation


class PartEndpoint(RecordEndpoint):
    """Rows under relations; `owners` are the keys to the relations they hang under."""

    owners: tuple[str, ...] = ("relation",)
    fixed = frozenset({"relation"})

    def homes(self, ids: Sequence[int]) -> dict[int, set[int]]:
        return homes_of_parts(self.model, ids, self.owners)

    def homes_of_new(self, values: Row) -> set[int]:
        """One of the relations it is to hang under must be one's own to change."""
        keys = [values[name].pk for name in self.owners]
        if not Relation.objects.editable_by(self.request.user).filter(pk__in=keys).exists():
            raise refused(_("You may not change this relation."))
        return set().union(*homes_of_relations(keys).values())

    def change(self, record, *, version: int, **values: Any):
        return services.update_part(record, version=version, **values)

    def remove(self, record, *, version: int) -> None:
        services.remove_part(record, version=version)

    def under(self, ids: Sequence[int], user, on) -> list[Row]:
        """The rows under these relations that are true on the day, as the endpoint itself answers them."""
        asked = self.asked_of(on=on)
        owned = Q()
        for name in self.owners:
            owned |= Q(**{f"{name}__in": ids})
        rows = self.read(self.visible(user, asked).filter(owned).order_by("pk"), asked)
        self.complete(rows, user, asked)
        return rows


def with_relation(*names: str) -> tuple[Expansion, ...]:
    """Expansions of keys to a relation: its number, kind and name instead of its id."""

    def fill_of(name: str) -> Callable[..., None]:
        def fill(rows: list[Row], user, on) -> None:
            keys = {row[name] for row in rows if row.get(name)}
            found = Relation.objects.visible_to(user).filter(pk__in=keys)
            known = {row["id"]: row for row in found.values("id", "number", "kind", "display_name")}
            for row in rows:
                row[name] = known.get(row.get(name))

        return fill

    return tuple(Expansion(name, fill_of(name), (name,)) for name in names)


def of_relation(name: str, model_key: str) -> Parameter:
    return column_parameter(name, model_key, whole_number, schema=KEY, description=_owner_words)


_owner_words = gettext_lazy("The id of the relation")


def of_kind(choices: type) -> Parameter:
    return column_parameter("kind", "kind", choices, schema={"type": "string", "enum": list(choices.values)})


class AddressEndpoint(PartEndpoint):
    resource, model, serializer_class, dated = "addresses", Address, AddressSerializer, True
    parameters = (of_relation("relation", "relation"), of_kind(Address.Kind))
    expansions = with_relation("relation")

    def add(self, user, values: Row) -> Address:
        """The address of that kind before it ends on its first day, as on the screens."""
        return services.change_address(values.pop("relation"), **values)


class IdentifierEndpoint(PartEndpoint):
    resource, model, serializer_class = "identifiers", Identifier, IdentifierSerializer
    parameters = (of_relation("relation", "relation"), of_kind(Identifier.Kind))
    expansions = with_relation("relation")

    def add(self, user, values: Row) -> Identifier:
        return services.add_part(Identifier(**values))


class BankAccountEndpoint(PartEndpoint):
    resource, model, serializer_class = "bank-accounts", BankAccount, BankAccountSerializer
    parameters = (of_relation("relation", "relation"),)
    expansions = with_relation("relation")

    def homes_of_new(self, values: Row) -> set[int]:
        homes = homes_of_relations([values["relation"].pk])[values["relation"].pk]
        if not rights_of(self.request.user).has(Right.FINANCIAL_CHANGE, homes):
            raise refused(_("You may not change bank accounts here."))
        return homes

    @transaction.atomic
    def add(self, user, values: Row) -> BankAccount:
        """The first account of a relation is its main one; so is one that is said to be."""
        main = values.pop("main", False)
        relation = values["relation"]
        first = not relation.bank_accounts.filter(main=True).exists()
        account = services.add_part(BankAccount(**values))
        return services.set_iban(relation, iban=account.iban) if main or first else account

    @transaction.atomic
    def change(self, record, *, version: int, **values: Any) -> BankAccount:
        main = values.pop("main", record.main)
        if record.main and not main:
            said = _("Make another account the main one instead.")
            raise Problem("validation_failed", errors={"main": [("main", said)]})
        if values:
            record = services.update_part(record, version=version, **values)
        return services.set_iban(record.relation, iban=record.iban) if main and not record.main else record


class EmploymentEndpoint(PartEndpoint):
    resource, model, serializer_class, dated = "employments", Employment, EmploymentSerializer, True
    owners = ("person", "organisation")
    fixed = frozenset(owners)
    parameters = (of_relation("person", "person"), of_relation("organisation", "organisation"))
    expansions = with_relation("person", "organisation")

    def add(self, user, values: Row) -> Employment:
        return services.employ(values.pop("person"), values.pop("organisation"), **values)


class RelationshipEndpoint(PartEndpoint):
    resource, model, serializer_class, dated = "relationships", Relationship, RelationshipSerializer, True
    owners = ("from_relation", "to_relation")
    fixed = frozenset({*owners, "type"})
    parameters = (
        of_relation("from_relation", "from_relation"),
        of_relation("to_relation", "to_relation"),
        column_parameter(
            "type", "type", whole_number, schema=KEY, description=gettext_lazy("The id of the relationship type")
        ),
    )
    expansions = with_relation("from_relation", "to_relation")

    def add(self, user, values: Row) -> Relationship:
        return services.relate(values.pop("from_relation"), values.pop("to_relation"), **values)


class FinancialRoleEndpoint(PartEndpoint):
    """A role is ended by its `valid_until`, never deleted: the books need it."""

    resource, model, serializer_class, dated = "financial-roles", FinancialRole, FinancialRoleSerializer, True
    fixed = frozenset({"relation", "administration", "kind", "number"})
    parameters = (
        of_relation("relation", "relation"),
        of_kind(FinancialRole.Kind),
        column_parameter(
            "administration",
            "administration",
            whole_number,
            schema=KEY,
            description=gettext_lazy("The id of the administration"),
        ),
        column_parameter(
            "number", "number__number", whole_number, schema=KEY, description=gettext_lazy("The number in the books")
        ),
    )
    expansions = with_relation("relation")
    remove = None

    def homes(self, ids: Sequence[int]) -> dict[int, set[int]]:
        return homes_of_parts(FinancialRole, ids, ())

    def homes_of_new(self, values: Row) -> set[int]:
        where = {values["administration"].pk}
        if not rights_of(self.request.user).has(Right.FINANCIAL_CHANGE, where):
            raise refused(_("You may not change debtors and creditors of this administration."))
        return where

    def checked(self, request, *, partial: bool = False) -> Row:
        values = super().checked(request, partial=partial)
        if "number" in values:
            values["number"] = values["number"]["number"]
        return values

    def value_of(self, record, name: str) -> Any:
        return record.number.number if name == "number" else super().value_of(record, name)

    def add(self, user, values: Row) -> FinancialRole:
        """A role that is going on that day is answered as it is."""
        return services.set_financial_role(values.pop("relation"), **values)


class RelationshipTypeEndpoint(RecordEndpoint):
    resource, model, serializer_class = "relationship-types", RelationshipType, RelationshipTypeSerializer

    def homes(self, ids: Sequence[int]) -> dict[int, set[int]]:
        mine = rights_of(self.request.user).administrations()
        return dict.fromkeys(ids, mine)


# ------------------------------------------------------------------------------------------------- relations


def _as_on_the_screen(one: filters.Filter) -> Parameter:
    """A filter of the list of relations, with the name it has in the address there."""

    def narrow(rows: QuerySet, raw: str, *, user, on) -> QuerySet:
        try:
            value = one.read(raw)
        except filters.NotAValue as wrong:
            raise Problem("bad_parameter", _("%(name)s cannot have this value.") % {"name": one.key}) from wrong
        return one.narrow(rows, value, user=user, on=on)

    schema: dict[str, Any] = {"type": "string"}
    if isinstance(one, filters.ChoiceFilter):
        schema["enum"] = list(one.options(None))
    elif one.kind == "day":
        schema["format"] = "date"
    elif isinstance(one, filters.AdministrationFilter | filters.EmployedAtFilter):
        schema = {"type": "integer", "minimum": 1, "maximum": 10**14}
    return Parameter(one.key, narrow, one.allowed, one.label, schema)


def _brought(name: str, endpoint: type[PartEndpoint]) -> Expansion:
    """Rows under the relations of a page, each in the list of every relation it hangs under."""

    def fill(rows: list[Row], user, on) -> None:
        parts: dict[int, list[Row]] = {row["id"]: [] for row in rows}
        for part in endpoint().under(list(parts), user, on):
            for owner in endpoint.owners:
                if part.get(owner) in parts:
                    parts[part[owner]].append(part)
        for row in rows:
            row[name] = parts[row["id"]]

    return Expansion(name, fill, schema={"type": "array", "items": {"type": "object"}})


class RelationEndpoint(RecordEndpoint):
    """Persons and organisations. Without `status` the list has who we still deal with on the day."""

    resource, model, serializer_class = "relations", Relation, RelationSerializer
    orders = {"name": ("sort_key", "id"), "number": ("number",), "id": ("id",)}
    fixed = frozenset({"administration", "kind"})
    by_key = {one.key: one for one in filters.registered()}
    parameters = (
        *(_as_on_the_screen(one) for one in filters.registered()),
        column_parameter("number", "number", whole_number, schema=KEY, description=gettext_lazy("Its number")),
        column_parameter(
            "external_key",
            "external_key",
            str,
            field_class=INTERNAL,
            description=gettext_lazy("Its key in the system it came from"),
        ),
    )
    expansions = (
        _brought("addresses", AddressEndpoint),
        _brought("identifiers", IdentifierEndpoint),
        _brought("bank_accounts", BankAccountEndpoint),
        _brought("employments", EmploymentEndpoint),
        _brought("financial_roles", FinancialRoleEndpoint),
    )

    def homes(self, ids: Sequence[int]) -> dict[int, set[int]]:
        return homes_of_relations(ids)

    def without(self, rows: QuerySet, parameter: Parameter, asked: Asked) -> QuerySet:
        one = self.by_key.get(parameter.name)
        return one.absent(rows, on=asked.day) if one else rows

    def more_parameters(self) -> frozenset[str]:
        return frozenset({"search"})

    def page(self, request, rows: QuerySet, asked: Asked) -> tuple[list[Row], str | None]:
        if "search" not in request.query_params:
            return super().page(request, rows, asked)
        return self._found(request, rows, asked)

    def _found(self, request, rows: QuerySet, asked: Asked) -> tuple[list[Row], str | None]:
        given = request.query_params
        if "order" in given or len(given["search"]) > LONGEST_QUESTION:
            said = _("A search has at most %(most)d characters and its own order: best fit first.")
            raise Problem("bad_parameter", said % {"most": LONGEST_QUESTION})
        size, place = limit_of(given.get("limit")), "relations search"
        start = unseal(given["cursor"], of=place)[0] if "cursor" in given else 0
        hits = [h.relation_id for h in find_for(request.user, given["search"], on=asked.day, limit=SEARCH_LIMIT)]
        left = set(rows.order_by().filter(pk__in=hits).values_list("pk", flat=True))
        kept = [pk for pk in hits if pk in left]
        shown = kept[start : start + size]
        found = {row["id"]: row for row in self.read(rows.order_by().filter(pk__in=shown), asked)}
        more = start + size < len(kept)
        onward = self.onward(request, seal([start + size], of=place)) if more else None
        return [found[pk] for pk in shown if pk in found], onward

    def homes_of_new(self, values: Row) -> set[int]:
        homes = Administration.objects.filter(
            pk__in=administration_ids(self.request.user, Right.RELATIONS_CHANGE), archived_on=None
        )
        home = values["administration"].pk
        if not homes.filter(pk=home).exists():
            raise refused(_("You may not make relations in this administration."))
        return {home}

    def add(self, user, values: Row) -> Relation:
        return services.create_relation(**values)

    def change(self, record, *, version: int, **values: Any) -> Relation:
        return services.update_relation(record, version=version, **values)

    def remove(self, record, *, version: int) -> None:
        user = self.request.user
        if not rights_of(user).has(Right.RELATIONS_DELETE, [record.administration_id]):
            raise refused(_("You may not delete relations here."))
        try:
            services.delete_relation(record, version=version, reader=user)
        except services.UnableToDelete as refusal:
            raise Problem("in_use", str(refusal)) from refusal


routes.register("relations", RelationEndpoint, gettext_lazy("relations"))
routes.register("addresses", AddressEndpoint, gettext_lazy("addresses"))
routes.register("bank-accounts", BankAccountEndpoint, gettext_lazy("bank accounts"))
routes.register("employments", EmploymentEndpoint, gettext_lazy("employments"))
routes.register("relationships", RelationshipEndpoint, gettext_lazy("relationships"))
routes.register("financial-roles", FinancialRoleEndpoint, gettext_lazy("financial roles"))
routes.register("identifiers", IdentifierEndpoint, gettext_lazy("identifiers"))
routes.register("relationship-types", RelationshipTypeEndpoint, gettext_lazy("relationship types"), writes=False)
