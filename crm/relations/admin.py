"""Pages for everything of relations that has no screen of its own, and for looking underneath those that have."""

from django.contrib import admin, messages
from django.http import Http404, StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.admin import ScopedAdmin, ScopedInline
from crm.relations import spreadsheet
from crm.relations.exports import export_rows
from crm.relations.import_steps import RelationImport
from crm.relations.models import (
    Address,
    BankAccount,
    ContactMoment,
    EmailAddress,
    Employment,
    FinancialNumber,
    FinancialRole,
    Identifier,
    Organisation,
    Person,
    PhoneNumber,
    Relation,
    Relationship,
    RelationshipType,
    RelationUse,
    SocialProfile,
    Standing,
)
from crm.relations.search.query import find_for
from crm.relations.services import make_financial_roles

FOUND_AT_MOST = 500


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


# ------------------------------------------------------------------------------------------------- inlines


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


# ----------------------------------------------------------------------------------------------- relations

NAMES_OF_PERSON = (
    ("initials", "given_name"),
    ("prefix", "family_name"),
    ("partner_prefix", "partner_family_name", "name_order"),
    ("title_before", "title_after"),
    ("salutation_formal", "salutation_informal"),
    ("gender", "birth_date", "deceased_on"),
)
REACH = (gettext_lazy("Reach"), {"fields": ("email", "phone", "mobile", "website", "language")})
BLOCKS = (gettext_lazy("Blocks"), {"fields": (("no_post", "no_mail", "no_phone"), "block_reason")})
OTHER = (gettext_lazy("Other"), {"fields": (("ended_on", "end_reason"), "external_key", "notes")})


class RelationPages(RelationImport, ScopedAdmin):
    """What the pages of relations, persons and organisations share."""

    delete_right = Right.RELATIONS_DELETE
    list_display = ("number", "display_name", "city", "email", "phone", "administration", "ended_on")
    list_display_links = ("number", "display_name")
    list_filter = (
        "administration",
        "kind",
        "language",
        ("ended_on", admin.EmptyFieldListFilter),
        "financial_roles__kind",
        "standings__kind",
    )
    search_fields = ("sort_key", "email")
    search_help_text = gettext_lazy("Name, number, e-mail, phone, postcode or IBAN; typing errors are forgiven.")
    list_select_related = ("administration",)
    ordering = ("sort_key", "pk")
    readonly_fields = ("number",)
    column_paths = {"city": ("addresses__city",)}
    actions = ("make_debtor",)
    inlines = (
        AddressInline,
        EmailInline,
        PhoneInline,
        BankAccountInline,
        IdentifierInline,
        SocialProfileInline,
        TieInline,
        StandingInline,
        FinancialRoleInline,
        RelationUseInline,
    )

    def administrations_of(self, record):
        return administrations_of_relation(record)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("addresses")

    @admin.display(description=gettext_lazy("city"))
    def city(self, relation):
        on = timezone.localdate()
        return next((a.city for a in relation.addresses.all() if a.kind == Address.Kind.VISITING and a.is_on(on)), "")

    def get_search_results(self, request, queryset, search_term):
        """The product's own search, among what this user sees and by what they may read."""
        if not search_term.strip():
            return queryset, False
        hits = find_for(request.user, search_term, on=timezone.localdate(), limit=FOUND_AT_MOST)
        return queryset.filter(pk__in=[hit.relation_id for hit in hits]), False

    def get_inlines(self, request, obj):
        """Parts are added to what exists: a new relation is saved first."""
        return super().get_inlines(request, obj) if obj is not None else ()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "administration":
            changeable = administration_ids(request.user, Right.RELATIONS_CHANGE)
            kwargs["queryset"] = Administration.objects.visible_to(request.user).filter(pk__in=changeable)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    # ---------------------------------------------------------------------------------------- actions

    @admin.action(description=gettext_lazy("Make debtor"), permissions=["make_debtor"])
    def make_debtor(self, request, queryset):
        """Debtor from today in the administration where a relation is at home, if one may do that there."""
        allowed = rights_of(request.user).administrations(Right.FINANCIAL_CHANGE)
        by_home: dict[int, list[int]] = {}
        for pk, home in queryset.values_list("pk", "administration_id"):
            by_home.setdefault(home, []).append(pk)
        made = 0
        for home in Administration.objects.visible_to(request.user).filter(pk__in=by_home.keys() & allowed):
            made += len(
                make_financial_roles(
                    by_home[home.pk],
                    administration=home,
                    kind=FinancialRole.Kind.DEBTOR,
                    valid_from=timezone.localdate(),
                )
            )
        refused = sum(len(pks) for home, pks in by_home.items() if home not in allowed)
        if refused:
            text = ngettext("%(count)d was left: no right.", "%(count)d were left: no right.", refused)
            messages.error(request, text % {"count": refused})
        text = ngettext("%(count)d relation is debtor now.", "%(count)d relations are debtor now.", made)
        messages.success(request, text % {"count": made})

    def has_make_debtor_permission(self, request) -> bool:
        return rights_of(request.user).has(Right.FINANCIAL_CHANGE)

    # ----------------------------------------------------------------------------------------- export

    def has_export_permission(self, request) -> bool:
        return rights_of(request.user).has(Right.EXPORT)

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        shown = {"has_export_permission": self.has_export_permission(request), **(extra_context or {})}
        return super().changelist_view(request, shown)

    def export(self, request):
        """The list as it is filtered now, as CSV, of the administrations where one may export."""
        if not self.has_export_permission(request):
            raise Http404
        here = administration_ids(request.user, Right.EXPORT)
        listed = self.get_changelist_instance(request).get_queryset(request)
        rows = listed.filter(administration_id__in=here).order_by("sort_key", "pk")
        headings, values = export_rows(rows, request.user, on=timezone.localdate())
        response = StreamingHttpResponse(spreadsheet.lines(headings, values), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.csv"'
        return response


@admin.register(Relation)
class RelationAdmin(RelationPages):
    list_display = ("number", "display_name", "kind", "city", "email", "phone", "administration", "ended_on")
    fieldsets = (
        (None, {"fields": ("administration", "kind", "number")}),
        (gettext_lazy("Person"), {"fields": NAMES_OF_PERSON}),
        (gettext_lazy("Organisation"), {"fields": ("legal_name", "trade_name", "legal_form", "sector")}),
        REACH,
        BLOCKS,
        OTHER,
    )


@admin.register(Person)
class PersonAdmin(RelationPages):
    list_filter = tuple(entry for entry in RelationPages.list_filter if entry != "kind")
    fieldsets = (
        (None, {"fields": ("administration", "number")}),
        (gettext_lazy("Name"), {"fields": NAMES_OF_PERSON}),
        REACH,
        BLOCKS,
        OTHER,
    )
    inlines = (*RelationPages.inlines, EmploymentInline)


@admin.register(Organisation)
class OrganisationAdmin(RelationPages):
    list_filter = PersonAdmin.list_filter
    fieldsets = (
        (None, {"fields": ("administration", "number")}),
        (gettext_lazy("Name"), {"fields": ("legal_name", "trade_name", "legal_form", "sector")}),
        REACH,
        BLOCKS,
        OTHER,
    )
    inlines = (*RelationPages.inlines, StaffInline)


# -------------------------------------------------------------------------------------- what hangs under them


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
