from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "crm.access"
    label = "access"
    verbose_name = _("access")

    def ready(self):
        from crm.access import receivers

        receivers.connect()
