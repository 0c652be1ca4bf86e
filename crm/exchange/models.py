"""What went in and out in quantity, as a log. What it changed has its own history."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet, allowed
from crm.core.field_classes import INTERNAL
from crm.core.jobs import Job
from crm.core.models import Recorded


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


class ExportLogQuerySet(models.QuerySet):
    def visible_to(self, user, on=None):
        return self.filter(allowed("visible", self.model, user, on))

    def owned_by(self, user):
        """Whose file it is; a manager reads the line in the log, and not the file."""
        return self.filter(user_id=user.pk)

    def forget(self, before) -> int:
        """Delete the lines from before this moment: retention. Returns how many."""
        return self.filter(at__lt=before).delete()[0]


class ExportLog(models.Model):
    """Somebody took rows out. A log; what changes afterwards is only how far the file is."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports", verbose_name=_("who")
    )
    kind = models.CharField(_("what"), max_length=60)
    form = models.CharField(_("file format"), max_length=20)
    columns = models.JSONField(_("columns"), default=list)
    count = models.PositiveIntegerField(_("rows"), default=0)
    words = models.TextField(_("which rows"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    layout = models.CharField(_("layout"), max_length=60, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    file = models.CharField(max_length=80, blank=True, editable=False)
    name = models.CharField(_("file"), max_length=120, blank=True)
    expires_at = models.DateTimeField(_("to be fetched until"), null=True, blank=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True, blank=True)

    objects = ExportLogQuerySet.as_manager()

    field_classes = {
        INTERNAL: (
            "at",
            "user",
            "kind",
            "form",
            "columns",
            "count",
            "words",
            "reason",
            "layout",
            "job",
            "file",
            "name",
            "expires_at",
            "fetched_at",
        )
    }

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="exchange_export_user"),
            models.Index(fields=["-at", "-id"], name="exchange_export_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.kind}, {self.at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("export:file", args=[self.pk])

    def is_ready(self, now) -> bool:
        return bool(self.file and self.expires_at and self.expires_at > now)


class ExportRules(Recorded):
    """When taking rows out asks for a reason: one row, or none, which is the default."""

    DEFAULT_REASON_ABOVE = 500

    reason_above = models.PositiveIntegerField(
        _("Ask for a reason above this number of rows"),
        default=DEFAULT_REASON_ABOVE,
        help_text=_("The reason stands in the log of exports. 0: always."),
    )

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("reason_above",)}

    class Meta:
        verbose_name = _("rules of exporting")
        verbose_name_plural = _("rules of exporting")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="exchange_exportrules_one")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> "ExportRules":
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class FileLayout(Recorded):
    """An office's own columns of a ready file (`crm.exchange.layouts`), instead of those of the product."""

    class Separator(models.TextChoices):
        SEMICOLON = ";", _("semicolon")
        COMMA = ",", _("comma")
        TAB = "\t", _("tab")

    key = models.SlugField(_("package"), max_length=60, unique=True)
    separator = models.CharField(_("between columns"), max_length=1, choices=Separator.choices, default=";")
    text = models.TextField(_("columns"), max_length=20_000)

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("key", "separator", "text")}

    class Meta:
        verbose_name = _("file layout")
        verbose_name_plural = _("file layouts")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
