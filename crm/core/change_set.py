"""Change sets: who did what belonged together, through which door, and why. The unit of undo.

`change_set(...)` opens one; every history row written inside carries it. Opening writes nothing: the row
is made with the first history row, in that row's transaction. `access` has the users, `audit` the screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Door(models.TextChoices):
    SCREEN = "screen", _("screen")
    ADMIN = "admin", _("administration pages")
    API = "api", _("API")
    IMPORT = "import", _("import")
    JOB = "job", _("background job")
    COUPLING = "coupling", _("coupling")
    PORTAL = "portal", _("portal")
    SHELL = "shell", _("command line")


class ChangeSet(models.Model):
    """What belonged together: one business action, one import, one bulk edit. Append-only."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    door = models.CharField(_("door"), max_length=12, choices=Door.choices)
    action = models.CharField(_("action"), max_length=80, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    opened_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    reverts = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reverted_by", verbose_name=_("reverts")
    )

    class Meta:
        verbose_name = _("change set")
        verbose_name_plural = _("change sets")
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["actor", "opened_at"], name="core_changeset_actor")]

    def __str__(self) -> str:
        return self.action or f"{self.get_door_display()} {self.pk}"


@dataclass
class OpenChangeSet:
    """A change set as opened; `pk` stays empty until something is written in it."""

    door: str
    actor: object | Callable[[], object] | None = None
    action: str = ""
    reason: str = ""
    reverts_id: int | None = None
    pk: int | None = None
    # the proof that the row exists: pending in this transaction, or committed by it
    _made: Callable[[], None] | None = field(default=None, repr=False)
    _committed: bool = field(default=False, repr=False)

    def user(self):
        """Who acts, or None. Read at the first write: an API request is authenticated after the middleware."""
        user = self.actor() if callable(self.actor) else self.actor
        return user if getattr(user, "pk", None) else None

    def id(self) -> int:
        """The id of the row, made when there is none (any more): a rollback takes it along."""
        if self._exists():
            return self.pk
        user = self.user()
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            # every save makes one: without the ORM in half the time
            cursor.execute(
                "INSERT INTO core_changeset (actor_id, door, action, reason, opened_at, reverts_id)"
                " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
                [user.pk if user else None, self.door, str(self.action), str(self.reason), now, self.reverts_id],
            )
            self.pk, self._committed = cursor.fetchone()[0], False

        def made():
            if self._made is made:
                self._committed = True

        self._made = made
        transaction.on_commit(made)  # outside a transaction this runs at once, which is right: the row is there
        return self.pk

    def _exists(self) -> bool:
        if self.pk is None:
            return False
        # Django forgets the functions of a savepoint or transaction that is rolled back, so ours is there or has run
        return self._committed or any(entry[1] is self._made for entry in transaction.get_connection().run_on_commit)


_current: ContextVar[OpenChangeSet | None] = ContextVar("change_set", default=None)


@contextmanager
def change_set(
    *,
    actor: object | Callable[[], object] | None = None,
    door: str = Door.SHELL,
    action: str = "",
    reason: str = "",
    reverts: ChangeSet | None = None,
    resume: int | None = None,
    separate: bool = False,
) -> Iterator[OpenChangeSet]:
    """Everything written inside belongs together.

    Inside another one it joins that one, and names it when it had no action or reason yet; `separate=True` opens
    one of its own. `resume` (an id) goes on with one that an earlier run of the same job has committed.
    """
    outer = _current.get()
    if outer is not None and not separate and resume is None:
        if outer.pk is None:
            outer.action = outer.action or action
            outer.reason = outer.reason or reason
            outer.reverts_id = outer.reverts_id or (reverts.pk if reverts else None)
        yield outer
        return
    if outer is not None and actor is None:
        actor = outer.actor
    opened = OpenChangeSet(
        door=door, actor=actor, action=action, reason=reason, reverts_id=reverts.pk if reverts else None
    )
    if resume is not None:
        opened.pk, opened._committed = resume, True
    token = _current.set(opened)
    try:
        yield opened
    finally:
        _current.reset(token)


def current_change_set() -> OpenChangeSet | None:
    return _current.get()


def current_change_set_id() -> int | None:
    """Default of a history row's key. None only outside every change set, which `Recorded` never is."""
    opened = _current.get()
    return opened.id() if opened else None


def current_actor():
    """The user behind the open change set, or None (a job, the command line, a coupling)."""
    opened = _current.get()
    return opened.user() if opened else None


class HistoryRow(models.Model):
    """What every history row has besides the columns of its model."""

    change_set = models.ForeignKey(
        ChangeSet,
        on_delete=models.PROTECT,
        null=True,
        default=current_change_set_id,
        related_name="+",
        verbose_name=_("change set"),
    )

    class Meta:
        abstract = True
