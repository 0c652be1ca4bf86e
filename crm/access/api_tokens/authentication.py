"""How a request of the API says who asks: a token, or the session of a browser; never both."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions

from crm.access.api_tokens.models import Limits
from crm.access.api_tokens.services import MARK, note_use, token_of
from crm.access.rules import STAFF
from crm.access.visitors import visitor
from crm.core.api.problems import Problem

LONGEST = 200


class BearerToken(authentication.BaseAuthentication):
    """RFC 6750. The user of a token is held to the token's administrations in every rule (`crm.access.queries`).

    A token that is wrong, over, revoked, of somebody who was deactivated, or used from elsewhere is refused with the
    same words.
    """

    def authenticate(self, request):
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        if request._request.session.get("_auth_user_id"):
            raise Problem("two_credentials", _("Send the token without the cookie of a session."))
        secret = secret.strip()
        token = token_of(secret) if secret.startswith(MARK) and len(secret) <= LONGEST else None
        address = visitor(request._request).address
        if (
            token is None
            or token.is_over(timezone.localdate())
            or not token.user.is_active
            or token.user.kind != STAFF
            or not token.admits(address)
        ):
            raise exceptions.AuthenticationFailed(_("The token is not valid (any more), or not from here."))
        token.user.limits = Limits(frozenset(token.reaches.values_list("administration_id", flat=True)))
        note_use(token, address=address, now=timezone.now())
        return token.user, token

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="Schakel"'


class BrowserSession(authentication.SessionAuthentication):
    """Who is signed in; what changes something needs the CSRF token as any form does."""


class BearerTokenScheme(OpenApiAuthenticationExtension):
    target_class = "crm.access.api_tokens.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    target_class = "crm.access.api_tokens.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema):
        from django.conf import settings

        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
