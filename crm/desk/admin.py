"""One's own preferences; the product's own page is `desk:preferences`."""

from django.contrib import admin

from crm.core.admin import ScopedAdmin
from crm.desk.models import Preferences
from crm.desk.saved_views import admin as saved_views_admin  # noqa: F401  registers theirs


@admin.register(Preferences)
class PreferencesAdmin(ScopedAdmin):
    list_display = ("user", "theme", "start_page")
    list_select_related = ("user",)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
