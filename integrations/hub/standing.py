"""How one record stands in each connection it is or could be in: takes part or not, why, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access.queries import rights_of
from crm.access.rights import Right
from integrations.hub.models import Connection, Participation
from integrations.hub.queries import CardLine, last_switches, states_of
from integrations.hub.registry import Topic, channel_named, connector_class, title_of, topics
from integrations.hub.services.previewing import preflight
from integrations.hub.words import problem_in_words, what_happened


@dataclass
class Standing:
    """One record in one connection. `concerned`: it takes part, did once, or something of it is known there.

    `why`: why it takes part or not; `otherwise`: what would change that. `line`: its state, as `line_in_words` gives
    it. `switch_url`: where the switch posts; "" for who may not, or where there is nothing to switch. `retry_url`:
    offering again what was refused. `switched`: (when, by whom) somebody last used the switch; None: never.
    """

    connection: Connection
    system: str
    icon: str
    topic: str
    takes_part: bool
    concerned: bool
    why: str
    otherwise: str
    line: dict | None = None
    monitor_url: str = ""
    switch_url: str = ""
    retry_url: str = ""
    switched: tuple[datetime, str] | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)


def tab_url(record) -> str:
    """The tab of its card where a relation's couplings are."""
    return reverse("relations:tab", args=[record.number, "connections"])


def standings(record, user, *, on) -> list[Standing]:
    """Of every connection whose data of that kind the user may read; those that concern this record first.

    Per topic five queries, and those of the pre-flight for each connection that it takes part in.
    """
    rights = rights_of(user)
    found = []
    for topic in topics():
        if topic.model is record._meta.concrete_model and (where := rights.administrations(topic.read_right)):
            found += _of_topic(topic, record, where, managed=rights.administrations(Right.CONNECTIONS_MANAGE), on=on)
    return sorted(found, key=lambda one: (not one.concerned, one.connection.title.casefold(), one.connection.pk))


def _of_topic(topic: Topic, record, where: Iterable[int], *, managed, on) -> list[Standing]:
    connections = [
        connection
        for connection in Connection.objects.filter(channel=topic.channel, administration_id__in=where)
        .select_related("status", "administration")
        .order_by("title", "pk")
        if topic.served_by(connector_class(connection.channel, connection.connector))
    ]
    if not connections:
        return []
    lines = {line.connection.pk: line for line in states_of(connections, topic.name, record.pk)}
    administrations = {connection.administration_id for connection in connections}
    reasons = topic.why(record.pk, administrations=administrations, on=on) if topic.why else {}
    switches = last_switches(connections, topic.name, record.pk)
    return [
        _standing(
            topic,
            record,
            connection,
            lines.get(connection.pk),
            reasons.get(connection.administration_id, ""),
            switches.get(connection.pk),
            manages=connection.administration_id in managed,
            on=on,
        )
        for connection in connections
    ]


def _standing(topic, record, connection, line, reason, switch, *, manages, on) -> Standing:
    kind = connector_class(connection.channel, connection.connector)
    by_switch = kind.capabilities.joining == "by switch"
    row, switched = switch or (None, None)
    belongs = bool(reason) or not topic.why
    takes_part = belongs and (row.takes_part if row else not by_switch)
    why, otherwise = _in_words(topic, reason, row, belongs=belongs, by_switch=by_switch, takes_part=takes_part)
    one = Standing(
        connection=connection,
        system=title_of(connection.connector),
        icon=channel_named(connection.channel).icon,
        topic=topic.name,
        takes_part=takes_part,
        concerned=takes_part or line is not None or row is not None,
        why=why,
        otherwise=otherwise,
        line=line_in_words(line) if line else None,
        switched=switched,
    )
    if takes_part:
        one.problems = [
            (problem.severity, problem_in_words(problem.message, problem.params))
            for _connection, problem in preflight(record, on=on, connections=[connection])
        ]
    if manages:
        one.monitor_url = reverse("hub:monitor", args=[connection.pk])
        if belongs or (row and not row.takes_part):
            one.switch_url = reverse("hub:take-part", args=[connection.pk])
        if line and line.stuck is not None and line.open_row is None:
            one.retry_url = reverse("hub:retry", args=[line.stuck.pk])
    return one


def _in_words(topic, reason, row: Participation | None, *, belongs, by_switch, takes_part) -> tuple[str, str]:
    """(why it takes part or not, what would change that)."""
    if not belongs:
        return _("Does not take part: there is nothing to tell of this relation."), str(topic.joins)
    if takes_part and by_switch:
        return _("Takes part because somebody switched it on."), _("It stops when you switch it off.")
    if takes_part:
        kept_out = _("With the switch you keep this one relation out.")
        return _("Takes part by itself: %(reason)s.") % {"reason": reason}, f"{topic.leaves} {kept_out}"
    if row is not None:
        return _("Was switched off by hand."), _("Switch it on, and everything is told again at once.")
    return _("Nobody switched it on yet."), _("Switch it on, and it is told at once and kept up to date.")


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
