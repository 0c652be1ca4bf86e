"""What the log-in library asks of us: accounts, second steps, and the provider of an office."""

import functools
from hashlib import sha256

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.access.backends import OneCheckBackend
from crm.access.events import record
from crm.access.models import EventKind, SignInProvider, SignInRules, User
from crm.access.provider_addresses import check_address
from crm.access.sealing import seal, unseal

# a wait is one line of the log, however often somebody tries meanwhile
BLOCKED_ONCE_SECONDS = 60


NOT_RIGHT = gettext_lazy("This name and this password do not belong together.")
LATER = gettext_lazy("Too many tries in a row. Wait a few minutes and try again.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NOT_RIGHT,
        "username_password_mismatch": NOT_RIGHT,
        "too_many_login_attempts": LATER,
        "rate_limited": LATER,
        "enter_current_password": gettext_lazy("This is not your password."),
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def is_open_for_signup(self, request) -> bool:
        """Users are invited."""
        return False

    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        """Tries count per account, by name and by e-mail address together. An unknown name counts too."""
        login = (credentials.get("username") or credentials.get("email") or "").strip()
        user = OneCheckBackend().find(login)
        return f"user {user.pk}" if user else f"unknown {login.lower()}"

    def pre_authenticate(self, request, **credentials) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            key = sha256(self._get_login_attempts_cache_key(request, **credentials).encode()).hexdigest()
            if cache.add(f"access-blocked-{key}", 1, BLOCKED_ONCE_SECONDS):
                login = credentials.get("username") or credentials.get("email") or ""
                record(EventKind.BLOCKED, user=OneCheckBackend().find(login.strip()), request=request)
            raise

    def authentication_failed(self, request, **credentials) -> None:
        login = credentials.get("username") or credentials.get("email") or ""
        record(EventKind.REFUSED, user=OneCheckBackend().find(login.strip()), request=request)

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.mfa.stages.AuthenticateStage": "crm.access.stages.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """The middleware asks, for these pages as for every dangerous one (crm/access/step_up.py)."""
        return False

    def send_notification_mail(self, template_prefix, user, context=None, email=None) -> None:
        """To the address that managers gave the user: theirs is the only one there is."""
        if user.email:
            super().send_notification_mail(template_prefix, user, context, email=user.email)


class FactorAdapter(DefaultMFAAdapter):
    """Keys of authenticator apps and of recovery codes lie encrypted in the database."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not right, or was used before. Take the newest one."),
        "cannot_delete_authenticator": gettext_lazy("This is your last second step, and everybody here needs one."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator) -> bool:
        """The last one stays where everybody needs one."""
        user = authenticator.user
        if user.kind != User.Kind.STAFF or not SignInRules.current().second_factor:
            return True
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def generate_authenticator_name(self, user, type) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey") if not count else _("Passkey %(number)d") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return super().get_public_key_credential_rp_entity() | {"name": "Schakel"}


class ProviderAdapter(DefaultSocialAccountAdapter):
    """OpenID Connect: who was invited with the very address that the provider checked comes in, and nobody else."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False

    def list_apps(self, request, provider=None, client_id=None) -> list[SocialApp]:
        """From our own table, where the secret is encrypted. The library's own is not used."""
        apps = []
        for found in SignInProvider.objects.filter(active=True):
            if provider not in (None, "openid_connect", found.key) or client_id not in (None, found.client_id):
                continue
            apps.append(
                SocialApp(
                    provider="openid_connect",
                    provider_id=found.key,
                    name=found.name,
                    client_id=found.client_id,
                    secret=unseal(found.sealed_secret) if found.sealed_secret else "",
                    settings={"server_url": found.issuer, "issuer": found.issuer, "oauth_pkce_enabled": True},
                )
            )
        return apps

    def get_requests_session(self) -> requests.Session:
        """To the provider itself: addresses that we go to, no redirects, no proxy from the environment."""
        session = requests.Session()
        session.trust_env = False
        send = functools.partial(
            session.request, timeout=settings.SOCIALACCOUNT_REQUESTS_TIMEOUT, allow_redirects=False
        )

        def checked(method, url, **more):
            try:
                check_address(url)
            except ValidationError as refusal:
                raise requests.exceptions.InvalidURL(refusal.messages[0]) from refusal
            return send(method, url, **more)

        session.request = checked
        session.get = functools.partial(checked, "GET")
        session.post = functools.partial(checked, "POST")
        return session

    def pre_social_login(self, request, sociallogin) -> None:
        """Every time, also when they came in before: an address that went to somebody else opens no door."""
        provider = SignInProvider.objects.get(key=sociallogin.account.provider)
        claims = sociallogin.claims
        address = str(claims.get("email") or "").strip()
        user = User.objects.filter(email__iexact=address).first() if address else None
        if sociallogin.state.get("nonce") != claims.get("nonce") or not claims.get("nonce"):
            self._refuse(request, None, "failed", provider)
        if not (claims.get("email_verified") is True or provider.vouches_for_addresses):
            self._refuse(request, user, "unverified", provider)
        if user is None:
            self._refuse(request, None, "unknown", provider)
        if not user.is_active:
            self._refuse(request, user, "inactive", provider)
        known = SocialAccount.objects.filter(provider=provider.key, user=user).first()
        if (known and known.uid != sociallogin.account.uid) or (
            sociallogin.account.pk and sociallogin.account.user_id != user.pk
        ):
            self._refuse(request, user, "other account", provider)
        if known is None:
            sociallogin.account.user = user
            sociallogin.account.save()
        sociallogin.user = user

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None) -> None:
        """The provider answered with an error, or with something that does not hold."""
        if exception is not None or error == "unknown":
            record(EventKind.PROVIDER_REFUSED, user=None, request=request, detail="failed")

    def _refuse(self, request, user, why: str, provider: SignInProvider) -> None:
        record(EventKind.PROVIDER_REFUSED, user=user, request=request, detail=why)
        said = {"provider": provider, "why": why}
        raise ImmediateHttpResponse(render(request, "socialaccount/refused.html", said, status=403))
