from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class HubConfig(AppConfig):
    name = "integrations.hub"
    label = "hub"
    verbose_name = _("connections")

    def ready(self):
        autodiscover_modules("topics", "arriving")
        from integrations.hub.receivers import connect_watched_models

        connect_watched_models()
