from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AddressesConfig(AppConfig):
    name = "integrations.addresses"
    label = "addresses"
    verbose_name = _("address services")

    def ready(self):
        from crm.relations.address_lookup import register, register_chooser
        from integrations.addresses.address_services import SERVICES, in_order_of_asking, services_of_environment
        from integrations.addresses.services import rotate_keys
        from integrations.hub.credentials import register_rotation

        services_of_environment()  # a name that is none stops the start, and not the first look-up
        for name, service in SERVICES.items():
            register(name, service.ask, far=service.far)
        register_chooser(in_order_of_asking)
        register_rotation(rotate_keys)
