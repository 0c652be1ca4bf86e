"""What happened to a relation, as far as this slice knows: the changes of it and all under it, and contact moments.

Other slices add what they know through `crm.core.timeline` (the hub what was told to other systems).
"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.audit.queries import Act, Change, Entry, log_under
from crm.core.templatetags.core import day, old_new
from crm.core.timeline import Happening, Source, add_source
from crm.relations.models import ContactMoment, Relation

CHANGES, CONTACT = "changes", "contact"
# rows of the log that this user may not see leave room: how often more is fetched to fill a page
_TRIES = 4
_SHOWN_CHANGES = 3
_ICONS = {
    "Address": "map",
    "BankAccount": "bank",
    "EmailAddress": "mail",
    "Employment": "people",
    "FinancialNumber": "hash",
    "FinancialRole": "euro",
    "Identifier": "hash",
    "PhoneNumber": "phone",
    "Relationship": "share",
    "SocialProfile": "share",
    "Standing": "people",
}


def changes(user, relation: Relation, *, before: datetime | None, limit: int) -> list[Happening]:
    """A line per changed row; what came with the relation itself is one line."""
    found: list[Happening] = []
    cursor = f"{before.isoformat()}_0_0" if before else ""
    for _try in range(_TRIES):
        page = log_under(relation, user, before=cursor, limit=limit)
        for act in page.acts:
            found += _of_act(act, relation)
        cursor = page.next
        if not cursor or len(found) >= limit:
            break
    return found


def _of_act(act: Act, relation: Relation) -> list[Happening]:
    made = next((e for e in act.entries if e.kind == "+" and e.model is Relation and e.pk == relation.pk), None)
    if made is not None:
        others = len(act.entries) - 1
        more = ngettext("with %(n)d thing more", "with %(n)d things more", others) % {"n": others} if others else ""
        text = format_html("<b>{}</b>{}", _("Recorded"), f", {more}" if more else "")
        return [_happening(made, "plus", text)]
    return [_of_entry(entry) for entry in act.entries if not (entry.model is ContactMoment and entry.kind == "+")]


def _of_entry(entry: Entry) -> Happening:
    icon = _ICONS.get(entry.model.__name__, "pencil")
    if entry.kind == "~":
        shown = entry.changes[:_SHOWN_CHANGES]
        text = format_html_join(format_html("<br>"), "<b>{}</b> {}", ((c.label, _what(c)) for c in shown))
        if entry.model is not Relation:
            text = format_html('<span class="second">{}</span><br>{}', entry.label, text)
        if len(entry.changes) > len(shown):
            more = len(entry.changes) - len(shown)
            text = format_html("{}<br>{}", text, ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more})
        return _happening(entry, icon if entry.model is not Relation else "pencil", text)
    said = _("added") if entry.kind == "+" else _("removed")
    value = _in_short(entry)
    text = format_html("<b>{}</b> {}{}", entry.label, said, format_html(": {}", value) if value else "")
    return _happening(entry, icon if entry.kind == "+" else "trash", text, tone="" if entry.kind == "+" else "warn")


def _in_short(entry: Entry):
    """The first thing that was filled in says which one it was."""
    change = next((c for c in entry.changes if c.name not in ("kind", "version") and not c.hidden), None)
    if change is None:
        return ""
    return format_html("<ins>{}</ins>", change.new) if entry.kind == "+" else format_html("<del>{}</del>", change.old)


def _what(change: Change):
    return _("changed; you may not see the value") if change.hidden else old_new(change.old, change.new)


def _happening(entry: Entry, icon: str, text, tone: str = "") -> Happening:
    door = entry.change_set.get_door_display() if entry.change_set else ""
    who = ", ".join(filter(None, (entry.who or _("the program"), door)))
    url = reverse("audit:change_set", args=[entry.change_set.pk]) if entry.change_set else ""
    return Happening(entry.when, CHANGES, entry.history_id, icon=icon, text=text, who=who, tone=tone, url=url)


def contact(user, relation: Relation, *, before: datetime | None, limit: int) -> list[Happening]:
    """Calls, visits, talks. One query."""
    rows = ContactMoment.objects.visible_to(user).filter(relation=relation).select_related("by")
    if before is not None:
        rows = rows.filter(happened_at__lt=before)
    icons = {"call": "phone", "mail": "mail", "letter": "mail", "visit": "people", "talk": "people"}
    found = []
    for moment in rows.order_by("-happened_at", "-pk")[:limit]:
        text = format_html("<b>{}</b>: {}", capfirst(moment.get_kind_display()), moment.subject)
        if moment.text:
            text = format_html('{}<br><span class="second">{}</span>', text, moment.text)
        if moment.next_step:
            due = f" ({day(moment.next_step_on)})" if moment.next_step_on else ""
            text = format_html("{}<br>{} {}{}", text, _("Next:"), moment.next_step, due)
        url = reverse("relations:change-part", args=[relation.number, "contact", moment.pk])
        who = str(moment.by or "")
        found.append(
            Happening(moment.happened_at, CONTACT, moment.pk, icon=icons[moment.kind], text=text, who=who, url=url)
        )
    return found


add_source(Relation, Source(CHANGES, gettext_lazy("Changes"), changes, order=10))
add_source(Relation, Source(CONTACT, gettext_lazy("Contact moments"), contact, order=20))
