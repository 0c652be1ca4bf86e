from django.utils.translation import gettext_lazy as _

from crm.access.queries import sets_everywhere
from crm.core.panels import settings_page

settings_page(
    "address-services",
    _("Address services"),
    _("Who fills in street and city from postcode and number: choice, order, keys and a test."),
    "addresses:services",
    "map",
    sets_everywhere,
    order=310,
)
