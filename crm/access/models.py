"""Users, roles and grants: who may do what in which administration; and how they sign in."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access.api_tokens.models import ApiToken, ApiTokenAdministration, ApiTokenUse  # noqa: F401  of this app
from crm.access.rights import Right
from crm.access.rules import PORTAL, STAFF, ScopedQuerySet, allowed
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
    language = models.CharField(
        _("language"), max_length=5, default="nl", choices=[("nl", "Nederlands"), ("en", "English")]
    )
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    # what a request by token is held to (crm.access.api_tokens); None: to one's rights alone
    limits = None

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


class SignInRules(Recorded):
    """How the people of this installation sign in: one row, or none, which is what the settings say."""

    second_factor = models.BooleanField(
        _("Everybody at the office needs a second step to sign in"),
        default=True,
        help_text=_("Who has none yet is led to setting one up, and reaches nothing else before that."),
    )

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("second_factor",)}

    class Meta:
        verbose_name = _("sign-in rules")
        verbose_name_plural = _("sign-in rules")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="access_signinrules_one")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> "SignInRules":
        """The one row; without it, what `settings.SECOND_FACTOR_REQUIRED` says."""
        found = cls.objects.filter(pk=1).first()
        return found or cls(pk=1, second_factor=settings.SECOND_FACTOR_REQUIRED)


class SignInProvider(Recorded):
    """An office's own provider of accounts (OpenID Connect 1.0), through which invited users may come in."""

    name = models.CharField(_("name"), max_length=40, help_text=_("What the button on the sign-in page says."))
    key = models.SlugField(
        _("short name in addresses"),
        unique=True,
        help_text=_("Small letters, digits and hyphens. The provider asks for the address that is made with it."),
    )
    issuer = models.URLField(
        _("address of the provider"),
        max_length=300,
        help_text=_("The issuer, such as https://login.microsoftonline.com/…/v2.0 or https://accounts.google.com."),
    )
    client_id = models.CharField(_("client ID"), max_length=191)
    # Fernet, under FIELD_ENCRYPTION_KEYS (crm/access/sealing.py); no history, no form and no page shows it
    sealed_secret = models.TextField(_("client secret"), blank=True, editable=False)
    vouches_for_addresses = models.BooleanField(
        _("The provider vouches for every e-mail address"),
        default=False,
        help_text=_(
            "Microsoft does not say whether it checked an address. Tick this only when the address above is your own "
            "tenant's and only your office makes accounts there: whoever has the address gets in."
        ),
    )
    second_factor_there = models.BooleanField(
        _("The provider asks for a second step itself"),
        default=False,
        help_text=_("Then who comes in this way needs no second step of Schakel."),
    )
    active = models.BooleanField(_("in use"), default=True)

    objects = ScopedQuerySet.as_manager()

    history_excluded = ("sealed_secret",)
    field_classes = {
        INTERNAL: (
            "name",
            "key",
            "issuer",
            "client_id",
            "sealed_secret",
            "vouches_for_addresses",
            "second_factor_there",
            "active",
        )
    }

    class Meta:
        verbose_name = _("sign-in provider")
        verbose_name_plural = _("sign-in providers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LogQuerySet(models.QuerySet):
    """Rows of a log: read through the same rules as everything else."""

    def visible_to(self, user, on=None):
        return self.filter(allowed("visible", self.model, user, on))

    def editable_by(self, user, on=None):
        return self.visible_to(user, on).filter(allowed("editable", self.model, user, on))


class OpenSession(models.Model):
    """Somebody who is signed in somewhere. Gone when the session ends; that it was there is in the log of events."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="open_sessions", verbose_name=_("user"))
    # of Django's session: taking both rows away ends it at once
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    began_at = models.DateTimeField(_("signed in"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    device = models.CharField(_("device"), max_length=120, blank=True)
    way = models.CharField(_("signed in with"), max_length=80, blank=True)

    objects = LogQuerySet.as_manager()

    field_classes = {INTERNAL: ("user", "session_key", "began_at", "seen_at", "address", "device", "way")}

    class Meta:
        verbose_name = _("open session")
        verbose_name_plural = _("open sessions")
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"{self.user}, {self.device}"


class EventKind(models.TextChoices):
    SIGNED_IN = "signed_in", _("Signed in")
    SIGNED_OUT = "signed_out", _("Signed out")
    REFUSED = "refused", _("Wrong name or password")
    CODE_REFUSED = "code_refused", _("Wrong second step")
    BLOCKED = "blocked", _("Too many tries: had to wait")
    PROVIDER_REFUSED = "provider_refused", _("Refused after signing in at the provider")
    CONFIRMED = "confirmed", _("Confirmed who they are")
    CONFIRM_REFUSED = "confirm_refused", _("Could not confirm who they are")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    FACTOR_ADDED = "factor_added", _("Second step added")
    FACTOR_REMOVED = "factor_removed", _("Second step removed")
    CODES_MADE = "codes_made", _("New recovery codes made")
    CODE_USED = "code_used", _("Recovery code used")
    SESSION_ENDED = "session_ended", _("Session ended from elsewhere")


class AccessEventQuerySet(LogQuerySet):
    """Append-only: nothing but the nightly retention deletes, and nothing changes a row."""

    def forget(self, before) -> int:
        """Delete the lines from before this moment: retention. Returns how many."""
        rows = self.filter(at__lt=before)
        return super(AccessEventQuerySet, rows).delete()[0]

    def update(self, **kwargs):
        raise TypeError("An access event does not change.")

    def delete(self):
        raise TypeError("Access events go by their age only: `forget`.")

    update.alters_data = delete.alters_data = True


class AccessEvent(models.Model):
    """One line of the log of who came in, who tried, and what changed in how somebody comes in."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=20, choices=EventKind.choices)
    # whose account it is about; None: a name that nobody has. What was typed is not kept: people type passwords there
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="access_events", verbose_name=_("user")
    )
    # who did it, when that is somebody else
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("done by"))
    address = models.GenericIPAddressField(_("address"), null=True)
    device = models.CharField(_("device"), max_length=120, blank=True)
    detail = models.CharField(_("detail"), max_length=120, blank=True)

    objects = AccessEventQuerySet.as_manager()

    field_classes = {INTERNAL: ("at", "kind", "user", "actor", "address", "device", "detail")}

    class Meta:
        verbose_name = _("access event")
        verbose_name_plural = _("access events")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="access_event_user"),
            models.Index(fields=["-at", "-id"], name="access_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("An access event does not change.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("Access events go by their age only: `forget`.")
