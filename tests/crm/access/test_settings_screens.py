"""Users and roles in the settings: who may, what is refused in words, and what it costs."""

import pytest
from django.core import mail
from django.urls import reverse

from crm.access import people
from crm.access.models import Grant, Role, RoleRight, User
from crm.access.right_words import GROUPS, SENTENCES
from crm.access.rights import Right
from crm.mail.models import Message
from tests.factories.relations import AdministrationFactory, RoleFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return AdministrationFactory(name="Oost")


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en", username="noor")
    client.force_login(user)
    return user


def test_every_right_has_a_sentence_and_a_place():
    told = [right for _heading, group in GROUPS for right in group]

    assert (sorted(told), sorted(SENTENCES)) == (sorted(Right), sorted(Right))


def test_list_shows_who_works_where_one_manages_users_and_nobody_else(home, noor, client):
    reader = user_in(home, rights=(), first_name="Lies", last_name="Lezer")
    user_in(AdministrationFactory(name="Geheim"), first_name="Wietske", last_name="Elders")

    page = client.get(reverse("users:list"))

    assert [user.username for user, _state in page.context["rows"]] == ["noor", reader.username]
    assert [text in page.text for text in ("Lies Lezer", "Wietske", "Geheim")] == [True, False, False]


def test_roles_in_an_administration_of_others_are_not_shown(home, noor, client):
    there = AdministrationFactory(name="Geheim")
    both = user_in(home, there)

    assert "Geheim" not in client.get(reverse("users:user", args=[both.pk])).text
    assert client.get(reverse("users:change", args=[both.pk])).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_users_costs_the_same_number_of_queries(home, noor, client, rows, django_assert_num_queries):
    for number in range(rows):
        user_in(home, rights=(), last_name=f"Naam{number}")
    client.get(reverse("users:list"))

    # session, user, rights, the page, what they were given, 2 of the menu, administrations
    with django_assert_num_queries(8):
        client.get(reverse("users:list"))


def test_users_are_found_by_word_and_state_and_paged_by_keyset(home, noor, settings):
    for name in ("Aa", "Bb", "Cc"):
        user_in(home, rights=(), last_name=name, first_name="X", is_active=name != "Cc")

    found = [user.last_name for user in people.user_page(noor, q="x bb").users]
    closed = [user.last_name for user in people.user_page(noor, state=people.CLOSED).users]

    assert (found, closed) == (["Bb"], ["Cc"])
    first = people.user_page(noor)
    after = people.user_page(noor, after=f"{first.users[1].pk}~{first.users[1].place}")
    assert [u.pk for u in after.users] == [u.pk for u in first.users[2:]]


def test_invitation_makes_a_user_with_a_first_role_and_mails_a_link(home, noor, client):
    role = RoleFactory(name="Kijken")
    form = {
        "first_name": "Bram",
        "last_name": "Wouda",
        "email": "bram@oost.example",
        "language": "nl",
        "administration": home.pk,
        "role": role.pk,
    }

    answer = client.post(reverse("users:invite"), form)

    bram = User.objects.get(email="bram@oost.example")
    assert answer.url == reverse("users:user", args=[bram.pk])
    assert list(bram.grants.values_list("administration", "role")) == [(home.pk, role.pk)]
    assert Message.objects.filter(recipient="bram@oost.example").exists() or mail.outbox


def test_role_with_more_rights_than_ones_own_is_refused_in_words(home, client):
    manager = user_in(home, rights=(Right.USERS_MANAGE,), language="en")
    client.force_login(manager)
    reader, strong = user_in(home, rights=()), RoleFactory()
    RoleRight.objects.create(role=strong, right=Right.FINANCIAL_CHANGE)

    answer = client.post(reverse("users:give", args=[reader.pk]), {"administration": home.pk, "role": strong.pk})

    assert (answer.status_code, "You cannot give a right" in answer.text) == (422, True)
    assert not Grant.objects.filter(user=reader, role=strong).exists()


def test_role_is_given_and_taken_away(home, noor, client):
    reader, role = user_in(home, rights=()), RoleFactory()

    client.post(reverse("users:give", args=[reader.pk]), {"administration": home.pk, "role": role.pk})
    given = Grant.objects.get(user=reader, role=role)
    client.post(reverse("users:take", args=[reader.pk, given.pk]))

    assert not Grant.objects.filter(pk=given.pk).exists()


