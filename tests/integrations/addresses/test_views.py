"""The page of the settings on which address services are chosen."""

import pytest
from django.urls import reverse

from crm.access.rights import Right
from integrations.addresses.address_services import available_services
from integrations.addresses.models import AddressServiceKey
from integrations.addresses.simulators.pdok import PdokSimulator
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(user_in(AdministrationFactory()))
    return client


def order() -> list[str]:
    return [one.name for one in available_services() if one.position]


def act(client, name: str, **posted):
    return client.post(reverse("addresses:choose", args=[name]), posted, follow=True)


def test_services_are_put_in_order_used_and_left_out(office, settings):
    settings.ADDRESS_SERVICES = ["own", "pdok"]

    orders = [order()]
    for name, what in (
        ("pdok", "up"),
        ("pdok", "up"),
        ("pdok", "down"),
        ("own", "stop"),
        ("own", "use"),
        ("own", "?"),
    ):
        act(office, name, act=what)
        orders.append(order())

    assert orders == [
        ["own", "pdok"],
        ["pdok", "own"],
        ["pdok", "own"],
        ["own", "pdok"],
        ["pdok"],
        ["pdok", "own"],
        ["pdok", "own"],
    ]


def test_a_service_without_its_key_is_not_used(office):
    act(office, "bag", act="use")

    assert "bag" not in order()


def test_keys_are_kept_sealed_and_never_shown(office):
    office.post(reverse("addresses:keys", args=["bag"]), {"key": "geheim-123"})
    page = office.get(reverse("addresses:services")).content.decode()
    used = act(office, "bag", act="use")
    office.post(reverse("addresses:keys", args=["bag"]), {"forget": "1"})

    assert ("geheim-123" in page, used.status_code, AddressServiceKey.objects.count(), "bag" in order()) == (
        False,
        200,
        0,
        False,
    )


def test_a_test_says_what_happened(office, settings):
    with PdokSimulator() as simulator:
        settings.PDOK_URL = simulator.url
        well = office.post(reverse("addresses:try", args=["pdok"]), follow=True)
    settings.PDOK_URL = "http://127.0.0.1:9"
    gone = office.post(reverse("addresses:try", args=["pdok"]), follow=True)

    tags = [[message.level_tag for message in answer.context["messages"]] for answer in (well, gone)]
    assert tags == [["success"], ["error"]]


def test_services_are_only_for_who_sets_things_everywhere(client):
    mine, _other = AdministrationFactory(), AdministrationFactory()
    client.force_login(user_in(mine, rights=[Right.SETTINGS_MANAGE]))

    answers = [
        client.get(reverse("addresses:services")),
        act(client, "own", act="stop"),
        client.post(reverse("addresses:keys", args=["bag"]), {"key": "x"}),
        client.post(reverse("addresses:try", args=["own"])),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert not AddressServiceKey.objects.exists()


def test_an_unknown_service_is_not_found(office):
    assert act(office, "google", act="use").status_code == 404
