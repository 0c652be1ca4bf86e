"""Who opened which card."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access.rules import allowed
from crm.core.field_classes import INTERNAL
from crm.core.models import Door


class LookQuerySet(models.QuerySet):
    """Append-only: only age takes a row away. Written many at a time, without history: it is a log itself."""

    def visible_to(self, user, on=None):
        return self.filter(allowed("visible", self.model, user, on))

    def of(self, record: models.Model):
        """The looks at one record."""
        return self.filter(model=record._meta.concrete_model._meta.label, record=record.pk)

    def forget(self, before) -> int:
        """Delete the looks from before this moment: retention. Returns how many."""
        rows = self.filter(at__lt=before)
        return super(LookQuerySet, rows).delete()[0]

    def update(self, **kwargs):
        raise TypeError("A look does not change.")

    def delete(self):
        raise TypeError("Looks go by their age only: `forget`.")

    update.alters_data = delete.alters_data = True


class Look(models.Model):
    """Somebody opened the card of a record. No foreign key to it: the look stays when the record goes."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="looks", verbose_name=_("who")
    )
    door = models.CharField(_("door"), max_length=12, choices=Door.choices)
    model = models.CharField(_("kind of record"), max_length=60)
    record = models.BigIntegerField(_("record"))

    objects = LookQuerySet.as_manager()

    field_classes = {INTERNAL: ("at", "user", "door", "model", "record")}

    class Meta:
        verbose_name = _("look")
        verbose_name_plural = _("looks")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["model", "record", "-at", "-id"], name="audit_look_record"),
            models.Index(fields=["user", "-at", "-id"], name="audit_look_user"),
            models.Index(fields=["-at", "-id"], name="audit_look_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("A look does not change.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("Looks go by their age only: `forget`.")
