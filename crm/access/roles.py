"""Changes of roles: what a named set of rights allows. Guards in `invariants.py` refuse what must not be."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.access.models import Role, RoleRight, User
from crm.access.rights import Right
from crm.core.change_set import change_set


class UnableToRemoveRole(ValidationError):
    """Somebody still has the role; the message says how many."""


@transaction.atomic
def keep_role(role: Role, *, name: str, description: str, rights: Iterable[str], version: int | None = None) -> Role:
    """Make or change a role, with exactly these rights. Everybody who has it may at once what it says.

    Raises ChangedMeanwhile for another version, ValidationError for a name that is taken, for a right that the actor
    does not have, or when nobody would be left who manages users.
    """
    wanted = {Right(right) for right in rights}
    with change_set(action="access.role"):
        if role.pk:
            role = Role.objects.lock(role, version)
        role.name, role.description = name.strip(), description.strip()
        role.full_clean()
        role.save()
        held = {row.right: row for row in RoleRight.objects.filter(role=role)}
        for right in sorted(wanted - held.keys()):
            RoleRight(role=role, right=right).save()
        for right in sorted(held.keys() - wanted):
            held[right].delete()
    return role


@transaction.atomic
def remove_role(role: Role, *, version: int | None = None) -> None:
    """Raises UnableToRemoveRole while anybody has it, wherever: it would be taken away from them unseen."""
    with change_set(action="access.remove_role"):
        role = Role.objects.lock(role, version)
        if role.grants.exists():
            raise UnableToRemoveRole(_("Somebody has this role. Take it away from everybody first."))
        role.delete()


@transaction.atomic
def change_user(user: User, *, version: int | None, **values) -> User:
    """Change the name, address, user name or language of somebody.

    Raises ChangedMeanwhile for another version, ValidationError when a guard refuses.
    """
    with change_set(action="access.change"):
        locked = User.objects.lock(user, version)
        for name, value in values.items():
            setattr(locked, name, value)
        locked.full_clean(exclude=["password"])
        locked.save()
    return locked
