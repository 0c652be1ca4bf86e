"""The pages of relations, persons and organisations: list, form, deleting, import and export."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from crm.access.queries import administration_ids, rights_of
from crm.access.rights import Right
from crm.administrations.models import Administration
from crm.core.admin import ScopedAdmin
from crm.exchange.exporting import log_export, needs_reason
from crm.relations import spreadsheet
from crm.relations.admin.inlines import (
    AddressInline,
    BankAccountInline,
    EmailInline,
    EmploymentInline,
    FinancialRoleInline,
    IdentifierInline,
    PhoneInline,
    RelationUseInline,
    SocialProfileInline,
    StaffInline,
    StandingInline,
    TieInline,
    administrations_of_relation,
)
from crm.relations.exports import export_rows
from crm.relations.import_steps import RelationImport
from crm.relations.models import (
    Address,
    FinancialRole,
    Organisation,
    Person,
    Relation,
)
from crm.relations.search.query import find_for
from crm.relations.services import UnableToDelete, delete_relation, make_financial_roles, obstacles_to_deletion

FOUND_AT_MOST = 500


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
    list_display = ("number", "name", "city", "email", "phone", "administration", "ended_on")
    list_display_links = ("number", "name")
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
    column_paths = {"city": ("addresses__city",), "name": ("display_name",)}
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

    @admin.display(description=gettext_lazy("name"), ordering="sort_key")
    def name(self, relation):
        return relation.display_name

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

    # --------------------------------------------------------------------------------------- deleting

    def delete_view(self, request, object_id, extra_context=None):
        """What keeps a relation is said before anybody confirms."""
        relation = self.get_object(request, unquote(object_id))
        allowed = relation is not None and self.has_delete_permission(request, relation)
        if allowed and (obstacles := obstacles_to_deletion(relation, reader=request.user)):
            messages.error(request, " ".join(obstacles))
            return HttpResponseRedirect("../change/")
        return super().delete_view(request, object_id, extra_context)

    def get_deleted_objects(self, objs, request):
        """What the books or a card keep is told by `delete_model`, in sentences."""
        names, counted, refused, _protecting = super().get_deleted_objects(objs, request)
        return names, counted, refused, []

    def delete_model(self, request, obj):
        try:
            delete_relation(obj, version=obj.version, reader=request.user)
        except UnableToDelete as refused:
            raise ValidationError([f"{obj}: {said}" for said in refused.obstacles]) from refused

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        """All of them or none."""
        for relation in queryset:
            self.delete_model(request, relation)

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
        count = rows.count()
        if needs_reason(count):
            messages.warning(request, gettext("So many rows go out by the list of relations, with a reason."))
            return HttpResponseRedirect(f"{reverse('export:choose', args=['relations'])}?of=")
        headings, values = export_rows(rows, request.user, on=timezone.localdate())
        words = gettext("the administration pages, %(query)s") % {"query": request.GET.urlencode() or "-"}
        log_export(request.user, kind="relations", form="csv", columns=headings, count=count, words=words)
        response = StreamingHttpResponse(spreadsheet.lines(headings, values), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.csv"'
        return response


@admin.register(Relation)
class RelationAdmin(RelationPages):
    list_display = ("number", "name", "kind", "city", "email", "phone", "administration", "ended_on")
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
