"""What the hub shows elsewhere: its entry in the menu, and how a relation stands in its connections."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.panels import MenuEntry, Section, add_section, menu_entry
from integrations.hub.models import Connection
from integrations.hub.queries import CardLine, states_of, stuck_in
from integrations.hub.registry import topics
from integrations.hub.services.previewing import preflight
from integrations.hub.words import problem_in_words, what_happened


@menu_entry("connection", 10)
def connections(request: HttpRequest) -> MenuEntry | None:
    """Counts what somebody has to look at."""
    if not rights_of(request.user).has(Right.CONNECTIONS_MANAGE):
        return None
    mine = Connection.objects.visible_to(request.user, timezone.localdate())
    url = reverse("hub:index")
    count = stuck_in(mine) or None
    return MenuEntry(_("Connections"), url, "plug", "k", count=count, current=request.path.startswith(url))


def on_card(request: HttpRequest, relation) -> dict | None:
    """State in words, per connection of an administration whose data of that kind the user may read."""
    lines, problems, on = [], [], timezone.localdate()
    rights = rights_of(request.user)
    managed = rights.administrations(Right.CONNECTIONS_MANAGE)
    for topic in topics():
        if topic.model is not relation._meta.concrete_model:
            continue
        where = rights.administrations(topic.read_right)
        shown = list(
            Connection.objects.filter(channel=topic.channel, administration_id__in=where).select_related("status")
        )
        for line in states_of(shown, topic.name, relation.pk):
            said = line_in_words(line)
            if line.connection.administration_id in managed:
                said["url"] = reverse("hub:monitor", args=[line.connection.pk])
            lines.append(said)
        problems += [
            (connection.title, problem_in_words(problem.message, problem.params), problem.severity)
            for connection, problem in preflight(relation, on=on, connections=shown)
        ]
    return {"lines": lines, "problems": problems} if lines or problems else None


def line_in_words(line: CardLine) -> dict:
    """ "in Exact Online as 10023, 12 s ago", what waits, or what was refused and with which words."""
    said = {"title": line.connection.title, "state": "ok", "words": "", "moment": None, "quote": "", "advice": ""}
    if line.stuck is not None and line.open_row is None:
        row = line.stuck
        happened, advice = what_happened(row.code, problems=row.problems)
        return said | {
            "state": "refused",
            "words": _("refused"),
            "moment": row.finished_at,
            "quote": row.answer,
            "advice": f"{happened} {advice}",
        }
    if line.open_row is not None:
        row = line.open_row
        if line.connection.paused:
            return said | {"state": "paused", "words": _("waits: the connection is paused"), "moment": row.created_at}
        if line.connection.status.trouble_code:
            words = _("waits: the connection stands still")
            return said | {"state": "waiting", "words": words, "moment": row.created_at}
        return said | {"state": "waiting", "words": _("is on its way"), "moment": row.created_at, "quote": row.answer}
    if line.link.withdrawn_at:
        words = _("no longer told; there as %(number)s") % {"number": line.link.vendor_number}
        return said | {"state": "ended", "words": words, "moment": line.link.withdrawn_at}
    words = _("there as %(number)s") % {"number": line.link.vendor_number}
    return said | {"words": words, "moment": line.link.delivered_at}


add_section("relation", Section("connections", "hub/card.html", on_card, place="right", order=10))
