"""Registers the search with what keeps derived data up to date; imported in RelationsConfig.ready()."""

from crm.core import derived
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Employment,
    FinancialNumber,
    Identifier,
    PhoneNumber,
    Relation,
)
from crm.relations.search.index import NAME_COLUMNS, RELATION_KEYS, refresh

derived.register(
    watches={
        Relation: "pk",
        Address: "relation_id",
        EmailAddress: "relation_id",
        PhoneNumber: "relation_id",
        BankAccount: "relation_id",
        Identifier: "relation_id",
        FinancialNumber: "relation_id",
        Employment: ("person_id", "organisation_id"),
    },
    fields={
        Relation: {*NAME_COLUMNS, *(key.column for key in RELATION_KEYS)},
        Address: {"relation_id", "postcode", "house_number", "house_letter", "house_addition", "city"},
        EmailAddress: {"relation_id", "email"},
        PhoneNumber: {"relation_id", "number"},
        BankAccount: {"relation_id", "iban"},
        Identifier: {"relation_id", "kind", "value"},
        FinancialNumber: {"relation_id", "number", "administration_id"},
        Employment: {"person_id", "organisation_id", "email", "phone", "mobile"},
    },
    refresh=refresh,
)
