from django.utils.translation import gettext_lazy as _

from crm.access.queries import sets_everywhere
from crm.core.panels import settings_page

settings_page(
    "backups",
    _("Back-ups"),
    _("When one was made last, whether it can be put back, and making one now."),
    "exchange:backups",
    "shield",
    sets_everywhere,
    order=440,
)
