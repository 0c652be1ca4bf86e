"""The processing reports: what one run over a connection did, line by line. Logs have no history."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.field_classes import FINANCIAL, INTERNAL
from integrations.hub.models.connections import Connection, LogQuerySet


class Run(models.Model):
    class Kind(models.TextChoices):
        CONTINUOUS = "continuous", _("continuous")
        PULL = "pull", _("reading back")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="runs", db_index=False, verbose_name=_("connection")
    )
    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices, default=Kind.CONTINUOUS)
    topic = models.CharField(_("topic"), max_length=40, blank=True)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    delivered = models.PositiveIntegerField(_("delivered"), default=0)
    same = models.PositiveIntegerField(_("the same"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    postponed = models.PositiveIntegerField(_("to be tried again"), default=0)
    code = models.CharField(_("code"), max_length=60, blank=True)
    answer = models.TextField(_("words of the other system"), blank=True)

    objects = LogQuerySet.as_manager()

    field_classes = {
        INTERNAL: (
            "connection",
            "kind",
            "topic",
            "began_at",
            "ended_at",
            "delivered",
            "same",
            "refused",
            "postponed",
            "code",
        ),
        FINANCIAL: ("answer",),
    }

    class Meta:
        verbose_name = _("processing report")
        verbose_name_plural = _("processing reports")
        indexes = [models.Index(fields=["connection", "-id"], name="hub_run_recent")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.began_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float | None:
        return (self.ended_at - self.began_at).total_seconds() if self.ended_at else None


class RunEntry(models.Model):
    """One line: what became of one record. `changes`: [[field, old, new], …]; `notes`: slugs the screens translate."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("made there")
        UPDATED = "updated", _("changed there")
        SAME = "same", _("the same")
        WITHDRAWN = "withdrawn", _("withdrawn")
        REFUSED = "refused", _("refused")
        POSTPONED = "postponed", _("to be tried again")
        UNKNOWN = "unknown", _("no answer")
        READ = "read", _("read back")
        NOT_OURS = "not_ours", _("not known here")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="entries", verbose_name=_("report"))
    topic = models.CharField(_("topic"), max_length=40)
    subject = models.BigIntegerField(_("record"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    number = models.CharField(_("number there"), max_length=80, blank=True)
    changes = models.JSONField(_("changes"), default=list, blank=True)
    notes = models.JSONField(_("notes"), default=list, blank=True)
    code = models.CharField(_("code"), max_length=60, blank=True)
    answer = models.TextField(_("words of the other system"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("line of a report")
        verbose_name_plural = _("lines of a report")

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}: {self.outcome}"
