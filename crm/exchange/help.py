from django.utils.translation import gettext_lazy as _

from crm.core.help_pages import help_page

help_page("backups", _("Back-ups"), "exchange/help/backups", ("exchange:*",), order=490)
help_page("export", _("Export"), "exchange/help/export", ("export:*", "exchange:exports"), order=480)
