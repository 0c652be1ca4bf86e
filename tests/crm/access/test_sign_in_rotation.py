"""Keys that go: what they sealed is sealed again. And the way back in for who has no manager left."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import call_command

from crm.access.models import AccessEvent, SignInProvider
from crm.access.rules_of_signing_in import save_provider
from crm.access.sealing import UnableToOpen, seal, unseal
from tests.factories.relations import UserFactory

pytestmark = pytest.mark.django_db


def test_secrets_of_signing_in_are_sealed_again_with_the_newest_key(settings):
    step = Authenticator.objects.create(user=UserFactory(), type="totp", data={"secret": seal("JBSWY3DPEHPK3PXP")})
    provider = save_provider(SignInProvider(name="K", key="k", issuer="https://k.example", client_id="c"), secret="g")
    old, new = settings.FIELD_ENCRYPTION_KEYS[0], Fernet.generate_key().decode()

    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = [new]

    step.refresh_from_db()
    provider.refresh_from_db()
    assert (unseal(step.data["secret"]), unseal(provider.sealed_secret)) == ("JBSWY3DPEHPK3PXP", "g")


def test_secret_without_its_key_cannot_be_opened(settings):
    sealed = seal("geheim")
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(UnableToOpen):
        unseal(sealed)


def test_second_step_is_taken_away_from_the_command_line():
    user = UserFactory()
    Authenticator.objects.create(user=user, type="totp", data={"secret": seal("JBSWY3DPEHPK3PXP")})

    call_command("remove_second_step", user.email.upper())

    assert Authenticator.objects.count() == 0
    assert list(AccessEvent.objects.values_list("kind", "user", "actor")) == [("factor_removed", user.pk, None)]
