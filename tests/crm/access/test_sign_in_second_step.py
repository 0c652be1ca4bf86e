"""The second step: set up, asked for, used once, limited, obligatory where the rules say so, taken away when lost."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.urls import reverse

from crm.access.models import AccessEvent, SignInRules, User
from crm.access.rights import Right
from crm.access.rules_of_signing_in import change_rules
from crm.access.sealing import seal, unseal
from crm.access.second_factor import remove_second_steps
from crm.core.change_set import change_set
from tests.crm.access.authenticator_app import SECRET, code
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db

PASSWORD = "lang wachtwoord 123"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


@pytest.fixture
def user():
    return user_in(AdministrationFactory())


@pytest.fixture
def app(user):
    """The user's authenticator app."""
    return Authenticator.objects.create(user=user, type="totp", data={"secret": seal(SECRET)})


def with_password(client, user):
    return client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})


def with_code(client, typed):
    return client.post(reverse("mfa_authenticate"), {"code": typed})


def inside(client):
    return "_auth_user_id" in client.session


def events(user):
    return list(AccessEvent.objects.filter(user=user).order_by("pk").values_list("kind", "detail"))


def test_second_step_is_asked_after_the_password_and_lets_in(client, user, app):
    first = with_password(client, user)
    between = inside(client)
    with_code(client, code())

    assert (first["Location"], between, inside(client)) == (reverse("mfa_authenticate"), False, True)
    assert events(user) == [("signed_in", "password+totp")]


def test_second_step_gives_a_new_session_id(client, user, app):
    with_password(client, user)
    before = client.session.session_key
    with_code(client, code())

    assert client.session.session_key != before


def test_code_works_once_for_as_long_as_it_lives(client, user, app):
    typed = code(steps=1)
    with_password(client, user)
    with_code(client, typed)
    client.logout()
    # the library remembers a used code for 30 s and lets it live for 90
    cache.delete(f"allauth.mfa.totp.used?user={user.pk}&code={typed}")
    with_password(client, user)

    assert (with_code(client, typed).status_code, inside(client)) == (200, False)


@pytest.mark.parametrize(("steps", "lets_in"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_code_of_a_clock_that_differs_is_right_for_half_a_minute(client, user, app, steps, lets_in):
    with_password(client, user)
    with_code(client, code(steps=steps))

    assert inside(client) is lets_in


def test_wrong_codes_wait_and_a_new_password_does_not_shorten_it(client, user, app):
    with_password(client, user)
    for typed in ("000000", "111111", "222222", "333333", "444444"):
        with_code(client, typed)
    other = type(client)()
    with_password(other, user)
    with_code(other, code())

    assert inside(other) is False
    assert [kind for kind, _detail in events(user)] == ["code_refused"] * 5


def test_recovery_code_lets_in_once(client, user, app):
    codes = RecoveryCodes.activate(user).generate_codes()
    with_password(client, user)
    with_code(client, codes[0])
    came_in = inside(client)
    client.logout()
    with_password(client, user)
    with_code(client, codes[0])

    assert (came_in, inside(client)) == (True, False)
    assert ("code_used", "") in events(user)


def test_secrets_of_second_steps_lie_encrypted(client, user):
    client.force_login(user)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})

    stored = dict(Authenticator.objects.values_list("type", "data"))
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert (secret in str(stored), unseal(stored["totp"]["secret"])) == (False, secret)
    assert unseal(stored["recovery_codes"]["seed"])


def test_setting_up_shows_the_code_as_a_drawing_in_the_page(client, user):
    client.force_login(user)

    page = client.get(reverse("mfa_activate_totp")).content.decode()

    assert ('<svg class="qr"' in page, "data:image" in page, "style=" in page) == (True, False, False)


# ----------------------------------------------------------------------------------------------- obligatory


@pytest.fixture
def obliged(db):
    return SignInRules.objects.create(pk=1, second_factor=True)


ELSEWHERE = ("/", "/relations/", "/admin/", "/accounts/sessions/", "/accounts/2fa/", "/accounts/password/change/")


def test_who_needs_a_second_step_reaches_nothing_else(client, user, obliged):
    client.force_login(user)

    assert {client.get(path)["Location"] for path in ELSEWHERE} == {reverse("access:set_up")}
    assert client.get("/relations/", headers={"HX-Request": "true"})["HX-Redirect"] == reverse("access:set_up")
    assert client.get(reverse("access:set_up")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_set_up_a_second_step_goes_on_at_once_and_is_mailed(client, user, obliged):
    client.force_login(user)
    client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": code(client.session["mfa.totp.secret"])})

    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert client.get("/relations/").status_code == 200
    assert client.get(reverse("access:set_up"))["Location"] == "/"
    assert [kind for kind, _detail in events(user)] == ["signed_in", "factor_added", "codes_made"]
    assert [message.to for message in mail.outbox] == [[user.email]]


def test_portal_user_needs_no_second_step(client, obliged):
    client.force_login(user_in(AdministrationFactory(), kind=User.Kind.PORTAL))

    assert client.get(reverse("mfa_index")).status_code == 200


def test_rule_that_is_made_holds_for_who_is_in_within_a_minute(client, user):
    client.force_login(user)
    client.get("/relations/")
    change_rules(version=1, second_factor=True)
    session = client.session
    session["seen"] -= 61
    session.save()

    assert client.get("/relations/")["Location"] == reverse("access:set_up")


@pytest.mark.parametrize(("required", "left"), [(True, 1), (False, 0)])
def test_last_second_step_stays_where_it_is_needed(client, user, app, required, left):
    SignInRules.objects.create(pk=1, second_factor=required)
    client.force_login(user)

    client.post(reverse("mfa_deactivate_totp"))

    assert Authenticator.objects.filter(user=user).count() == left


def test_settings_say_whether_it_is_needed_until_somebody_does(settings, db):
    settings.SECOND_FACTOR_REQUIRED = True
    before = SignInRules.current().second_factor
    change_rules(version=1, second_factor=False)

    assert (before, SignInRules.current().second_factor) == (True, False)


# ----------------------------------------------------------------------------------------------------- lost


def test_manager_takes_a_lost_second_step_away(client, user, app):
    manager = user_in(user.grants.get().administration)
    client.force_login(manager)

    client.post(reverse("users:act", args=[user.pk, "steps"]))

    assert Authenticator.objects.filter(user=user).count() == 0
    assert list(AccessEvent.objects.filter(kind="factor_removed").values_list("user", "actor", "detail")) == [
        (user.pk, manager.pk, "manager")
    ]


def test_second_step_of_who_has_more_rights_stays(user, app):
    manager = user_in(user.grants.get().administration, rights=(Right.USERS_MANAGE,))

    with change_set(actor=manager), pytest.raises(ValidationError):
        remove_second_steps(user)

    assert Authenticator.objects.filter(user=user).count() == 1
