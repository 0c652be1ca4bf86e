"""What this slice registers with the seams below it: who sees and changes what, guards, and what is derived."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.access.rules import NOBODY, STAFF, changes, editable, sees, under, visible
from crm.core import derived, guards, panels
from crm.relations import humans, invariants
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialNumber,
    FinancialRole,
    Identifier,
    OpenAmount,
    PhoneNumber,
    Relation,
    Relationship,
    RelationshipType,
    RelationUse,
    SocialProfile,
    Standing,
)
from crm.relations.search import hooks as search_hooks  # noqa: F401  registers the search words

# ------------------------------------------------------------------------------------- who sees and changes


def in_administrations(ids) -> Q:
    """Relations that live in, or are put to use in, these administrations (a queryset of ids)."""
    return Q(administration_id__in=ids) | Q(
        pk__in=RelationUse.objects.filter(administration_id__in=ids).values("relation_id")
    )


@visible(Relation)
def sees_relation(user, on) -> Q:
    return in_administrations(administration_ids(user))


@editable(Relation)
def changes_relation(user, on) -> Q:
    """At home with the right to change relations; where it is put to use only with the right to shared data."""
    shared = RelationUse.objects.filter(administration_id__in=administration_ids(user, Right.RELATIONS_SHARED))
    return Q(administration_id__in=administration_ids(user, Right.RELATIONS_CHANGE)) | Q(
        pk__in=shared.values("relation_id")
    )


def _of_relation(model: type) -> None:
    """Rows that are as visible and as editable as the relation they hang under."""
    visible(model)(lambda user, on: under("relation", sees(Relation, user, on)))
    editable(model)(lambda user, on: under("relation", changes(Relation, user, on)))


for part in (Address, EmailAddress, PhoneNumber, Identifier, SocialProfile, ContactMoment):
    _of_relation(part)


def _between_relations(model: type, one: str, other: str) -> None:
    """A tie shows both ends, so both must be visible; either end may be the one a user may change."""

    def sees_tie(user, on) -> Q:
        relation = sees(Relation, user, on)
        return under(one, relation) & under(other, relation)

    def changes_tie(user, on) -> Q:
        relation = changes(Relation, user, on)
        return under(one, relation) | under(other, relation)

    visible(model)(sees_tie)
    editable(model)(changes_tie)


_between_relations(Employment, "person", "organisation")
_between_relations(Relationship, "from_relation", "to_relation")


@visible(BankAccount)
def sees_bank_account(user, on) -> Q:
    return under("relation", in_administrations(administration_ids(user, Right.FINANCIAL_VIEW)))


@editable(BankAccount)
def changes_bank_account(user, on) -> Q:
    return under("relation", in_administrations(administration_ids(user, Right.FINANCIAL_CHANGE)))


for books in (FinancialRole, FinancialNumber):
    visible(books)(
        lambda user, on: (
            Q(administration_id__in=administration_ids(user, Right.FINANCIAL_VIEW))
            & under("relation", sees(Relation, user, on))
        )
    )
    editable(books)(lambda user, on: Q(administration_id__in=administration_ids(user, Right.FINANCIAL_CHANGE)))

visible(OpenAmount)(lambda user, on: under("role", sees(FinancialRole, user, on)))


for kept_per_administration in (Standing, RelationUse):
    visible(kept_per_administration)(
        lambda user, on: (
            Q(administration_id__in=administration_ids(user)) & under("relation", sees(Relation, user, on))
        )
    )
    editable(kept_per_administration)(
        lambda user, on: Q(administration_id__in=administration_ids(user, Right.RELATIONS_CHANGE))
    )


@visible(RelationshipType)
def sees_relationship_type(user, on) -> Q:
    return Q() if user.kind == STAFF else NOBODY


@editable(RelationshipType)
def changes_relationship_type(user, on) -> Q:
    return Q() if rights_of(user).has(Right.SETTINGS_MANAGE) else NOBODY


# --------------------------------------------------------------------------------------------------- guards

guards.guard(Address)(invariants.addresses_do_not_overlap)
guards.guard(Standing)(invariants.standings_do_not_overlap)
guards.guard(FinancialRole)(invariants.financial_roles_hold)
guards.guard(Employment)(invariants.employments_hold)
guards.guard(Relationship)(invariants.relationships_hold)
guards.guard(Relation)(invariants.home_fits_the_mode)
guards.guard(RelationUse)(invariants.uses_fit_the_mode)

# -------------------------------------------------------------------------------------------------- derived

derived.register(
    watches={Relation: "pk", Employment: ("person_id", "main_contact_id"), Address: "relation_id"},
    fields={
        Relation: humans.PRIVATE_FIELDS,
        Employment: {"person_id", "main_contact_id"},
    },
    refresh=humans.equalise,
)

# ----------------------------------------------------------------------------------------------- settings

panels.settings_page(
    "address-report",
    _("Addresses to look at"),
    _("What the address service writes differently or does not know, to be taken over one by one."),
    "relations:address-report",
    "map",
    Right.RELATIONS_CHANGE,
    order=310,
)
