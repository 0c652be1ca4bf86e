"""Users, roles and grants: who may do what in which administration."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rights import Right
from crm.access.rules import PORTAL, STAFF, ScopedQuerySet
from crm.administrations.models import Administration
from crm.core.field_classes import INTERNAL, PUBLIC
from crm.core.models import Recorded


class Users(UserManager.from_queryset(ScopedQuerySet)):
    use_in_migrations = False


class User(Recorded, AbstractUser):
    """Somebody who signs in: staff at the office, or a relation in the portal."""

    class Kind(models.TextChoices):
        STAFF = STAFF, _("staff")
        PORTAL = PORTAL, _("portal")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.STAFF)
    language = models.CharField(_("language"), max_length=5, default="nl")
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)

    objects = Users()

    # a log-in is no change of the user, and a password is nobody's history
    history_excluded = ("last_login", "password")
    field_classes = {
        PUBLIC: ("username", "first_name", "last_name"),
        INTERNAL: (
            "password",
            "last_login",
            "is_superuser",
            "is_staff",
            "is_active",
            "date_joined",
            "email",
            "kind",
            "language",
            "shortcuts",
        ),
    }

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"),
                condition=~models.Q(email=""),
                name="access_user_email",
                violation_error_message=_("There is a user with this e-mail address already."),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        names = [self.first_name, self.last_name]
        return "".join(name[0] for name in names if name).upper() or self.username[:2].upper()


class Role(Recorded):
    """A named set of rights."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.TextField(_("description"), blank=True)

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("name", "description")}

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RoleRight(Recorded):
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="rights", verbose_name=_("role"))
    right = models.CharField(_("right"), max_length=40, choices=Right.choices)

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("role", "right")}

    class Meta:
        verbose_name = _("right of a role")
        verbose_name_plural = _("rights of a role")
        constraints = [models.UniqueConstraint(fields=["role", "right"], name="access_roleright_once")]

    def __str__(self) -> str:
        return self.get_right_display()


class Grant(Recorded):
    """A user has a role in an administration."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants", verbose_name=_("user"))
    administration = models.ForeignKey(
        Administration, on_delete=models.PROTECT, related_name="grants", verbose_name=_("administration")
    )
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="grants", verbose_name=_("role"))

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("user", "administration", "role")}

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [models.UniqueConstraint(fields=["user", "administration", "role"], name="access_grant_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}, {self.administration}"
