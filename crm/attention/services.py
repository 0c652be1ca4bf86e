"""Raising what has to be looked at, and what a person does with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.attention.models import AttentionItem, State
from crm.core import bulk
from crm.core.change_set import change_set, current_actor

# a message id, or one with the values that it names: ("%(name)s has no IBAN", {"name": "…"})
Text = str | tuple[str, Mapping[str, Any]]


class UnableToClose(ValidationError):
    """The item is closed already; the message says so."""


class UnableToReopen(ValidationError):
    """The same matter is open anew; the message says so."""


@dataclass(frozen=True)
class Raised:
    """One item for `raise_items`; the arguments of `raise_item`."""

    kind: str
    title: Text
    body: Text = ""
    subject: models.Model | None = None
    url: str = ""
    administration: Any = None
    for_right: str | None = None
    for_user: Any = None
    once_key: str = ""
    due_on: date | None = None


def raise_item(
    *,
    kind: str,
    title: Text,
    body: Text = "",
    subject: models.Model | None = None,
    url: str = "",
    administration=None,
    for_right: str | None = None,
    for_user=None,
    once_key: str = "",
    on: date | None = None,
) -> AttentionItem:
    """Ask for somebody: one user, or whoever has the right (in the administration; without one: in any).

    `title` and `body` are English message ids, marked with `gettext_noop`, with their values. With a `once_key` that
    is open already that item is returned and nothing changes. `on`: the day by which it has to be handled.
    """
    raised = Raised(kind, title, body, subject, url, administration, for_right, for_user, once_key, on)
    return raise_items([raised])[0]


@transaction.atomic
def raise_items(raised: Iterable[Raised]) -> list[AttentionItem]:
    """As `raise_item`, for at most 5,000 in three statements; returns them in the order given.

    Two that raise the same key at the same moment: the second gets an IntegrityError and its transaction is undone;
    what raises items runs again.
    """
    raised = list(raised)
    keys = {one.once_key for one in raised if one.once_key}
    known = {item.once_key: item for item in AttentionItem.objects.filter(state=State.OPEN, once_key__in=keys)}
    items: list[AttentionItem] = []
    new: list[AttentionItem] = []
    for one in raised:
        item = known.get(one.once_key) if one.once_key else None
        if item is None:
            item = _item(one)
            new.append(item)
            if one.once_key:
                known[one.once_key] = item
        items.append(item)
    with change_set(action="attention.raise"):
        bulk.create(new)
    return items


def _item(one: Raised) -> AttentionItem:
    title, title_values = (one.title, {}) if isinstance(one.title, str) else one.title
    body, body_values = (one.body, {}) if isinstance(one.body, str) else one.body
    url = one.url
    if not url and one.subject is not None and hasattr(one.subject, "get_absolute_url"):
        url = one.subject.get_absolute_url()
    return AttentionItem(
        kind=one.kind,
        title_message=title,
        title_values=dict(title_values),
        body_message=body,
        body_values=dict(body_values),
        subject_model=one.subject._meta.concrete_model._meta.label if one.subject is not None else "",
        subject_id=one.subject.pk if one.subject is not None else None,
        url=url,
        for_right=one.for_right or "",
        for_user=one.for_user,
        administration=one.administration,
        due_on=one.due_on,
        once_key=one.once_key,
    )


@transaction.atomic
def handle(item: AttentionItem, *, version: int | None = None, reason: str = "") -> AttentionItem:
    """It is done. Raises UnableToClose when it is closed, ChangedMeanwhile for another version."""
    return _close(item, State.HANDLED, version, reason)


@transaction.atomic
def dismiss(item: AttentionItem, *, reason: str, version: int | None = None) -> AttentionItem:
    """It need not be done, and why. Raises UnableToClose when it is closed or no reason is given."""
    if not reason.strip():
        raise UnableToClose({"reason": _("Say why this need not be done.")})
    return _close(item, State.DISMISSED, version, reason)


@transaction.atomic
def postpone(item: AttentionItem, *, until: date, version: int | None = None) -> AttentionItem:
    """Ask again on this day. Raises UnableToClose when it is closed."""
    with change_set(action="attention.postpone"):
        item = _open(item, version)
        item.postponed_until = until
        item.save()
    return item


@transaction.atomic
def reopen(item: AttentionItem, *, version: int | None = None) -> AttentionItem:
    """It asks again: it was closed by mistake, or not done after all. An open item stays as it is.

    Raises UnableToReopen when the same matter is open anew.
    """
    with change_set(action="attention.reopen"):
        item = AttentionItem.objects.lock(item, version)
        if item.state == State.OPEN:
            return item
        same = AttentionItem.objects.filter(state=State.OPEN, once_key=item.once_key)
        if item.once_key and same.exists():
            raise UnableToReopen(_("This asks for you anew already."))
        item.state, item.reason = State.OPEN, ""
        item.closed_by = item.closed_at = None
        item.save()
    return item


@transaction.atomic
def close_by_key(once_key: str, *, reason: str = "") -> int:
    """What it asked for has solved itself; returns how many were open with this key."""
    closed = 0
    for item in AttentionItem.objects.filter(once_key=once_key, state=State.OPEN):
        handle(item, reason=reason)
        closed += 1
    return closed


def _close(item, state, version, reason) -> AttentionItem:
    with change_set(action=f"attention.{state}"):
        item = _open(item, version)
        item.state, item.reason = state, reason.strip()
        item.closed_by, item.closed_at = current_actor(), timezone.now()
        item.save()
    return item


def _open(item, version) -> AttentionItem:
    item = AttentionItem.objects.lock(item, version)
    if item.state != State.OPEN:
        raise UnableToClose(_("This was closed already."))
    return item
