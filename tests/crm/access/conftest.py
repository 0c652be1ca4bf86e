"""A provider of an office, and one that Schakel knows."""

import pytest

from crm.access.models import SignInProvider
from crm.access.rules_of_signing_in import save_provider
from tests.crm.access.office_provider import CLIENT, SECRET, running_provider


@pytest.fixture
def office(settings):
    """The provider, with somebody signed in there whose address it checked; Schakel may reach it."""
    with running_provider() as provider:
        provider.says = {"sub": "u-1", "email": "noor@kantoor.example", "email_verified": True, "name": "Noor Hofstra"}
        settings.CONNECTION_INSIDE_HOSTS = [provider.host]
        yield provider


@pytest.fixture
def known_office(office, db):
    """That provider, with a button on the sign-in page."""
    provider = SignInProvider(name="Kantooraccount", key="kantoor", issuer=office.issuer, client_id=CLIENT)
    return save_provider(provider, secret=SECRET)
