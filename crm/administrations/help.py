"""Help for administrations, the mode and logs."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page(
    "administrations", _("Administrations"), "administrations/help/administrations", ("administrations:*",), order=440
)
help_page(
    "mode", _("One administration or several"), "administrations/help/mode", ("administrations:mode",), order=450
)
help_page("logs", _("How long logs are kept"), "administrations/help/logs", ("administrations:logs",), order=480)
