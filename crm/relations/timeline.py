"""What happened to a relation, as far as this slice knows: the changes of it and all under it, and contact moments.

Other slices add what they know through `crm.core.timeline` (the hub what was told to other systems).
"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.audit.queries import Change, Entry, log_under
from crm.core.templatetags.core import day, old_new
from crm.core.timeline import Happening, Source, add_source
from crm.relations.known_on import recorded_at
from crm.relations.models import ContactMoment, Relation

CHANGES, CONTACT = "changes", "contact"
# rows of the log that this user may not see leave room: how often more is fetched to fill a page
_TRIES = 4
_SHOWN_CHANGES = 3
# columns that do not tell one row from another
_NO_NAME = {"version", "valid_from", "valid_until", "country", "sphere", "main", "address_choice"}
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
    """A line per changed row; the relation and what was recorded together with it are one line."""
    found: list[Happening] = []
    first = recorded_at(relation)
    together = first.change_set_id if first else None
    cursor = f"{before.isoformat()}_0_0" if before else ""
    for _try in range(_TRIES):
        page = log_under(relation, user, before=cursor, limit=limit)
        for entry in page.entries:
            if entry.model is Relation and entry.kind == "+":
                found.append(_happening(entry, "plus", format_html("<b>{}</b>", _("Recorded"))))
            elif not _told_otherwise(entry, together):
                found.append(_of_entry(entry))
        cursor = page.next
        if not cursor or len(found) >= limit:
            break
    return found


def _told_otherwise(entry: Entry, together: int | None) -> bool:
    """What came with the relation itself, and a contact moment, which has a line of its own."""
    came_along = bool(together and entry.change_set and entry.change_set.pk == together)
    return entry.kind == "+" and (came_along or entry.model is ContactMoment)


def _of_entry(entry: Entry) -> Happening:
    icon = _ICONS.get(entry.model.__name__, "pencil")
    if entry.kind == "~":
        shown = entry.changes[:_SHOWN_CHANGES]
        text = format_html_join(SafeString("<br>"), "<b>{}</b> {}", ((c.label, _what(c)) for c in shown))
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
    """The first things that were filled in say which one it was: "debtor, Verbond Kleine Podia"."""
    told = [c.new if entry.kind == "+" else c.old for c in entry.changes if c.name not in _NO_NAME and not c.hidden]
    text = ", ".join(told[:2])
    if not text:
        return ""
    return format_html("<ins>{}</ins>", text) if entry.kind == "+" else format_html("<del>{}</del>", text)


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
