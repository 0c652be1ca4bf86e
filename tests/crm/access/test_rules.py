"""Which users, roles and grants one sees and changes."""

import pytest

from crm.access.models import Grant, Role, User
from crm.access.rights import Right
from tests.factories.relations import AdministrationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db


def test_users_are_visible_to_themselves_and_to_who_manages_users_there():
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    manager, plain, stranger = user_in(here), user_in(here, rights=()), user_in(elsewhere)
    seen = {user.pk: set(User.objects.visible_to(user).values_list("pk", flat=True)) for user in (manager, plain)}
    assert seen == {manager.pk: {manager.pk, plain.pk}, plain.pk: {plain.pk}}
    assert stranger.pk not in seen[manager.pk]


def test_users_with_a_role_elsewhere_are_not_changed_from_here():
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    manager, both, boss = user_in(here), user_in(here, elsewhere, rights=()), user_in(here, is_superuser=True)
    plain = user_in(here, rights=())
    changeable = set(User.objects.editable_by(manager).values_list("pk", flat=True))
    assert (both.pk in changeable, boss.pk in changeable) == (False, False)
    assert changeable == {manager.pk, plain.pk}


def test_grants_are_visible_where_one_manages_users():
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    manager, both = user_in(here), user_in(here, elsewhere, rights=())
    seen = set(Grant.objects.visible_to(manager).values_list("user_id", "administration_id"))
    assert seen == {(manager.pk, here.pk), (both.pk, here.pk)}


def test_roles_are_changed_by_who_manages_users_everywhere_only():
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    one, all_of_them = user_in(here), user_in(here, elsewhere)
    assert (Role.objects.editable_by(one).count(), Role.objects.editable_by(all_of_them).count()) == (0, 2)


@pytest.mark.parametrize("state", ["inactive", "portal", "nobody"])
def test_who_is_no_active_staff_sees_nothing(state):
    here = AdministrationFactory()
    user = user_in(here, rights=tuple(Right.values))
    if state == "inactive":
        user.is_active = False
    elif state == "portal":
        user.kind = User.Kind.PORTAL
    else:
        user = None
    assert [model.objects.visible_to(user).count() for model in (User, Role, Grant)] == [0, 0, 0]


def test_administrations_are_visible_with_a_role_and_changeable_with_the_right():
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    model = type(here)
    reader, manager = user_in(here, rights=()), user_in(here)
    assert [list(model.objects.visible_to(user)) for user in (reader, manager)] == [[here], [here]]
    assert [list(model.objects.editable_by(user)) for user in (reader, manager)] == [[], [here]]
    assert elsewhere not in model.objects.visible_to(manager)


def test_the_rule_of_visibility_is_one_query(django_assert_num_queries):
    user = user_in(AdministrationFactory())
    with django_assert_num_queries(1):
        list(User.objects.visible_to(user))
    assert UserFactory().pk not in {u.pk for u in User.objects.visible_to(user)}
