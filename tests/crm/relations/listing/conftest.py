import pytest

from tests.factories.relations import AdministrationFactory, user_in


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user
