"""Django's admin with our own site in it: `INSTALLED_APPS` names this instead of `django.contrib.admin`."""

from django.contrib.admin.apps import AdminConfig


class ProductAdminConfig(AdminConfig):
    default_site = "crm.core.admin_site.ProductAdminSite"
