"""Something a person at the office has to look at."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.access.rights import Right
from crm.access.rules import ScopedQuerySet
from crm.administrations.models import Administration
from crm.core.field_classes import INTERNAL
from crm.core.models import Recorded


class State(models.TextChoices):
    OPEN = "open", _("open")
    HANDLED = "handled", _("handled")
    DISMISSED = "dismissed", _("dismissed")


class AttentionItemQuerySet(ScopedQuerySet):
    def asking(self, on):
        """Open, and not postponed to a later day."""
        return self.filter(models.Q(postponed_until=None) | models.Q(postponed_until__lte=on), state=State.OPEN)


class AttentionItem(Recorded):
    """Raised by a slice or a coupling; handled, postponed or dismissed by a person.

    Title and text are kept as message id with values, so that each reader has them in their own language.
    """

    kind = models.CharField(_("kind"), max_length=80)
    title_message = models.CharField(max_length=200)
    title_values = models.JSONField(default=dict, blank=True)
    body_message = models.TextField(blank=True)
    body_values = models.JSONField(default=dict, blank=True)
    # a label and key: what it is about lies in a slice above this one
    subject_model = models.CharField(_("about"), max_length=100, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    url = models.CharField(_("where to go"), max_length=500, blank=True)
    for_right = models.CharField(_("for who may"), max_length=40, choices=Right.choices, blank=True)
    for_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for"),
    )
    administration = models.ForeignKey(
        Administration,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("administration"),
    )
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    postponed_until = models.DateField(_("postponed until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.TextField(_("reason"), blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    once_key = models.CharField(max_length=200, blank=True)

    objects = AttentionItemQuerySet.as_manager()

    field_classes = {
        INTERNAL: (
            "kind",
            "title_message",
            "title_values",
            "body_message",
            "body_values",
            "subject_model",
            "subject_id",
            "url",
            "for_right",
            "for_user",
            "administration",
            "raised_at",
            "due_on",
            "postponed_until",
            "state",
            "reason",
            "closed_by",
            "closed_at",
            "once_key",
        )
    }

    class Meta:
        verbose_name = _("attention item")
        verbose_name_plural = _("attention items")
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["once_key"],
                condition=models.Q(state="open") & ~models.Q(once_key=""),
                name="attention_once_while_open",
            )
        ]
        indexes = [
            models.Index(fields=["raised_at", "id"], condition=models.Q(state="open"), name="attention_open"),
            models.Index(fields=["subject_model", "subject_id"], name="attention_subject"),
            models.Index(fields=["state", "closed_at", "id"], name="attention_closed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_words(self.title_message, self.title_values)

    @property
    def body(self) -> str:
        return in_words(self.body_message, self.body_values) if self.body_message else ""


def in_words(message: str, values: dict) -> str:
    """In the language that is active; a translation that asks for a value that is not there shows the message."""
    translated = gettext(message)
    if not values:
        return translated
    try:
        return translated % values
    except (KeyError, TypeError, ValueError):
        return message
