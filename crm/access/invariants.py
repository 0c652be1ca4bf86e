"""What must hold of users, roles and grants below every door: set-wise guards, see `crm.core.guards`.

Nobody gives away more than they have, and somebody always remains who manages users.
The actor is the user behind the open change set; without one (command line, a job) only the second rule holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.models import Grant, RoleRight, User
from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.change_set import current_actor
from crm.core.guards import RowChange

# what lets somebody take an account over: a reset link goes to the e-mail address
ACCOUNT_COLUMNS = frozenset({"username", "email", "is_superuser"})


def users_hold(changes: Sequence[RowChange]) -> None:
    losing = set()
    for change in changes:
        before, after = change.before or {}, change.after
        _refuse_superuser(before, after or {})
        if change.before is not None and after is not None and ACCOUNT_COLUMNS & set(after):
            refuse_stronger(change.pk)
        if change.pk and _goes_out_of_duty(before, after):
            losing.add(change.pk)
    if losing:
        _somebody_remains(users_gone=losing)


def grants_hold(changes: Sequence[RowChange]) -> None:
    actor = _actor()
    for change in changes:
        if change.after is not None and actor is not None and not actor.is_superuser:
            row = dict(change.after)
            if change.pk and {"role_id", "administration_id"} - set(row):
                stored = Grant.objects.filter(pk=change.pk).values("role_id", "administration_id").first() or {}
                row = {**stored, **row}
            rights = RoleRight.objects.filter(role_id=row["role_id"]).values_list("right", flat=True)
            _refuse_beyond(actor, rights, [row["administration_id"]])
    gone = {change.pk for change in changes if change.pk and change.before is not None}
    if gone:
        _somebody_remains(grants_gone=gone)


def role_rights_hold(changes: Sequence[RowChange]) -> None:
    actor = _actor()
    if actor is not None and not actor.is_superuser:
        given = {change.after["right"] for change in changes if change.after and "right" in change.after}
        mine = rights_of(actor)
        _refuse_beyond(actor, given, mine.administrations())
    gone = {change.pk for change in changes if change.pk and change.before is not None}
    if gone:
        _somebody_remains(role_rights_gone=gone)


def _actor() -> User | None:
    """As the database has them: the instance behind the change set may be the very one that is being changed."""
    actor = current_actor()
    return User.objects.filter(pk=actor.pk).first() if actor is not None else None


def _refuse_superuser(before, after) -> None:
    actor = _actor()
    if "is_superuser" not in after or bool(before.get("is_superuser")) == bool(after["is_superuser"]):
        return
    if actor is not None and not actor.is_superuser:
        raise ValidationError(_("Only a superuser makes or unmakes a superuser."), code="beyond")


def refuse_stronger(user_id: int) -> None:
    """Changing somebody's sign-in details is as good as being them."""
    actor = _actor()
    if actor is None or actor.is_superuser or actor.pk == user_id:
        return
    granted = Grant.objects.filter(user_id=user_id).values_list("administration_id", "role__rights__right")
    mine = rights_of(actor)
    if any(right and not mine.has(right, [administration]) for administration, right in granted):
        raise ValidationError(
            _("This user has rights that you do not have, so you cannot change how they sign in."), code="beyond"
        )


def _refuse_beyond(actor, rights: Iterable[str], administration_ids: Iterable[int]) -> None:
    mine = rights_of(actor)
    for administration in administration_ids:
        missing = sorted(right for right in rights if not mine.has(right, [administration]))
        if missing:
            raise ValidationError(
                _("You cannot give a right that you do not have yourself: %(rights)s."),
                code="beyond",
                params={"rights": ", ".join(str(Right(right).label) for right in missing)},
            )


def _goes_out_of_duty(before, after) -> bool:
    if after is None:
        return bool(before.get("is_active", True))
    for column in ("is_active", "is_superuser"):
        if column in after and before.get(column) and not after[column]:
            return True
    return False


def _somebody_remains(*, users_gone=(), grants_gone=(), role_rights_gone=()) -> None:
    """Refuse when an administration would lose its last active user manager and no superuser is left either."""
    if User.objects.filter(is_superuser=True, is_active=True).exclude(pk__in=users_gone).exists():
        return
    manages = Grant.objects.filter(role__rights__right=Right.USERS_MANAGE, user__is_active=True)
    had = set(manages.values_list("administration_id", flat=True))
    losing_superuser = User.objects.filter(pk__in=users_gone, is_superuser=True, is_active=True).exists()
    kept = Grant.objects.filter(
        role__rights__in=RoleRight.objects.filter(right=Right.USERS_MANAGE).exclude(pk__in=role_rights_gone),
        user__is_active=True,
    )
    has = set(
        kept.exclude(user_id__in=users_gone).exclude(pk__in=grants_gone).values_list("administration_id", flat=True)
    )
    if had - has or (losing_superuser and not has):
        raise ValidationError(
            _("Somebody has to remain who manages users: give another user that role first."), code="last_manager"
        )
