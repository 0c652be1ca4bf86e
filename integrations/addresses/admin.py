"""The choice of address services, to look underneath; keys are not shown anywhere."""

from django.contrib import admin

from crm.access.rights import Right
from crm.core.admin import ScopedAdmin
from integrations.addresses.models import AddressService


@admin.register(AddressService)
class AddressServiceAdmin(ScopedAdmin):
    change_right = Right.SETTINGS_MANAGE
    delete_right = Right.SETTINGS_MANAGE
    list_display = ("name", "in_use", "position")
    readonly_fields = ("name",)

    def has_add_permission(self, request, obj=None) -> bool:
        """Chosen on the settings page, which knows the services and their keys."""
        return False
