"""Changes of how everybody signs in: the rules, and the providers of the office."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from crm.access.models import SignInProvider, SignInRules
from crm.access.sealing import seal
from crm.core.change_set import change_set


@transaction.atomic
def change_rules(*, version: int, second_factor: bool) -> SignInRules:
    """It holds within a minute for who is in. Raises ChangedMeanwhile when `version` is no longer the rules'."""
    with change_set(action="access.sign_in_rules"):
        rules = (
            SignInRules.objects.lock(1, version) if SignInRules.objects.filter(pk=1).exists() else SignInRules(pk=1)
        )
        rules.second_factor = second_factor
        rules.save()
    return rules


@transaction.atomic
def save_provider(provider: SignInProvider, *, secret: str = "", version: int | None = None) -> SignInProvider:
    """Save a provider with the values it carries. An empty `secret` leaves the one that is there.

    Raises ChangedMeanwhile when `version` is no longer its version. With another address the accounts it knew are
    forgotten: what another provider calls by the same number is somebody else.
    """
    with change_set(action="access.sign_in_provider"):
        before = SignInProvider.objects.lock(provider, version) if provider.pk else None
        if secret:
            provider.sealed_secret = seal(secret)
        provider.save()
        if before is not None and (before.issuer, before.key) != (provider.issuer, provider.key):
            SocialAccount.objects.filter(provider__in=[before.key, provider.key]).delete()
    return provider


@transaction.atomic
def remove_provider(provider: SignInProvider, *, version: int) -> None:
    """Nobody comes in through it any more. Raises ChangedMeanwhile when `version` is no longer its version."""
    with change_set(action="access.remove_sign_in_provider"):
        provider = SignInProvider.objects.lock(provider, version)
        SocialAccount.objects.filter(provider=provider.key).delete()
        provider.delete()
