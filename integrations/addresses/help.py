from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("address-services", _("Address services"), "addresses/help/services", ("addresses:*",), order=480)
