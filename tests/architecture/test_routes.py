"""Every route asks for log-in, or is on the list that says why not. Found in the URL resolver."""

import pytest
from django.conf import settings
from django.test.utils import override_settings

from crm.core.api.permissions import WithinScope
from crm.core.api.resources import ApiEndpoint
from tests.architecture.roads_world import routes

# what answers without log-in, and why; anything else that does fails
OPEN = {
    "account_login": "the door itself",
    "account_logout": "leaves nobody behind",
    "account_inactive": "says that an account is closed",
    "account_signup": "says that sign-up is closed",
    "account_reset_password": "mails a link",
    "account_reset_password_done": "",
    "account_reset_password_from_key": "needs the key from the mail",
    "account_reset_password_from_key_done": "",
    "account_email_verification_sent": "",
    "account_confirm_email": "needs the key from the mail",
    "account_confirm_login_code": "needs the code from the mail",
    "mfa_authenticate": "the second step of the door",
    "mfa_trust": "the second step of the door",
    "mfa_login_webauthn": "the door, with a passkey",
    "openid_connect_login": "leads to the provider of the office",
    "openid_connect_callback": "needs the state that this browser took there",
    "socialaccount_login_cancelled": "says that somebody stopped at the provider",
    "socialaccount_login_error": "says that the provider did not answer well",
    "socialaccount_signup": "sign-up is closed: leads back to the door",
    "admin:login": "goes to the door",
    "access:choose_password": "needs the token from the mail",
    "api:nothing-here": "says of any address below the API that it is not there",
}


def asks_itself(view) -> bool:
    """An endpoint of the API: it takes a token or a session, and refuses who has neither (401, tried below)."""
    endpoint = getattr(view, "cls", None)
    return (
        endpoint is not None
        and issubclass(endpoint, ApiEndpoint)
        and all(issubclass(one, WithinScope) for one in endpoint.permission_classes)
        and bool(endpoint.permission_classes and endpoint.authentication_classes)
    )


def test_every_route_asks_for_log_in_or_is_on_the_list():
    asked = [
        (path, name)
        for path, name, view in routes()
        if not getattr(view, "login_required", True)
        and not asks_itself(view)
        and name not in OPEN
        and name not in settings.PUBLIC_ROUTES
    ]
    assert asked == []


@pytest.mark.django_db
def test_every_route_without_arguments_turns_strangers_away(client):
    let_in = []
    for path, name, _view in routes():
        if "<" in path or "(" in path or "^" in path or name in OPEN or name in settings.PUBLIC_ROUTES:
            continue
        answer = client.get("/" + path)
        if answer.status_code not in (302, 401, 403, 404, 405):
            let_in.append((path, answer.status_code))
    assert let_in == []


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.architecture.open_routes")
def test_the_guard_of_routes_sees_one_that_is_open():
    assert [path for path, _name, view in routes() if not getattr(view, "login_required", True)] == ["oops/"]
