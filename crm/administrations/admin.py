"""Pages for the administrations and the settings of the installation."""

from django.contrib import admin

from crm.administrations.models import Administration, Installation
from crm.core.admin import ScopedAdmin

SETTINGS_MANAGE = "settings.manage"  # crm.access.rights.Right, which lies above this slice


@admin.register(Administration)
class AdministrationAdmin(ScopedAdmin):
    change_right = SETTINGS_MANAGE
    delete_right = SETTINGS_MANAGE
    list_display = ("name", "legal_name", "email", "archived_on")
    list_filter = ("archived_on",)
    search_fields = ("name", "legal_name")

    def administrations_of(self, record):
        return {record.pk} if record.pk else None

    def has_add_permission(self, request, obj=None) -> bool:
        """Who adds one sees it only with a role in it, which a superuser gives."""
        return request.user.is_superuser


@admin.register(Installation)
class InstallationAdmin(ScopedAdmin):
    change_right = SETTINGS_MANAGE
    list_display = ("mode", "umbrella")
    list_select_related = ("umbrella",)

    def has_add_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser and not Installation.objects.visible_to(request.user).exists()

    def has_change_permission(self, request, obj=None) -> bool:
        """It decides for every administration what belongs to whom."""
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = 1
        obj.save()
