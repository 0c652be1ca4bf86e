"""What a user may, asked of the database; and what of a record's columns they may read and change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from django.db.models import QuerySet

from crm.access.models import Grant
from crm.access.rights import CHANGE_RIGHT, READ_RIGHT, Right
from crm.administrations.models import Administration
from crm.core.field_classes import classes_of


def administration_ids(user, right: Right | None = None) -> QuerySet:
    """The administrations in which the user has a role (with this right), as an unevaluated queryset for IN.

    By a token of the API only those that the token reaches (`user.limits`).
    """
    limits = getattr(user, "limits", None)
    if user.is_superuser:
        every = Administration.objects.all()
        return (every if limits is None else every.filter(pk__in=limits.administrations)).values("pk")
    grants = Grant.objects.filter(user_id=user.pk)
    if limits is not None:
        grants = grants.filter(administration_id__in=limits.administrations)
    if right is not None:
        grants = grants.filter(role__rights__right=right)
    return grants.values("administration_id")


class Rights:
    """The rights of one user, read once (one query) and asked many times. Keep it on the request, not longer."""

    def __init__(self, user):
        self.user = user
        self._asked_everywhere: dict[Right, bool] = {}

    @property
    def _everything(self) -> bool:
        """A superuser may all, also before there is any administration to have a right in."""
        return bool(self.user.is_active and self.user.is_superuser and getattr(self.user, "limits", None) is None)

    @cached_property
    def _granted(self) -> dict[str | None, set[int]]:
        if not self.user.is_active:
            return {}
        limits = getattr(self.user, "limits", None)
        if self.user.is_superuser:
            everywhere = set(Administration.objects.values_list("pk", flat=True))
            if limits is not None:
                everywhere &= limits.administrations
            return dict.fromkeys((None, *Right.values), everywhere)
        granted: dict[str | None, set[int]] = {}
        for administration, right in Grant.objects.filter(user_id=self.user.pk).values_list(
            "administration_id", "role__rights__right"
        ):
            if limits is not None and administration not in limits.administrations:
                continue
            granted.setdefault(None, set()).add(administration)
            if right:
                granted.setdefault(right, set()).add(administration)
        return granted

    def administrations(self, right: Right | None = None) -> set[int]:
        """Where the user has this right; None: where they have any role."""
        return self._granted.get(right, set())

    def has(self, right: Right, administration_ids: Iterable[int] | None = None) -> bool:
        """In one of these administrations; None asks for any at all."""
        if self._everything:
            return True
        where = self.administrations(right)
        return bool(where if administration_ids is None else where.intersection(administration_ids))

    def everywhere(self, right: Right) -> bool:
        """In every administration there is. Remembered: several parts of one screen ask it."""
        if self._everything:
            return True
        if right not in self._asked_everywhere:
            where = self.administrations(right)
            others = Administration.objects.exclude(pk__in=where)
            self._asked_everywhere[right] = bool(where) and not others.exists()
        return self._asked_everywhere[right]

    def readable(self, model: type, administration_ids: Iterable[int]) -> set[str]:
        """Names of the columns of a record that lies in these administrations, as far as this user may read them."""
        return self._columns(model, READ_RIGHT, set(administration_ids))

    def changeable(self, model: type, administration_ids: Iterable[int]) -> set[str]:
        return self._columns(model, CHANGE_RIGHT, set(administration_ids))

    def readable_classes(self, administration_ids: Iterable[int] | None = None) -> frozenset[str]:
        """Field classes readable in one of these administrations; None: in every one the user works in, which is
        what sorting, filtering and searching over all of them asks for."""
        if self._everything:
            return frozenset(READ_RIGHT)
        mine = self.administrations()
        if administration_ids is None:
            return frozenset(
                c for c, r in READ_RIGHT.items() if mine and (r is None or self.administrations(r) >= mine)
            )
        where = set(administration_ids) & mine
        return frozenset(c for c, r in READ_RIGHT.items() if where and (r is None or self.has(r, where)))

    def _columns(self, model: type, needed: dict, where: set[int]) -> set[str]:
        if self._everything:
            return set(classes_of(model))
        where = where & self.administrations()
        if not where:
            return set()
        return {
            name
            for name, field_class in classes_of(model).items()
            if needed[field_class] is None or self.has(needed[field_class], where)
        }


def manages_everywhere(user) -> bool:
    """Whether this user manages users in every administration there is: what a change of a role asks for."""
    return rights_of(user).everywhere(Right.USERS_MANAGE)


def sets_everywhere(user) -> bool:
    """Whether this user changes settings in every administration: what the rules of signing in ask for."""
    return rights_of(user).everywhere(Right.SETTINGS_MANAGE)


def rights_of(user) -> Rights:
    """The rights of this user, remembered on the instance: one request, one query."""
    if not hasattr(user, "_rights"):
        user._rights = Rights(user)
    return user._rights
