"""The desk's own entry in the menu: the first page, with how much asks for this user."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.attention.queries import open_for
from crm.core.panels import MenuEntry, menu_entry

COUNTED = 99


@menu_entry("work", 10)
def today(request: HttpRequest) -> MenuEntry:
    url = reverse("desk:today")
    asking = open_for(request.user, timezone.localdate()).order_by().values("pk")[:COUNTED].count()
    return MenuEntry(_("Today"), url, "calendar-check", "v", count=asking or None, current=request.path == url)
