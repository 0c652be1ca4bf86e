"""Who sees and changes the choice of address services: who manages the settings."""

from django.db.models import Q

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.access.rules import NOBODY, editable, visible
from integrations.addresses.models import AddressService


@visible(AddressService)
@editable(AddressService)
def manages_settings(user, on) -> Q:
    return Q() if rights_of(user).has(Right.SETTINGS_MANAGE) else NOBODY
