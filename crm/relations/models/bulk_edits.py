"""What somebody is about to change on many relations at once: frozen when its preview is made."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.core.jobs import Job


class BulkEditQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, as with the jobs that do them."""
        return self.filter(actor_id=user.pk) if getattr(user, "is_active", False) else self.none()


class BulkEdit(models.Model):
    """A log of work, not domain data: what it changes has its own history.

    `wanted` is {key of a change: its value} (`crm.relations.bulk_changes`). `frozen`: [[relation id, the version that
    the preview showed]] of those that will change; `skipped`: {why: [relation ids]} of the others. `asked` is the
    query of the list it began from.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("who")
    )
    wanted = models.JSONField(_("what"), default=dict)
    frozen = models.JSONField(_("relations"), default=list)
    skipped = models.JSONField(_("left alone"), default=dict)
    asked = models.TextField(_("list"), blank=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    job = models.OneToOneField(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("background job")
    )

    objects = BulkEditQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulk edit")
        verbose_name_plural = _("bulk edits")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["actor", "-made_at"], name="bulkedit_actor")]

    def __str__(self) -> str:
        return f"{_('bulk edit')} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("relations:bulk-edit", args=[self.pk])
