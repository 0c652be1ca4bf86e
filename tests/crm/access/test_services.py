"""Inviting, deactivating, resetting and granting: what each does, and what it refuses."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from crm.access.models import Grant, RoleRight, User
from crm.access.rights import Right
from crm.access.services import deactivate_user, grant, invite_user, reactivate_user, reset_user, revoke
from crm.core.change_set import change_set
from tests.factories.relations import AdministrationFactory, RoleFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db


def absolute(path):
    return f"https://schakel.example{path}"


def link_in(mail) -> str:
    return re.search(r"https://schakel\.example(\S+)", mail.body)[1]


@pytest.fixture
def home():
    return AdministrationFactory()


@pytest.fixture
def reader():
    """A role with one right."""
    role = RoleFactory(name="Lezer")
    RoleRight.objects.create(role=role, right=Right.FINANCIAL_VIEW)
    return role


@pytest.fixture
def manager(home):
    return user_in(home)


def invited(home, role, **values):
    return invite_user(User(email="aafje@example.nl", **values), grants=[(home, role)], absolute=absolute)


def test_invitation_makes_a_user_without_password_and_mails_one_link(home, reader, mailoutbox):
    user = invited(home, reader, first_name="Aafje")
    assert (user.username, user.is_staff, user.kind, user.has_usable_password()) == (
        "aafje@example.nl",
        True,
        "staff",
        False,
    )
    assert list(user.grants.values_list("administration_id", "role_id")) == [(home.pk, reader.pk)]
    assert [mail.to for mail in mailoutbox] == [["aafje@example.nl"]]
    assert user.history.count() == 1


def test_opening_the_link_changes_nothing_and_choosing_a_password_works_once(home, reader, client, mailoutbox):
    user = invited(home, reader)
    link = link_in(mailoutbox[0])
    shown = client.get(link, follow=True)
    assert (shown.status_code, User.objects.get(pk=user.pk).has_usable_password()) == (200, False)
    address = shown.redirect_chain[-1][0]
    assert user.email not in address
    chosen = {"new_password1": "een heel lang woord 7", "new_password2": "een heel lang woord 7"}
    assert client.post(address, chosen)["Location"] == reverse("account_login")
    user.refresh_from_db()
    assert user.check_password("een heel lang woord 7")
    client.get(link, follow=True)
    again = client.post(address, {"new_password1": "nog een lang woord 8", "new_password2": "nog een lang woord 8"})
    user.refresh_from_db()
    assert (again.status_code, user.check_password("een heel lang woord 7")) == (200, True)


def test_a_weak_password_is_refused_by_the_link(home, reader, client, mailoutbox):
    user = invited(home, reader)
    address = client.get(link_in(mailoutbox[0]), follow=True).redirect_chain[-1][0]
    answer = client.post(address, {"new_password1": "kort", "new_password2": "kort"})
    assert (answer.status_code, User.objects.get(pk=user.pk).has_usable_password()) == (200, False)


def test_invitation_without_a_role_is_refused(home):
    with pytest.raises(ValidationError):
        invite_user(User(email="aafje@example.nl"), grants=[], absolute=absolute)
    assert User.objects.count() == 0


def test_deactivation_ends_sessions_at_once_and_keeps_roles_and_history(home, reader, manager, client):
    user = UserFactory()
    grant(user, administration=home, role=reader)
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200
    deactivate_user(user)
    assert client.get(reverse("admin:index")).status_code == 302
    assert (user.grants.count(), user.history.latest("history_id").is_active) == (1, False)
    reactivate_user(user, absolute=absolute)
    assert client.get(reverse("admin:index")).status_code == 302


def test_deactivating_twice_writes_once(home, manager):
    user = UserFactory()
    deactivate_user(user)
    before = user.history.count()
    deactivate_user(user)
    assert user.history.count() == before


def test_reset_takes_the_password_and_the_sessions_away(home, reader, manager, client, mailoutbox):
    user = UserFactory()
    client.force_login(user)
    reset_user(user, absolute=absolute)
    user.refresh_from_db()
    assert (user.has_usable_password(), [mail.to for mail in mailoutbox]) == (False, [[user.email]])
    assert client.get(reverse("admin:index")).status_code == 302


def test_the_last_user_manager_cannot_be_deactivated(home, manager):
    with pytest.raises(ValidationError):
        deactivate_user(manager)
    assert User.objects.get(pk=manager.pk).is_active
    user_in(home)
    deactivate_user(manager)
    assert not User.objects.get(pk=manager.pk).is_active


def test_the_last_grant_that_manages_users_cannot_be_taken_away(home, manager):
    given = manager.grants.get()
    with pytest.raises(ValidationError):
        revoke(manager, administration=home, role=given.role)
    assert Grant.objects.filter(pk=given.pk).exists()


def test_the_last_superuser_cannot_be_deactivated():
    boss = UserFactory(is_superuser=True)
    with pytest.raises(ValidationError):
        deactivate_user(boss)


def test_nobody_gives_a_right_they_do_not_have(home, reader):
    junior = user_in(home, rights=(Right.USERS_MANAGE,))
    user = UserFactory()
    with change_set(actor=junior), pytest.raises(ValidationError):
        grant(user, administration=home, role=reader)
    assert Grant.objects.filter(user=user).count() == 0


def test_nobody_gives_a_right_in_an_administration_where_they_do_not_have_it(home, reader, manager):
    elsewhere = AdministrationFactory()
    with change_set(actor=manager), pytest.raises(ValidationError):
        grant(UserFactory(), administration=elsewhere, role=reader)


def test_nobody_makes_themselves_a_superuser(manager):
    manager.is_superuser = True
    with change_set(actor=manager), pytest.raises(ValidationError):
        manager.save()


def test_nobody_redirects_the_account_of_somebody_with_more_rights(home, manager):
    junior = user_in(home, rights=(Right.USERS_MANAGE,))
    stronger = User.objects.get(pk=manager.pk)
    stronger.email = "junior@example.nl"
    with change_set(actor=junior), pytest.raises(ValidationError):
        stronger.save()


def test_granting_twice_is_one_grant(home, reader):
    user = UserFactory()
    first, second = (grant(user, administration=home, role=reader) for _ in range(2))
    assert first == second
