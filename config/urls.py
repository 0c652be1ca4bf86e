from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from crm.access.views import set_language

# The admin's own log-in knows no limit on tries and no second factor: it goes through the one of the product.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("crm.desk.urls")),
    path("", include("crm.core.urls")),
    path("audit/", include("crm.audit.urls")),
    path("attention/", include("crm.attention.urls")),
    path("accounts/", include("crm.access.urls")),
    path("settings/", include("crm.access.settings_urls")),
    path("settings/", include("crm.administrations.urls")),
    path("settings/", include("crm.relations.settings_urls")),
    path("settings/", include("crm.exchange.urls")),
    path("settings/", include("integrations.addresses.urls")),
    path("export/", include("crm.exchange.export_urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("relations/", include("crm.relations.urls")),
    path("connections/", include("integrations.hub.urls")),
    path("api/v1/", include("crm.core.api.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("styleguide/", include("crm.core.styleguide")),
]
