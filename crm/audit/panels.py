"""What the log shows elsewhere: its entry in the menu, and how long opened cards are known in the settings."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.administrations.retention import keep_log
from crm.core.panels import MenuEntry, menu_entry

keep_log(
    "looks",
    gettext_lazy("Log of opened cards"),
    gettext_lazy("Who opened the card of which relation, when, and through which door. Older lines go at night."),
    400,
    least_days=30,
    order=50,
)


@menu_entry("data", 90)
def log(request: HttpRequest) -> MenuEntry:
    url = reverse("audit:log")
    return MenuEntry(_("Mutation log"), url, "history", "m", current=request.path.startswith(url))
