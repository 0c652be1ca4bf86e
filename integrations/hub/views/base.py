"""What the screens of the hub share: the connection of the address, and what stands around every page of it."""

from collections import Counter

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.hub.models import Connection, ConnectionStatus
from integrations.hub.queries import with_state
from integrations.hub.registry import catalogue, channel_named, connector_class, topics
from integrations.hub.services.connecting import signs_in
from integrations.hub.services.lane import is_at_rest
from integrations.hub.words import what_happened


def managed_connection(request: HttpRequest, pk: int) -> Connection:
    """A connection this user manages; otherwise 404, as if it did not exist."""
    rows = Connection.objects.visible_to(request.user, timezone.localdate()).select_related("administration")
    return get_object_or_404(rows, pk=pk)


def state_of(connection: Connection, status, stuck: int | None) -> tuple[str, str]:
    """(state of the badge, words) of a connection."""
    if connection.paused:
        return "paused", _("paused")
    if status is not None and status.trouble_code:
        return "refused", _("stands still")
    if stuck:
        return "refused", _("%(count)s refused") % {"count": stuck}
    if status is not None and is_at_rest(status, timezone.now()):
        return "waiting", _("waits")
    return "ok", _("in order")


def page(request: HttpRequest, connection: Connection | None, tab: str, **context) -> dict:
    """The list at the left, the head and the tabs, for every page of a connection."""
    mine = with_state(Connection.objects.visible_to(request.user, timezone.localdate())).order_by("title", "pk")
    entries = []
    for row in mine:
        state, words = state_of(row, getattr(row, "status", None), row.stuck)
        entries.append(
            {
                "connection": row,
                "kind": (row.channel, row.connector),
                "url": reverse("hub:monitor", args=[row.pk]),
                "state": state,
                "words": words,
                "current": connection is not None and row.pk == connection.pk,
            }
        )
    used = Counter(entry["kind"] for entry in entries)
    offered: dict[str, dict] = {}
    for item in catalogue():
        channel = channel_named(item.channel)
        group = offered.setdefault(item.channel, {"title": channel.title, "icon": channel.icon, "items": []})
        url = reverse("hub:add", args=[item.channel, item.name])
        group["items"].append({"title": item.title, "used": used[item.channel, item.name], "url": url})
    context |= {
        "entries": entries,
        "catalogue": list(offered.values()),
        "catalogue_count": len(catalogue()),
        "connection": connection,
        "tab": tab,
        "may_act": request.as_of is None,
    }
    if connection is not None:
        status = ConnectionStatus.objects.filter(connection=connection).first() or ConnectionStatus()
        stuck = next((row.stuck for row in mine if row.pk == connection.pk), 0)
        kind = connector_class(connection.channel, connection.connector)
        context |= {
            "status": status,
            "badge": state_of(connection, status, stuck),
            "tabs": _tabs(connection, tab),
            "trouble": what_happened(status.trouble_code) if status.trouble_code else None,
            "signs_in": signs_in(connection),
            "may_double": kind.capabilities.idempotency == "may double",
            "topics": [topic.name for topic in topics(connection.channel) if topic.served_by(kind)],
        }
    return context


def _tabs(connection: Connection, tab: str) -> list[dict]:
    pages = [
        ("monitor", _("Monitor"), reverse("hub:monitor", args=[connection.pk])),
        ("reports", _("Reports"), reverse("hub:reports", args=[connection.pk])),
        ("dry-run", _("Dry run"), reverse("hub:dry-run", args=[connection.pk])),
        ("settings", _("Settings"), reverse("hub:settings", args=[connection.pk])),
    ]
    return [{"label": label, "url": url, "current": key == tab} for key, label, url in pages]


def return_address(request: HttpRequest) -> str:
    """Where a vendor's log-in page sends the browser back to."""
    return request.build_absolute_uri(reverse("hub:signed-in"))
