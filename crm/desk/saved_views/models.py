"""A saved view, and the one a user begins with."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet
from crm.administrations.models import Administration
from crm.core.field_classes import INTERNAL
from crm.core.models import Recorded


class SavedView(Recorded):
    """What the address of a list asks, under a name. It holds no rows: who opens it sees what they may see."""

    class Page(models.TextChoices):
        RELATIONS = "relations", _("relations")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    page = models.CharField(_("list"), max_length=20, choices=Page.choices)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(_("what it asks"), blank=True)
    shared_with = models.ForeignKey(
        Administration,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="saved_views",
        verbose_name=_("shared with the colleagues of"),
    )

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("owner", "page", "name", "query", "shared_with")}

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                name="desk_savedview_name",
                violation_error_message=_("You have a view with this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class OpeningView(Recorded):
    """The view with which a list begins for one user."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opening_views", verbose_name=_("user")
    )
    page = models.CharField(_("list"), max_length=20, choices=SavedView.Page.choices)
    view = models.ForeignKey(
        SavedView, on_delete=models.CASCADE, related_name="opens_for", verbose_name=_("saved view")
    )

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("user", "page", "view")}

    class Meta:
        verbose_name = _("view that a list begins with")
        verbose_name_plural = _("views that a list begins with")
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="desk_openingview_once")]

    def __str__(self) -> str:
        return str(self.view)
