"""Writing messages that have to leave, and offering one again."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.mail.models import TO_LOOK_AT, Message, MessageState
from crm.mail.validators import envelope_address, one_line

TEMPORARY_HOURS = 24


class UnableToSendAgain(Exception):
    """Why this message cannot be offered again, for a person."""


@transaction.atomic
def post(
    message: EmailMessage,
    *,
    kind: str = "",
    keep_content: bool = True,
    administration=None,
    user=None,
    about: models.Model | None = None,
    not_before: datetime | None = None,
) -> list[Message]:
    """Write one row per recipient and wake the worker after the commit; returns the rows.

    `keep_content=False`: the text is forgotten once it was sent (what lets somebody in). `about`: the record it is
    about. Raises ValidationError for an address or subject that cannot stand in a message, before anything is written.
    """
    now = timezone.now()
    sender = envelope_address(message.from_email)
    subject = one_line(str(message.subject))
    addresses = list(dict.fromkeys(envelope_address(address) for address in message.recipients()))
    rows = []
    for address in addresses:
        message_id = f"<{uuid.uuid4().hex}@{sender.rpartition('@')[2]}>"
        rows.append(
            Message(
                message_id=message_id,
                kind=kind,
                subject=subject[:500],
                sender=sender,
                recipient=address,
                content=_bytes_of(message, message_id),
                keep_content=keep_content,
                not_before=not_before or now,
                until=(not_before or now) + timedelta(hours=TEMPORARY_HOURS),
                created_at=now,
                administration=administration,
                user=user,
                about_model=about._meta.concrete_model._meta.label if about else "",
                about_id=about.pk if about else None,
            )
        )
    Message.objects.bulk_create(rows)
    wake()
    return rows


def _bytes_of(message: EmailMessage, message_id: str) -> bytes:
    """The message as it leaves, with an id of its own for each recipient that stays the same in every try."""
    own = copy.copy(message)
    own.extra_headers = {
        name: value for name, value in message.extra_headers.items() if name.lower() != "message-id"
    } | {"Message-ID": message_id}
    return own.message().as_bytes(linesep="\r\n")


@transaction.atomic
def send_again(messages: Sequence[Message], *, now: datetime) -> int:
    """Offer refused or uncertain messages once more, because a person decided so; returns how many.

    The same bytes with the same Message-ID. Raises UnableToSendAgain for one in another state, and for one of which
    the text was not kept.
    """
    rows = list(Message.objects.select_for_update().filter(pk__in=[message.pk for message in messages]))
    for row in rows:
        if row.state not in TO_LOOK_AT:
            raise UnableToSendAgain(_("“%(message)s” is neither refused nor uncertain.") % {"message": row})
        if not row.content:
            raise UnableToSendAgain(_("The text of “%(message)s” was not kept.") % {"message": row})
    again = Message.objects.filter(pk__in=[row.pk for row in rows], state__in=TO_LOOK_AT).update(
        state=MessageState.WAITING,
        tries=0,
        not_before=now,
        until=now + timedelta(hours=TEMPORARY_HOURS),
        lease="",
        lease_until=None,
    )
    wake()
    return again


def wake() -> None:
    """One task after the commit, however many messages: the rows say what has to be done."""
    from django_q.tasks import async_task

    connection = transaction.get_connection()
    if any(getattr(entry[1], "wakes_mail", False) for entry in connection.run_on_commit):
        return

    def start():
        async_task("crm.mail.services.send_due")

    start.wakes_mail = True
    transaction.on_commit(start)
