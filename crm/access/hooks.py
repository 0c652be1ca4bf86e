"""Who sees and changes users, roles and grants, and what must stay true of them whoever changes them."""

from django.db.models import Q

from crm.access import invariants
from crm.access.api_tokens.models import ApiToken, ApiTokenAdministration
from crm.access.models import (
    AccessEvent,
    Grant,
    OpenSession,
    Role,
    RoleRight,
    SignInProvider,
    SignInRules,
    User,
)
from crm.access.queries import administration_ids, manages_everywhere, rights_of, sets_everywhere
from crm.access.rights import Right
from crm.access.rules import NOBODY, editable, visible
from crm.core import actor_rights, guards

actor_rights.provide(rights_of)

# ------------------------------------------------------------------------------------- who sees and changes


@visible(User)
def sees_user(user, on) -> Q:
    """Oneself, and who has a role where one manages users."""
    managed = Grant.objects.filter(administration_id__in=administration_ids(user, Right.USERS_MANAGE))
    return Q(pk=user.pk) | Q(pk__in=managed.values("user_id"))


@editable(User)
def changes_user(user, on) -> Q:
    """Only who works nowhere else: else a manager of one administration could lock somebody out of another."""
    elsewhere = Grant.objects.exclude(administration_id__in=administration_ids(user, Right.USERS_MANAGE))
    managed = Grant.objects.filter(administration_id__in=administration_ids(user, Right.USERS_MANAGE))
    return Q(pk__in=managed.values("user_id")) & ~Q(pk__in=elsewhere.values("user_id")) & Q(is_superuser=False)


@visible(Grant)
def sees_grant(user, on) -> Q:
    return Q(user_id=user.pk) | Q(administration_id__in=administration_ids(user, Right.USERS_MANAGE))


@editable(Grant)
def changes_grant(user, on) -> Q:
    return Q(administration_id__in=administration_ids(user, Right.USERS_MANAGE))


@visible(Role)
def sees_role(user, on) -> Q:
    """All of them for who gives them out, else one's own."""
    if rights_of(user).has(Right.USERS_MANAGE):
        return Q()
    return Q(pk__in=Grant.objects.filter(user_id=user.pk).values("role_id"))


@visible(RoleRight)
def sees_role_right(user, on) -> Q:
    return Q(role_id__in=Role.objects.visible_to(user, on).values("pk"))


for shared_by_all in (Role, RoleRight):
    # a role means the same in every administration, so only who manages users in all of them changes it
    editable(shared_by_all)(lambda user, on: Q() if manages_everywhere(user) else NOBODY)


@visible(OpenSession)
@editable(OpenSession)
def sees_session(user, on) -> Q:
    """One's own, whoever one is."""
    return Q(user_id=user.pk)


@visible(ApiToken)
@editable(ApiToken)
def sees_token(user, on) -> Q:
    """One's own, and those of whom one manages: who leaves takes no token along."""
    return Q(user_id=user.pk) | Q(user_id__in=User.objects.editable_by(user, on).values("pk"))


@visible(ApiTokenAdministration)
def sees_reach(user, on) -> Q:
    return Q(token_id__in=ApiToken.objects.visible_to(user, on).values("pk"))


@visible(AccessEvent)
def sees_event(user, on) -> Q:
    """Of oneself and of whom one manages; tries with a name that nobody has: who manages users everywhere."""
    managed = Grant.objects.filter(administration_id__in=administration_ids(user, Right.USERS_MANAGE))
    seen = Q(user_id=user.pk) | Q(user_id__in=managed.values("user_id"))
    return seen | Q(user=None) if manages_everywhere(user) else seen


@visible(SignInRules)
def sees_sign_in_rules(user, on) -> Q:
    return Q()


@visible(SignInProvider)
@editable(SignInProvider)
@editable(SignInRules)
def changes_how_all_sign_in(user, on) -> Q:
    """They hold for the whole installation."""
    return Q() if sets_everywhere(user) else NOBODY


# administrations answer for themselves (crm/administrations/models.py): they lie below this slice

# --------------------------------------------------------------------------------------------------- guards

guards.guard(User)(invariants.users_hold)
guards.guard(Grant)(invariants.grants_hold)
guards.guard(RoleRight)(invariants.role_rights_hold)
