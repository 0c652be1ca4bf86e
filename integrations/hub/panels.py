"""What the hub shows elsewhere: its entry in the menu, and how a relation stands in its connections."""

from django.db.models import Case, Q, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.panels import Column, MenuEntry, Section, add_column, add_section, menu_entry
from crm.core.templatetags.core import state
from crm.relations.models import Relation
from integrations.hub import bulk_panels  # noqa: F401  says what changing many relations sets going
from integrations.hub.models import Connection, Delivery, ExternalLink
from integrations.hub.queries import states_of, stuck_in
from integrations.hub.registry import topics
from integrations.hub.services.previewing import preflight
from integrations.hub.standing import line_in_words, standings
from integrations.hub.telling import rows_in_words
from integrations.hub.words import problem_in_words, what_happened

ON_DESK = 5  # what was refused last; the monitor has all of it


@menu_entry("connection", 10)
def connections(request: HttpRequest) -> MenuEntry | None:
    """Counts what somebody has to look at."""
    if not rights_of(request.user).has(Right.CONNECTIONS_MANAGE):
        return None
    mine = Connection.objects.visible_to(request.user, timezone.localdate())
    url = reverse("hub:index")
    count = stuck_in(mine) or None
    return MenuEntry(_("Connections"), url, "plug", "k", count=count, current=request.path.startswith(url))


def in_head(request: HttpRequest, relation) -> dict | None:
    """The same in one line under the name."""
    known = getattr(request, "_hub_on_card", {})
    shown = known[relation.pk] if relation.pk in known else on_card(request, relation)
    if not shown or not shown["lines"]:
        return None
    return {"lines": [line | {"sentence": f"{line['title']}: {line['words']}"} for line in shown["lines"]]}


def on_card(request: HttpRequest, relation) -> dict | None:
    """What the panel of a card says; the head of the same page does not read it again."""
    shown = _on_card(request, relation)
    request._hub_on_card = {relation.pk: shown}
    return shown


def in_form(request: HttpRequest, relation) -> dict | None:
    """What the couplings would refuse of the relation as it is in this transaction: warnings beside a form."""
    where = rights_of(request.user)
    found = []
    for topic in topics():
        if topic.model is relation._meta.concrete_model and (mine := where.administrations(topic.read_right)):
            shown = Connection.objects.filter(channel=topic.channel, administration_id__in=mine)
            found += preflight(relation, on=timezone.localdate(), connections=list(shown))
    words = [f"{one.title}: {problem_in_words(problem.message, problem.params)}" for one, problem in found]
    return {"warnings": list(dict.fromkeys(words))} if words else None


def _on_card(request: HttpRequest, relation) -> dict | None:
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


def on_tab(request: HttpRequest, relation) -> dict | None:
    """Every coupling this relation has or could have, as it stands now, with its switch. On another day: no switch."""
    found = standings(relation, request.user, on=request.today)
    if not found:
        return None
    return {
        "standings": [one for one in found if one.concerned],
        "others": [one for one in found if not one.concerned],
        "may_act": request.as_of is None,
    }


add_section("relation", Section("connections", "hub/card.html", on_card, place="right", order=10))
add_section("relation", Section("connections-head", "hub/card_head.html", in_head, place="head", order=10))
add_section("relation", Section("connections-tab", "hub/card_tab.html", on_tab, place="connections", order=10))
add_section("relation-form", Section("connections", "hub/form.html", in_form, order=10))


def on_desk(request: HttpRequest, _subject) -> dict | None:
    """What other systems refused and which connections stand still, for who may do something about it.

    None on another day, and for who manages no connection. Four queries, and one per kind of record.
    """
    if request.as_of or not rights_of(request.user).has(Right.CONNECTIONS_MANAGE):
        return None
    mine = Connection.objects.visible_to(request.user, request.today)
    still = list(mine.exclude(status__trouble_code="").select_related("status").order_by("title", "pk"))
    stuck = list(
        Delivery.objects.filter(state=Delivery.State.STUCK, connection__in=mine.values("pk"))
        .exclude(failure="configuration")
        .select_related("connection")
        .order_by("-finished_at", "-pk")[: ON_DESK + 1]
    )
    return {
        "still": [(connection, what_happened(connection.status.trouble_code)) for connection in still],
        "rows": rows_in_words(request, stuck[:ON_DESK]),
        "more": len(stuck) > ON_DESK,
        "any": mine.exists() if not (still or stuck) else True,
    }


add_section(
    "dashboard",
    Section("couplings", "hub/desk.html", on_desk, place="left", order=15, label=gettext_lazy("Failed couplings")),
)


def in_list(user, ids: list[int]) -> dict[int, str] | None:
    """How each relation of a page stands in the bookkeeping; the worst of several connections. One query.

    None for who may not read it anywhere.
    """
    found: dict[int, tuple[int, str]] = {}
    rights = rights_of(user)
    shown = [(topic, where) for topic in topics() if (where := rights.administrations(topic.read_right))]
    shown = [(topic, where) for topic, where in shown if topic.model is Relation]
    if not shown:
        return None
    for topic, where in shown:
        for subject, rank, paused in _standing(topic.name, where, ids):
            found[subject] = max(found.get(subject, (0, False)), (rank, paused))
    return {subject: _in_a_word(*worst) for subject, worst in found.items()}


def _standing(topic: str, where, ids: list[int]):
    """Rows of (subject, rank, paused): 1 is there, 2 waits, 3 refused. One statement."""
    mine = {"topic": topic, "subject__in": ids, "connection__administration__in": where}
    paused = Case(When(connection__state=Connection.State.PAUSED, then=Value(True)), default=Value(False))
    there = ExternalLink.objects.filter(**mine, withdrawn_at=None).annotate(rank=Value(1), paused=paused)
    rank = Case(When(state=Delivery.State.STUCK, then=Value(3)), default=Value(2))
    told = Delivery.objects.filter(
        Q(waiting=True) | Q(in_flight=True) | Q(state=Delivery.State.STUCK), **mine
    ).annotate(rank=rank, paused=paused)
    columns = ("subject", "rank", "paused")
    return there.order_by().values_list(*columns).union(told.order_by().values_list(*columns))


def _in_a_word(rank: int, paused: bool) -> str:
    if rank == 3:
        return state("refused", _("Refused"))
    if rank == 2:
        return state("paused", _("Paused")) if paused else state("waiting", _("Waits"))
    return state("ok", _("Up to date"))


add_column("relation", Column("books", gettext_lazy("Bookkeeping"), in_list, order=10))
