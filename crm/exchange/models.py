"""What went in and out in quantity, as a log. What it changed has its own history."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Backup(models.Model):
    """One back-up that was made, or one check of it. A log: nobody edits it."""

    class Act(models.TextChoices):
        CREATE = "create", _("made")
        VERIFY = "verify", _("checked")

    act = models.CharField(_("what"), max_length=10, choices=Act.choices)
    began_at = models.DateTimeField(_("began"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ok = models.BooleanField(_("succeeded"), null=True, blank=True)
    name = models.CharField(_("file"), max_length=200, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size = models.BigIntegerField(_("bytes"), null=True, blank=True)
    tables = models.PositiveIntegerField(_("tables"), null=True, blank=True)
    rows = models.BigIntegerField(_("rows"), null=True, blank=True)
    files = models.PositiveIntegerField(_("files"), null=True, blank=True)
    message = models.TextField(_("message"), blank=True)

    class Meta:
        verbose_name = _("back-up")
        verbose_name_plural = _("back-ups")
        ordering = ["-began_at", "-id"]
        indexes = [models.Index(fields=["act", "-ended_at"])]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.name}".strip()
