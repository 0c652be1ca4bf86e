"""The organisations we keep books and relations for."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.field_classes import PUBLIC
from crm.core.models import Recorded, RecordedQuerySet


class AdministrationQuerySet(RecordedQuerySet):
    def visible_to(self, user):
        """Those the user has a grant in. Lies below access, so it filters on the key from there."""
        if not getattr(user, "is_active", False):
            return self.none()
        limits = getattr(user, "limits", None)
        if limits is not None:  # by a token of the API: only those that it reaches
            self = self.filter(pk__in=limits.administrations)
        if user.is_superuser:
            return self
        return self.filter(pk__in=models.Subquery(user.grants.values("administration_id")))

    def editable_by(self, user):
        """Those the user manages the settings of."""
        visible = self.visible_to(user)
        if getattr(user, "is_superuser", False) or not getattr(user, "is_active", False):
            return visible
        managed = user.grants.filter(role__rights__right="settings.manage")
        return visible.filter(pk__in=models.Subquery(managed.values("administration_id")))

    def in_use(self, on):
        return self.filter(models.Q(archived_on=None) | models.Q(archived_on__gt=on))


class Administration(Recorded):
    """A legal entity whose books and relations are kept."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    archived_on = models.DateField(_("archived since"), null=True, blank=True)

    objects = AdministrationQuerySet.as_manager()

    field_classes = {PUBLIC: ("name", "legal_name", "email", "archived_on")}

    class Meta:
        verbose_name = _("administration")
        verbose_name_plural = _("administrations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Mode(models.TextChoices):
    SINGLE = "single", _("single: a relation belongs to exactly one administration")
    MULTIPLE = "multiple", _("multiple: relations are made in the umbrella and put to use in others")


class InstallationQuerySet(RecordedQuerySet):
    def visible_to(self, user):
        """Its one row, for staff: which mode we work in shows on every screen. Only a superuser changes it."""
        staff = getattr(user, "is_active", False) and getattr(user, "kind", "") == "staff"
        return self if staff else self.none()

    def editable_by(self, user):
        return self.visible_to(user) if getattr(user, "is_superuser", False) else self.none()


class Installation(Recorded):
    """The settings of this installation: one row."""

    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.SINGLE)
    umbrella = models.ForeignKey(
        Administration,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("umbrella administration"),
        help_text=_("In the mode multiple: where every relation is made."),
    )

    objects = InstallationQuerySet.as_manager()

    field_classes = {PUBLIC: ("mode", "umbrella")}

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installation")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="administrations_installation_one"),
            models.CheckConstraint(
                condition=models.Q(mode=Mode.SINGLE) | models.Q(umbrella__isnull=False),
                name="administrations_installation_umbrella",
                violation_error_message=_("The mode multiple needs an umbrella administration."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_mode_display()

    def clean(self):
        if self.mode == Mode.MULTIPLE and not self.umbrella_id:
            raise ValidationError({"umbrella": _("The mode multiple needs an umbrella administration.")})

    @classmethod
    def current(cls) -> "Installation":
        """The one row; the mode single without a row."""
        return cls.objects.select_related("umbrella").filter(pk=1).first() or cls(pk=1)


class LogRetentionQuerySet(RecordedQuerySet):
    def visible_to(self, user):
        """How long logs are kept is no secret to staff; only a superuser, or who sets everywhere, changes it."""
        staff = getattr(user, "is_active", False) and getattr(user, "kind", "") == "staff"
        return self if staff else self.none()

    def editable_by(self, user):
        return self.visible_to(user) if sets_everywhere(user) else self.none()


class LogRetention(Recorded):
    """For how long one log is kept, where somebody chose other days (`crm.administrations.retention`)."""

    key = models.CharField(_("log"), max_length=60, unique=True)
    days = models.PositiveIntegerField(_("days"), validators=[MinValueValidator(1), MaxValueValidator(3650)])

    objects = LogRetentionQuerySet.as_manager()

    field_classes = {PUBLIC: ("key", "days")}

    class Meta:
        verbose_name = _("retention of a log")
        verbose_name_plural = _("retention of logs")
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key}: {self.days}"


def sets_everywhere(user) -> bool:
    """Whether this user manages the settings of every administration: what holds for all of them asks for that."""
    if not getattr(user, "is_active", False):
        return False
    mine = Administration.objects.editable_by(user)
    if user.is_superuser and getattr(user, "limits", None) is None:
        return True
    return mine.exists() and not Administration.objects.exclude(pk__in=mine.values("pk")).exists()
