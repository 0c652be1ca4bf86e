"""The provider of an office, as the log-in library knows it."""

import secrets

from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider

from crm.access.office.protocol import OfficeProtocol


class OfficeProvider(OpenIDConnectProvider):
    oauth2_adapter_class = OfficeProtocol

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        """Away to the provider, with a nonce that its token has to bring back."""
        nonce = secrets.token_urlsafe(24)
        asked = {"nonce": nonce}
        if request.GET.get(
            "again"
        ):  # who is in already confirms who they are: not by a session that stands open there
            asked |= {"prompt": "login", "max_age": "0"}
        kwargs["auth_params"] = asked
        return super().redirect(request, process, next_url, data, nonce=nonce, **kwargs)

    def get_redirect_from_request_kwargs(self, request) -> dict:
        """Signing in is all there is: no linking of accounts, and no parameters from an address that somebody made."""
        return super().get_redirect_from_request_kwargs(request) | {
            "process": "login",
            "scope": self.get_default_scope(),
        }

    def extract_extra_data(self, data) -> dict:
        """Nothing of what the provider tells about a person is kept; by `sub` we know them again."""
        return {}
