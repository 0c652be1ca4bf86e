"""Coming in through the provider of an office: who was invited with the address that it checked, and nobody else."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from crm.access.models import AccessEvent, SignInProvider, SignInRules, User
from crm.access.rules_of_signing_in import save_provider
from crm.access.sealing import seal
from tests.crm.access.office_provider import SECRET
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db

LOGIN, BACK = "openid_connect_login", "openid_connect_callback"


def noor(**values):
    return user_in(AdministrationFactory(), email="noor@kantoor.example", **values)


def through(client, **asked):
    """Away to the provider, sign in there, and back; what Schakel answers in the end."""
    away = client.get(reverse(LOGIN, args=["kantoor"]), asked)
    if away.status_code != 302:
        return away
    there = httpx.get(away["Location"])
    back = urlsplit(there.headers["Location"])
    return client.get(back.path, {name: values[0] for name, values in parse_qs(back.query).items()})


def signed_in(client):
    return client.session.get("_auth_user_id")


def test_provider_lets_in_who_was_invited_with_the_address_it_checked(client, office, known_office):
    user = noor()

    answer = through(client, next="/relations/")

    assert (answer.status_code, answer["Location"], signed_in(client)) == (302, "/relations/", str(user.pk))
    assert list(SocialAccount.objects.values_list("user", "uid", "extra_data")) == [(user.pk, "u-1", {})]
    assert list(AccessEvent.objects.values_list("kind", "user", "detail")) == [
        ("signed_in", user.pk, "provider:kantoor")
    ]


def test_provider_is_asked_with_state_nonce_and_proof_and_told_the_secret_only_at_its_token_address(
    client, office, known_office
):
    noor()

    through(client)

    asked = dict(office.asked)
    assert sorted(asked["/authorize"]) == [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ]
    assert [path for path, values in office.asked if SECRET in values.values()] == ["/token"]


def test_provider_lets_the_same_person_in_again_in_any_case_of_the_address(client, office, known_office):
    user = noor()
    through(client)
    client.logout()
    office.says |= {"email": "Noor@Kantoor.Example"}

    through(client)

    assert (signed_in(client), SocialAccount.objects.count()) == (str(user.pk), 1)


def test_provider_never_makes_a_user(client, office, known_office):
    office.says |= {"email": "vreemde@kantoor.example"}

    answer = through(client)

    assert (answer.status_code, signed_in(client)) == (403, None)
    assert not User.objects.filter(email__iexact="vreemde@kantoor.example").exists()
    assert list(AccessEvent.objects.values_list("kind", "user", "detail")) == [("provider_refused", None, "unknown")]


@pytest.mark.parametrize("said", [False, "true", None])
def test_provider_that_did_not_check_the_address_lets_nobody_in(client, office, known_office, said):
    noor()
    office.says |= {"email_verified": said}

    answer = through(client)

    assert (answer.status_code, signed_in(client)) == (403, None)


def test_provider_that_vouches_for_its_addresses_need_not_say_so(client, office, known_office):
    user = noor()
    del office.says["email_verified"]
    known_office.vouches_for_addresses = True
    save_provider(known_office)

    through(client)

    assert signed_in(client) == str(user.pk)


def test_provider_with_the_address_in_its_userinfo_alone_lets_in_too(client, office, known_office):
    user = noor()
    office.faults.add("userinfo")

    through(client)

    assert signed_in(client) == str(user.pk)


def test_provider_that_gives_the_address_to_somebody_else_lets_them_not_in(client, office, known_office):
    noor()
    through(client)
    client.logout()
    office.says |= {"sub": "u-2"}

    answer = through(client)

    assert (answer.status_code, signed_in(client)) == (403, None)


def test_provider_account_does_not_move_to_another_user_with_its_address(client, office, known_office):
    noor()
    through(client)
    client.logout()
    user_in(AdministrationFactory(), email="bram@kantoor.example")
    office.says |= {"email": "bram@kantoor.example"}

    answer = through(client)

    assert (answer.status_code, signed_in(client)) == (403, None)


def test_provider_lets_in_nobody_who_was_deactivated(client, office, known_office):
    noor(is_active=False)

    assert (through(client).status_code, signed_in(client)) == (403, None)


@pytest.mark.parametrize("fault", ["signature", "nonce", "issuer", "audience", "expired", "unsigned", "down"])
def test_provider_whose_answer_does_not_hold_lets_nobody_in(client, office, known_office, fault):
    noor()
    office.faults.add(fault)

    answer = through(client)

    assert (answer.status_code, signed_in(client)) == (403 if fault == "nonce" else 401, None)
    assert [kind for (kind,) in AccessEvent.objects.values_list("kind")] == ["provider_refused"]


def test_answer_of_the_provider_works_once_and_in_the_browser_that_asked(
    client, office, known_office, django_user_model
):
    noor()
    away = client.get(reverse(LOGIN, args=["kantoor"]))
    back = urlsplit(httpx.get(away["Location"]).headers["Location"])
    other = type(client)()

    first, again = (one.get(f"{back.path}?{back.query}") for one in (other, client))
    third = client.get(f"{back.path}?{back.query}")

    assert [answer.status_code for answer in (first, again)] == [401, 302]
    assert signed_in(other) is None
    assert third.status_code == 401


def test_stopping_at_the_provider_leads_back_to_the_door(client, office, known_office):
    office.faults.add("denied")

    assert through(client)["Location"] == reverse("socialaccount_login_cancelled")


def test_second_step_of_ours_is_asked_after_the_provider_unless_it_asks_itself(client, office, known_office):
    user = noor()
    Authenticator.objects.create(user=user, type="totp", data={"secret": seal("JBSWY3DPEHPK3PXP")})

    asked = through(client)
    known_office.second_factor_there = True
    save_provider(known_office)
    let_in = through(type(client)())

    assert (asked["Location"], let_in["Location"]) == (reverse("mfa_authenticate"), "/start/")


def test_provider_that_asks_itself_frees_from_setting_up_a_second_step(client, office, known_office):
    noor()
    SignInRules.objects.create(pk=1, second_factor=True)
    known_office.second_factor_there = True
    save_provider(known_office)

    through(client)

    assert client.get(reverse("mfa_index")).status_code == 200


def test_password_stays_beside_the_provider(client, office, known_office):
    user = noor()

    through(client)

    user.refresh_from_db()
    assert user.check_password("lang wachtwoord 123")


def test_sign_in_page_shows_the_button_only_of_a_provider_in_use(client, office, known_office):
    shown = client.get(reverse("account_login")).content.decode()
    known_office.active = False
    save_provider(known_office)
    hidden = client.get(reverse("account_login")).content.decode()

    assert ("Kantooraccount" in shown, "Kantooraccount" in hidden) == (True, False)
    assert client.get(reverse(LOGIN, args=["kantoor"])).status_code == 404


def test_provider_that_is_not_there_is_not_found(client, db):
    assert [client.get(reverse(name, args=["niets"])).status_code for name in (LOGIN, BACK)] == [404, 404]


def test_secret_of_the_provider_is_nowhere_to_be_read(client, office, known_office):
    client.force_login(user_in(AdministrationFactory()))

    page = client.get(reverse("access:provider", args=[known_office.pk])).content.decode()

    stored = SignInProvider.objects.values_list("sealed_secret", flat=True).get()
    assert SECRET not in page + stored + str(list(SignInProvider.history.values()))
    assert stored not in page


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://127.0.0.1/", False),
        ("https://localhost/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://169.254.169.254/", False),
        ("http://login.example.nl/", False),
        ("https://naam:geheim@login.example.nl/", False),
        ("https://1.1.1.1/", True),
    ],
)
def test_address_of_a_provider_lies_outside_the_network(client, db, address, good):
    client.force_login(user_in(AdministrationFactory()))
    values = {"name": "Kantoor", "key": "kantoor", "issuer": address, "client_id": "x", "version": 1, "active": "on"}

    answer = client.post(reverse("access:add_provider"), values)

    assert (answer.status_code, SignInProvider.objects.count()) == ((302, 1) if good else (422, 0))


def test_provider_is_set_up_by_who_sets_everything_only(client, db):
    one, _other = AdministrationFactory(), AdministrationFactory()
    client.force_login(user_in(one))

    names = (reverse("access:rules"), reverse("access:add_provider"))
    assert [client.get(name).status_code for name in names] == [403, 403]
