"""All items, open and closed, for looking back; the desk has the list that one works through."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.attention.models import AttentionItem
from crm.core.admin import ScopedAdmin


@admin.register(AttentionItem)
class AttentionItemAdmin(ScopedAdmin):
    list_display = ("title", "kind", "state", "due_on", "raised_at")
    list_filter = ("state", "kind")
    search_fields = ("kind", "reason", "once_key")
    fields = ("kind", "state", "reason", "due_on", "postponed_until", "raised_at", "closed_by", "closed_at")

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=_("title"))
    def title(self, item):
        return item.title
