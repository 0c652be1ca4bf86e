"""Saved views, to look at; they are made and changed on the list they belong to."""

from django.contrib import admin

from crm.core.admin import ScopedAdmin
from crm.desk.saved_views.models import OpeningView, SavedView


class LookedAt(ScopedAdmin):
    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(SavedView)
class SavedViewAdmin(LookedAt):
    list_display = ("name", "page", "owner", "shared_with")
    list_select_related = ("owner", "shared_with")
    search_fields = ("name",)


@admin.register(OpeningView)
class OpeningViewAdmin(LookedAt):
    list_display = ("user", "page", "view")
    list_select_related = ("user", "view")
