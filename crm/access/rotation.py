"""Sealing the secrets of signing in again with the newest key, so that older ones may go."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from crm.access.models import SignInProvider
from crm.access.sealing import sealed_anew
from crm.core.change_set import change_set

SECRETS = ("secret", "seed")


@transaction.atomic
def rotate() -> int:
    """Of second steps and of providers. Returns how many. Raises InvalidToken for one that none of our keys opens."""
    count = 0
    for step in Authenticator.objects.select_for_update():
        sealed = {name: sealed_anew(step.data[name]) for name in SECRETS if name in step.data}
        if sealed:
            step.data |= sealed
            step.save(update_fields=["data"])
            count += len(sealed)
    with change_set(action="access.rotate"):
        for provider in SignInProvider.objects.exclude(sealed_secret=""):
            provider.sealed_secret = sealed_anew(provider.sealed_secret)
            provider.save()
            count += 1
    return count
