"""One row per recipient of every e-mail that leaves."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access.rules import allowed
from crm.administrations.models import Administration
from crm.core.field_classes import INTERNAL

ANSWER_LENGTH = 2_000


class MessageState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("sending")
    SENT = "sent", _("sent")
    REFUSED = "refused", _("refused")
    DEFERRED = "deferred", _("deferred")
    UNCERTAIN = "uncertain", _("uncertain")


TO_SEND = (MessageState.WAITING, MessageState.DEFERRED)
# what a person has to look at
TO_LOOK_AT = (MessageState.REFUSED, MessageState.UNCERTAIN)


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user, on=None):
        """The rows this user may see; the rule is in `hooks.py`."""
        return self.filter(allowed("visible", self.model, user, on))

    def editable_by(self, user, on=None):
        return self.visible_to(user, on).filter(allowed("editable", self.model, user, on))

    def due(self, now: datetime):
        """What may be sent now and nobody has in hand, the longest waiting first."""
        free = models.Q(lease_until=None) | models.Q(lease_until__lt=now)
        return self.filter(free, state__in=TO_SEND, not_before__lte=now).order_by("not_before", "pk")


class Message(models.Model):
    """A message to one recipient. A log of what left, not domain data: its states are its history."""

    message_id = models.CharField(_("message id"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=60, blank=True, db_index=True)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    sender = models.CharField(_("from"), max_length=320)
    recipient = models.CharField(_("to"), max_length=320, db_index=True)
    # the message as it leaves, headers and all; every try sends these very bytes
    content = models.BinaryField(_("content"), default=b"", editable=False)
    keep_content = models.BooleanField(_("keep the text after sending"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    # temporary refusals are tried again until this moment
    until = models.DateTimeField(_("tried until"))
    lease = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    answer = models.TextField(_("last answer"), blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    administration = models.ForeignKey(
        Administration,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("administration"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # what it is about: a model label and key, since relations lie above this slice
    about_model = models.CharField(_("about"), max_length=100, blank=True)
    about_id = models.BigIntegerField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    field_classes = {
        INTERNAL: (
            "message_id",
            "kind",
            "subject",
            "sender",
            "recipient",
            "keep_content",
            "state",
            "tries",
            "not_before",
            "until",
            "answer",
            "created_at",
            "sent_at",
            "administration",
            "user",
            "about_model",
            "about_id",
        )
    }

    class Meta:
        verbose_name = _("e-mail message")
        verbose_name_plural = _("e-mail messages")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["not_before", "id"], condition=models.Q(state__in=["waiting", "deferred"]), name="mail_due"
            ),
            models.Index(fields=["lease_until"], condition=models.Q(state="sending"), name="mail_sending"),
            models.Index(fields=["about_model", "about_id"], name="mail_about"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"