def test_administration_of_others_cannot_be_given(home, noor, client):
    reader, there = user_in(home, rights=()), AdministrationFactory()

    answer = client.post(
        reverse("users:give", args=[reader.pk]), {"administration": there.pk, "role": RoleFactory().pk}
    )

    assert (answer.status_code, reader.grants.filter(administration=there).count()) == (422, 0)


@pytest.mark.parametrize(("act", "active"), [("deactivate", False), ("reset", True)])
def test_act_tells_first_and_then_does(home, noor, client, act, active):
    reader = user_in(home, rights=())
    address = reverse("users:act", args=[reader.pk, act])

    assert client.get(address).status_code == 200
    client.post(address)

    reader.refresh_from_db()
    assert (reader.is_active, reader.has_usable_password()) == (active, False)


def test_last_who_manages_users_is_not_deactivated(home, noor, client):
    answer = client.post(reverse("users:act", args=[noor.pk, "deactivate"]), follow=True)

    noor.refresh_from_db()
    assert noor.is_active is True
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


def test_user_that_changed_meanwhile_is_not_overwritten(home, noor, client):
    reader = user_in(home, rights=(), last_name="Oud")
    form = {"first_name": "A", "last_name": "Nieuw", "email": reader.email, "username": "a", "language": "nl"}

    answer = client.post(reverse("users:change", args=[reader.pk]), form | {"version": reader.version + 1})
    refused = User.objects.get(pk=reader.pk).last_name
    client.post(reverse("users:change", args=[reader.pk]), form | {"version": reader.version})

    assert (answer.status_code, refused, User.objects.get(pk=reader.pk).last_name) == (422, "Oud", "Nieuw")


# ------------------------------------------------------------------------------------------------- roles


def test_role_is_made_changed_and_compared(home, noor, client):
    client.post(reverse("users:new-role"), {"name": "Boeken", "rights": ["financial.view", "export"]})
    role = Role.objects.get(name="Boeken")
    client.post(
        reverse("users:change-role", args=[role.pk]),
        {"name": "Boekhouding", "rights": ["financial.view", "financial.change"], "version": role.version},
    )

    role.refresh_from_db()
    rights = sorted(role.rights.values_list("right", flat=True))
    assert (role.name, rights) == ("Boekhouding", ["financial.change", "financial.view"])
    page = client.get(reverse("users:roles"))
    assert [one.name for one in page.context["roles"]] == ["Boekhouding", noor.grants.get().role.name]


def test_right_to_change_money_asks_for_seeing_it(noor, client):
    answer = client.post(reverse("users:new-role"), {"name": "Blind", "rights": ["financial.change"]})

    assert (answer.status_code, Role.objects.filter(name="Blind").count()) == (422, 0)


def test_role_that_somebody_has_is_not_removed(home, noor, client):
    role = noor.grants.get().role
    free = RoleFactory(name="Vrij")

    client.post(reverse("users:remove-role", args=[role.pk]))
    client.post(reverse("users:remove-role", args=[free.pk]))

    assert list(Role.objects.values_list("pk", flat=True)) == [role.pk]


def test_role_is_changed_only_by_who_manages_users_everywhere(home, noor, client):
    AdministrationFactory()
    role = noor.grants.get().role

    answers = [
        client.get(reverse("users:role", args=[role.pk])).status_code,
        client.get(reverse("users:change-role", args=[role.pk])).status_code,
        client.post(reverse("users:new-role"), {"name": "X"}).status_code,
    ]

    assert answers == [200, 404, 404]


@pytest.mark.parametrize("name", ["users:list", "users:invite", "users:roles", "users:new-role", "desk:sight-of"])
def test_pages_are_not_there_for_who_manages_no_users(home, client, name):
    client.force_login(user_in(home, rights=(Right.SETTINGS_MANAGE,)))

    assert client.get(reverse(name)).status_code == 404


def test_superuser_sees_every_user(client):
    root = UserFactory(is_superuser=True)
    user_in(AdministrationFactory())
    client.force_login(root)

    assert len(client.get(reverse("users:list")).context["rows"]) == 2
