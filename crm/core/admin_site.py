"""The one site of the Django admin: staff only, and only through pages that ask `visible_to`."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _

OURS = ("crm.", "integrations.", "portal.")


class ProductAdminSite(AdminSite):
    """What libraries register (users' e-mail addresses, queued tasks, groups) gets no page: it knows no rules."""

    site_title = site_header = _("Schakel")
    index_title = _("Management")
    enable_nav_sidebar = False  # the shell has the menu

    def register(self, model_or_iterable, admin_class=None, **options):
        if admin_class is not None and admin_class.__module__.startswith(OURS):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and getattr(user, "kind", "") == "staff")

    def password_change(self, request, extra_context=None):
        """The product's own page does that, with its limits."""
        from django.shortcuts import redirect

        return redirect("account_change_password")
