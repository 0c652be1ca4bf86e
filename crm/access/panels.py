"""What is shown elsewhere: pages of the settings, and entries under one's own name."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of, sets_everywhere
from crm.access.rights import Right
from crm.access.step_up import confirmed_recently
from crm.administrations.retention import keep_log
from crm.core import confirming
from crm.core.panels import MenuEntry, account_entry, menu_entry, settings_page

confirming.provide(confirmed_recently)


@menu_entry("management", 10)
def users(request: HttpRequest) -> MenuEntry | None:
    if not rights_of(request.user).has(Right.USERS_MANAGE):
        return None
    url = reverse("users:list")
    return MenuEntry(_("Users"), url, "key", current=request.path.startswith(url))


settings_page(
    "users",
    gettext_lazy("Users"),
    gettext_lazy("Who comes in here: invite, give roles, deactivate, mail a new link."),
    "users:list",
    "people",
    Right.USERS_MANAGE,
    order=100,
)
settings_page(
    "roles",
    gettext_lazy("Roles and their rights"),
    gettext_lazy("What each role allows in plain words, compared, and who has it."),
    "users:roles",
    "key",
    Right.USERS_MANAGE,
    order=110,
)

settings_page(
    "api-tokens",
    gettext_lazy("API tokens"),
    gettext_lazy("Let programs read and change data as you, within what you choose. Take a token back at once."),
    "users:api-tokens",
    "plug",
    Right.CONNECTIONS_MANAGE,
    order=390,
)
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

keep_log(
    "access",
    gettext_lazy("Sign-in log"),
    gettext_lazy("Who came in, who tried, and what changed in how somebody comes in. Older lines go at night."),
    400,
    least_days=30,
    order=40,
)


@account_entry(order=50)
def own_sessions(request) -> MenuEntry:
    return MenuEntry(_("Where I am signed in"), reverse("access:sessions"), "globe")
