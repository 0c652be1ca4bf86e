"""What asks for somebody, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import DateField, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_date, parse_datetime

from crm.attention.kinds import Kind, kind_of
from crm.attention.models import AttentionItem, AttentionItemQuerySet, State

PAGE_SIZE = 50
COUNTED = 99
NEVER = date(9999, 12, 31)
OPEN, POSTPONED, HANDLED, DISMISSED = "open", "postponed", "handled", "dismissed"
STATES = (OPEN, POSTPONED, HANDLED, DISMISSED)
MINE, OFFICE = "mine", "office"


def open_for(user, on: date) -> AttentionItemQuerySet:
    """What this user has to look at on this day: overdue and due first, then the oldest."""
    return (
        AttentionItem.objects.visible_to(user, on)
        .asking(on)
        .order_by(F("due_on").asc(nulls_last=True), "raised_at", "pk")
    )


def open_about(subject, user, on: date) -> AttentionItemQuerySet:
    """What asks for this user about one record."""
    return open_for(user, on).filter(subject_model=subject._meta.concrete_model._meta.label, subject_id=subject.pk)


# ------------------------------------------------------------------------------------------- the list of all


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to. `who`: "mine", "office" or "" for both; `kind`: a registered key, or ""."""

    state: str = OPEN
    kind: str = ""
    who: str = ""
    administration: int | None = None


@dataclass
class Page:
    """One page of items in their order, and the cursors of the pages around it; "" where there is none."""

    items: list[AttentionItem] = field(default_factory=list)
    next: str = ""
    previous: str = ""


def narrowed(user, asked: Asked, *, on: date) -> AttentionItemQuerySet:
    items = AttentionItem.objects.visible_to(user, on)
    if asked.state == OPEN:
        items = items.asking(on)
    elif asked.state == POSTPONED:
        items = items.filter(state=State.OPEN, postponed_until__gt=on)
    else:
        items = items.filter(state=asked.state)
    if asked.kind:
        items = items.filter(kind=asked.kind)
    if asked.who == MINE:
        items = items.filter(for_user=user)
    elif asked.who == OFFICE:
        items = items.filter(for_user=None)
    if asked.administration:
        items = items.filter(Q(administration=asked.administration) | Q(administration=None))
    return items


def item_page(user, asked: Asked, *, on: date, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page:
    """A page by keyset, one query. Open ones by the day they are due, closed ones the newest first.

    A cursor that is none of ours begins at the first page.
    """
    items = narrowed(user, asked, on=on).select_related("administration", "for_user", "closed_by")
    descending = asked.state in (HANDLED, DISMISSED)
    if descending:
        items = items.filter(closed_at__isnull=False).annotate(place=F("closed_at"))
    else:
        first = F("due_on") if asked.state == OPEN else F("postponed_until")
        items = items.annotate(place=Coalesce(first, Value(NEVER), output_field=DateField()))
    cursor, backwards = _cursor(before or after, descending), bool(before)
    if cursor is not None:
        items = items.filter(_beyond(cursor, greater=descending == backwards))
    down = descending != backwards
    rows = list(items.order_by(*(f"-{name}" if down else name for name in ("place", "pk")))[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    page = Page(rows)
    if rows:
        page.next = _of(rows[-1]) if (backwards or more) else ""
        page.previous = _of(rows[0]) if (more if backwards else cursor is not None) else ""
    return page


def _of(item: AttentionItem) -> str:
    return f"{item.place.isoformat()}~{item.pk}"


def _cursor(text: str, moment: bool) -> tuple[date | datetime, int] | None:
    place, _tilde, pk = text.partition("~")
    try:
        found = parse_datetime(place) if moment else parse_date(place)
    except ValueError:
        return None
    return (found, int(pk)) if found is not None and pk.isdecimal() and len(pk) < 19 else None


def _beyond(cursor: tuple, *, greater: bool) -> Q:
    place, pk = cursor
    side = "gt" if greater else "lt"
    return Q(**{f"place__{side}": place}) | Q(place=place, **{f"pk__{side}": pk})


def counts(user, asked: Asked, *, on: date) -> dict[str, int]:
    """How many are open and how many are postponed, with the other filters as they are; 99 is 99 or more."""
    return {
        state: narrowed(user, Asked(state, asked.kind, asked.who, asked.administration), on=on)
        .order_by()
        .values("pk")[:COUNTED]
        .count()
        for state in (OPEN, POSTPONED)
    }


@dataclass
class Group:
    """Items of one kind, in their order."""

    kind: Kind
    rows: list[AttentionItem] = field(default_factory=list)


def grouped(items: Iterable[AttentionItem]) -> list[Group]:
    """By kind; the kind of the first item first, so that what is due stays on top."""
    found: dict[str, Group] = {}
    for item in items:
        one = kind_of(item.kind)
        found.setdefault(one.key, Group(one)).rows.append(item)
    return list(found.values())
