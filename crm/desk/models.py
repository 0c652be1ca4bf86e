"""What each user arranges for themselves."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet
from crm.core.field_classes import INTERNAL
from crm.core.models import Recorded
from crm.desk.saved_views.models import OpeningView, SavedView  # noqa: F401  models of this app


class Preferences(Recorded):
    """How one user wants the office to look. No row: everything as it comes.

    `arrangement` is {"left": keys, "right": keys, "hidden": keys} of the parts of the first page; a part that is in
    none of them, because it is newer, stands where its maker put it (`crm.desk.dashboard`).
    """

    class Theme(models.TextChoices):
        SYSTEM = "", _("as my computer")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    class StartPage(models.TextChoices):
        TODAY = "today", _("Today")
        RELATIONS = "relations", _("Relations")
        ATTENTION = "attention", _("What asks for you")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences", verbose_name=_("user")
    )
    theme = models.CharField(_("colours"), max_length=8, choices=Theme.choices, blank=True, default="")
    start_page = models.CharField(
        _("first page after signing in"), max_length=12, choices=StartPage.choices, default=StartPage.TODAY
    )
    arrangement = models.JSONField(_("arrangement of the first page"), default=dict, blank=True)

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("user", "theme", "start_page", "arrangement")}

    class Meta:
        verbose_name = _("preferences")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return str(self.user)
