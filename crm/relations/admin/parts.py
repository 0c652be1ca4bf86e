"""Lists of what hangs under relations, over all of them: to look things up."""

from django.contrib import admin

from crm.access.rights import Right
from crm.core.admin import ScopedAdmin
from crm.relations.admin.inlines import UnderRelation
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    Employment,
    FinancialNumber,
    FinancialRole,
    Relationship,
    RelationshipType,
    Standing,
)


class PartPages(UnderRelation, ScopedAdmin):
    """Rows under a relation, over all relations: to look things up."""

    autocomplete_fields = ("relation",)
    search_fields = ("relation__sort_key",)
    list_select_related = ("relation",)
    ordering = ("-pk",)  # the newest first; a page needs an order that no row shares

    def get_search_fields(self, request):
        return super().get_search_fields(request)


@admin.register(Employment)
class EmploymentAdmin(PartPages):
    parent = "person"
    list_display = ("person", "organisation", "function", "department", "email", "valid_from", "valid_until")
    list_filter = ("first_contact", ("valid_until", admin.EmptyFieldListFilter))
    search_fields = ("person__sort_key", "organisation__sort_key", "function", "email")
    list_select_related = ("person", "organisation")
    autocomplete_fields = ("person", "organisation", "main_contact")


@admin.register(RelationshipType)
class RelationshipTypeAdmin(ScopedAdmin):
    change_right = Right.SETTINGS_MANAGE
    delete_right = Right.SETTINGS_MANAGE
    list_display = ("name", "reverse_name", "structure", "from_kind", "to_kind", "acyclic", "retired")
    list_filter = ("structure", "retired")
    search_fields = ("name", "reverse_name")


@admin.register(Relationship)
class RelationshipAdmin(PartPages):
    parent = "from_relation"
    list_display = ("from_relation", "type", "to_relation", "percentage", "valid_from", "valid_until")
    list_filter = ("type", ("valid_until", admin.EmptyFieldListFilter))
    search_fields = ("from_relation__sort_key", "to_relation__sort_key")
    list_select_related = ("from_relation", "to_relation", "type")
    autocomplete_fields = ("from_relation", "to_relation")


@admin.register(Standing)
class StandingAdmin(PartPages):
    list_display = ("relation", "administration", "kind", "valid_from", "valid_until")
    list_filter = ("administration", "kind")
    list_select_related = ("relation", "administration")


@admin.register(FinancialRole)
class FinancialRoleAdmin(PartPages):
    list_display = ("relation", "administration", "kind", "number", "payment_term_days", "valid_from", "valid_until")
    list_filter = ("administration", "kind", "cause")
    search_fields = ("relation__sort_key", "number__number")
    list_select_related = ("relation", "administration", "number")
    readonly_fields = ("relation", "administration", "kind", "number", "cause", "cause_detail", "set_by", "set_at")
    autocomplete_fields = ("bank_account", "billing_address")

    def has_add_permission(self, request, obj=None) -> bool:
        """A role begins with the action on relations, which gives out the number."""
        return False


@admin.register(FinancialNumber)
class FinancialNumberAdmin(PartPages):
    list_display = ("number", "relation", "administration")
    list_filter = ("administration",)
    search_fields = ("number", "relation__sort_key")
    list_select_related = ("relation", "administration")


@admin.register(BankAccount)
class BankAccountAdmin(PartPages):
    list_display = ("iban", "relation", "holder", "main")
    list_filter = ("main",)
    search_fields = ("iban", "holder", "relation__sort_key")


@admin.register(Address)
class AddressAdmin(PartPages):
    list_display = ("relation", "kind", "street", "house_number", "postcode", "city", "valid_from", "valid_until")
    list_filter = ("kind", "check_state", "country")
    search_fields = ("postcode", "street", "city", "relation__sort_key")


@admin.register(ContactMoment)
class ContactMomentAdmin(PartPages):
    list_display = ("happened_at", "relation", "kind", "subject", "by", "next_step_on")
    list_filter = ("kind", "happened_at")
    search_fields = ("subject", "relation__sort_key")
    list_select_related = ("relation", "by")
