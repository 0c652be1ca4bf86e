from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AddressesConfig(AppConfig):
    name = "integrations.addresses"
    label = "addresses"
    verbose_name = _("address services")

    def ready(self):
        from crm.relations.address_lookup import register
        from integrations.addresses.address_services import chosen_services

        for name, service in chosen_services():
            register(name, service.ask, far=service.far)
