from django.utils.translation import gettext_lazy as _

from crm.access.queries import rights_of, sets_everywhere
from crm.access.rights import Right
from crm.administrations.retention import keep_log
from crm.core.panels import settings_page
from crm.exchange.exporting import may_export

settings_page(
    "backups",
    _("Back-ups"),
    _("When one was made last, whether it can be put back, and making one now."),
    "exchange:backups",
    "shield",
    sets_everywhere,
    order=440,
)


def reads_log(user) -> bool:
    return sets_everywhere(user) or may_export(user) or rights_of(user).has(Right.USERS_MANAGE)


settings_page(
    "exports",
    _("Exports"),
    _("Who took what out, how many rows, and above how many a reason is asked."),
    "exchange:exports",
    "history",
    reads_log,
    order=430,
)
keep_log(
    "exports",
    _("Log of exports"),
    _("Who took what out, how many rows and why. Older lines go at night."),
    730,
    least_days=30,
    order=50,
)
