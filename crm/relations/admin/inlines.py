"""What hangs under a relation, on its page; and in whose administrations such a row lies."""

from django.utils.translation import gettext_lazy

from crm.core.admin import ScopedInline
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Employment,
    FinancialRole,
    Identifier,
    PhoneNumber,
    Relation,
    Relationship,
    RelationUse,
    SocialProfile,
    Standing,
)


class UnderRelation:
    """Rows whose administrations are those of the relation they hang under; `parent` is the key to it."""

    parent = "relation"

    def administrations_of(self, record):
        if not isinstance(record, self.model):
            return super().administrations_of(record)
        own = getattr(record, "administration_id", None)
        if own:
            return {own}
        relation = getattr(record, self.parent, None) if getattr(record, f"{self.parent}_id", None) else None
        return administrations_of_relation(relation) if relation is not None else None


def administrations_of_relation(relation: Relation) -> set[int] | None:
    """Its home and where it is put to use; None for one that has no home yet. Read once per instance."""
    if not relation.administration_id:
        return None
    if not hasattr(relation, "_administrations"):
        uses = relation.uses.values_list("administration_id", flat=True) if relation.pk else ()
        relation._administrations = set(uses)
    return {relation.administration_id} | relation._administrations


class AddressInline(UnderRelation, ScopedInline):
    model = Address
    fields = ("kind", "street", "house_number", "house_letter", "house_addition", "postcode", "city", "country")
    fields = (*fields, "attention", "valid_from", "valid_until")


class EmailInline(UnderRelation, ScopedInline):
    model = EmailAddress


class PhoneInline(UnderRelation, ScopedInline):
    model = PhoneNumber


class BankAccountInline(UnderRelation, ScopedInline):
    model = BankAccount


class IdentifierInline(UnderRelation, ScopedInline):
    model = Identifier


class SocialProfileInline(UnderRelation, ScopedInline):
    model = SocialProfile


class StandingInline(UnderRelation, ScopedInline):
    model = Standing
    short_lists = ("administration",)


class RelationUseInline(UnderRelation, ScopedInline):
    model = RelationUse
    short_lists = ("administration",)


class EmploymentInline(UnderRelation, ScopedInline):
    model = Employment
    parent = fk_name = "person"
    autocomplete_fields = ("organisation",)
    fields = ("organisation", "function", "department", "email", "phone", "first_contact", "valid_from", "valid_until")


class StaffInline(EmploymentInline):
    parent = fk_name = "organisation"
    autocomplete_fields = ("person",)
    fields = ("person", *EmploymentInline.fields[1:])
    verbose_name_plural = gettext_lazy("staff")


class TieInline(UnderRelation, ScopedInline):
    model = Relationship
    parent = fk_name = "from_relation"
    autocomplete_fields = ("to_relation",)
    short_lists = ("type",)


class FinancialRoleInline(UnderRelation, ScopedInline):
    """Terms of a role. A role begins with the action "Make debtor": its number is given out."""

    model = FinancialRole
    fields = ("administration", "kind", "number", "payment_term_days", "reminders", "bank_account", "billing_address")
    fields = (*fields, "valid_from", "valid_until", "cause")
    readonly_fields = ("administration", "kind", "number", "cause")

    def has_add_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("administration", "number")

    def get_formset(self, request, obj=None, **kwargs):
        request.relation_shown = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        shown = getattr(request, "relation_shown", None)
        if db_field.name in ("bank_account", "billing_address"):
            model = db_field.remote_field.model
            kwargs["queryset"] = model.objects.filter(relation=shown) if shown else model.objects.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    short_lists = ("bank_account", "billing_address")
