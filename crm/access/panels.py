"""What is shown elsewhere: pages of the settings, and entries under one's own name."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import sets_everywhere
from crm.access.rights import Right
from crm.core.panels import MenuEntry, account_entry, settings_page

settings_page(
    "sign-in-rules",
    gettext_lazy("Sign-in rules"),
    gettext_lazy("Whether everybody needs a second step, and signing in with the accounts of your office."),
    "access:rules",
    "shield",
    sets_everywhere,
    order=400,
)
settings_page(
    "sign-in-log",
    gettext_lazy("Sign-in log"),
    gettext_lazy("Who came in, who tried, and what changed in how somebody comes in."),
    "access:all_events",
    "history",
    Right.USERS_MANAGE,
    order=410,
)


@account_entry(order=50)
def own_sessions(request) -> MenuEntry:
    return MenuEntry(_("Where I am signed in"), reverse("access:sessions"), "globe")
