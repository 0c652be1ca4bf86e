"""Reads for the pages about users and roles: who is there, what they have, who has a role."""

from __future__ import annotations

from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from crm.access.models import Grant, Role, RoleRight, User
from crm.access.queries import administration_ids
from crm.access.rights import Right

PAGE_SIZE = 50
ACTIVE, INVITED, CLOSED = "active", "invited", "closed"
STATES = (ACTIVE, INVITED, CLOSED)
# a spare, no step by itself
SPARE = Authenticator.Type.RECOVERY_CODES


def managed_users(user) -> QuerySet[User]:
    """The staff with a role where this user manages users, each with `given`, the grants there, and `two_steps`."""
    managed = administration_ids(user, Right.USERS_MANAGE)
    users = User.objects.visible_to(user).filter(kind=User.Kind.STAFF)
    if not user.is_superuser:
        users = users.filter(pk__in=Grant.objects.filter(administration_id__in=managed).values("user_id"))
    steps = Authenticator.objects.filter(user_id=OuterRef("pk")).exclude(type=SPARE)
    given = Grant.objects.filter(administration_id__in=managed).select_related("administration", "role")
    return users.annotate(two_steps=Exists(steps)).prefetch_related(
        Prefetch("grants", given.order_by("administration__name", "role__name"), to_attr="given")
    )


def state_of(user: User) -> str:
    if not user.is_active:
        return CLOSED
    return ACTIVE if user.last_login else INVITED


@dataclass
class UserPage:
    users: list[User] = field(default_factory=list)
    next: str = ""
    previous: str = ""


def user_page(user, *, q: str = "", state: str = "", after: str = "", before: str = "") -> UserPage:
    """A page of users by name, by keyset: two queries, the users and what they were given."""
    users = managed_users(user).annotate(place=Lower(Concat("last_name", Value(" "), "first_name")))
    for word in q.split()[:5]:
        users = users.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(username__icontains=word)
            | Q(email__icontains=word)
        )
    if state == CLOSED:
        users = users.filter(is_active=False)
    elif state in STATES:
        users = users.filter(is_active=True, last_login__isnull=state == INVITED)
    key, backwards = _key(before or after), bool(before)
    if key is not None:
        place, pk = key
        side = "lt" if backwards else "gt"
        users = users.filter(Q(**{f"place__{side}": place}) | Q(place=place, **{f"pk__{side}": pk}))
    found = list(users.order_by(*(("-place", "-pk") if backwards else ("place", "pk")))[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    page = UserPage(found)
    if found:
        page.next = _cursor(found[-1]) if (backwards or more) else ""
        page.previous = _cursor(found[0]) if (more if backwards else key is not None) else ""
    return page


def _cursor(user: User) -> str:
    return f"{user.pk}~{user.place}"


def _key(text: str) -> tuple[str, int] | None:
    pk, tilde, place = text.partition("~")
    return (place, int(pk)) if tilde and pk.isdecimal() and len(pk) < 19 else None


# ------------------------------------------------------------------------------------------------- roles


def roles_with_rights(user) -> QuerySet[Role]:
    """The roles that this user may give out, with `held`, their rights, and `people`, how many have it where they
    manage users."""
    managed = administration_ids(user, Right.USERS_MANAGE)
    people = Count("grants__user", distinct=True, filter=Q(grants__administration_id__in=managed))
    return (
        Role.objects.visible_to(user)
        .annotate(people=people)
        .order_by("name")
        .prefetch_related(Prefetch("rights", RoleRight.objects.all(), to_attr="held"))
    )


def holders(role: Role, user) -> QuerySet[Grant]:
    """Who has this role where this user manages users."""
    managed = administration_ids(user, Right.USERS_MANAGE)
    grants = Grant.objects.filter(role=role, administration_id__in=managed)
    return grants.select_related("user", "administration").order_by("administration__name", "user__last_name", "pk")
