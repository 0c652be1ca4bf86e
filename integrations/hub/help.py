"""Help for the couplings."""

from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("connections", _("Couplings"), "hub/help/connections", ("hub:index", "hub:*"), order=300)
help_page("setting-up", _("Setting up a coupling"), "hub/help/setting-up", ("hub:add", "hub:settings"), order=310)
help_page(
    "monitor",
    _("What a coupling did"),
    "hub/help/monitor",
    ("hub:monitor", "hub:delivery", "hub:reports", "hub:report", "hub:dry-run"),
    order=320,
)
