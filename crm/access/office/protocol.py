"""What we ask a provider, and what has to hold of its answer (OpenID Connect Core 1.0, 3.1.3.7).

The library leaves the signature of a token unread that came over TLS, and knows no nonce. We check both: a provider
inside the office may be reached without TLS, and a token must belong to the browser that asked for it.
"""

import jwt
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter

from crm.access.adapter import ProviderAdapter

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CLOCKS_DIFFER_SECONDS = 60


class OfficeProtocol(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self) -> dict:
        """Raises OAuth2Error when what stands at the address speaks for another one."""
        config = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != self.get_provider().app.settings["issuer"].rstrip("/"):
            raise OAuth2Error("another issuer than the one that was configured")
        return config

    def complete_login(self, request, app, token: SocialToken, **kwargs):
        """The sign-in with what the token says, as `claims`. Raises OAuth2Error for a token that does not hold."""
        raw = kwargs["response"].get("id_token")
        if not raw:
            raise OAuth2Error("no id_token")
        claims = self._decode_id_token(app, raw)
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            more = self._fetch_user_info(token.token)
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo of somebody else")
            claims = more | claims
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.claims = claims
        return login

    def _decode_id_token(self, app, id_token: str) -> dict:
        try:
            header = jwt.get_unverified_header(id_token)
            return jwt.decode(
                id_token,
                key=self._key(header.get("kid")),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCKS_DIFFER_SECONDS,
                options={"require": ["iss", "aud", "sub", "exp", "iat"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise OAuth2Error("invalid id_token") from error

    def _key(self, key_id: str | None) -> jwt.PyJWK:
        answer = ProviderAdapter().get_requests_session().get(self.openid_config["jwks_uri"])
        answer.raise_for_status()
        keys = [key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.public_key_use in (None, "sig")]
        found = [key for key in keys if key.key_id == key_id] if key_id else keys
        if len(found) != 1:
            raise OAuth2Error("no key for this token")
        return found[0]
