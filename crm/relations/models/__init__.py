from crm.relations.models.bulk_edits import BulkEdit
from crm.relations.models.contact import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Identifier,
    PhoneNumber,
    SocialProfile,
    Sphere,
)
from crm.relations.models.relation import (
    NAME_SOURCES,
    Gender,
    Kind,
    LegalForm,
    NameOrder,
    Organisation,
    Person,
    Relation,
    RelationUse,
)
from crm.relations.models.roles import FinancialNumber, FinancialRole, OpenAmount, Standing
from crm.relations.models.search import SearchKey, Word, WordUse
from crm.relations.models.ties import Employment, Relationship, RelationshipType

__all__ = [
    "NAME_SOURCES",
    "Address",
    "BankAccount",
    "BulkEdit",
    "ContactMoment",
    "EmailAddress",
    "Employment",
    "FinancialNumber",
    "FinancialRole",
    "Gender",
    "Identifier",
    "Kind",
    "LegalForm",
    "NameOrder",
    "OpenAmount",
    "Organisation",
    "Person",
    "PhoneNumber",
    "Relation",
    "RelationUse",
    "Relationship",
    "RelationshipType",
    "SearchKey",
    "SocialProfile",
    "Sphere",
    "Standing",
    "Word",
    "WordUse",
]
