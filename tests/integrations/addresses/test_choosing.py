"""Which services an installation asks, chosen in the product, and their keys."""

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import translation

from crm.access.rights import Right
from crm.relations.address_lookup import State, lookup
from integrations.addresses.address_services import Attempt, available_services, chosen_services, try_service
from integrations.addresses.models import AddressService, AddressServiceKey
from integrations.addresses.services import choose_services, forget_keys, keep_keys
from integrations.addresses.simulators import bag
from integrations.hub import credentials
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def kadaster(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "choose"}}
    cache.clear()
    with bag.Simulator() as simulator:
        settings.BAG_URL = simulator.url
        yield simulator


def in_use():
    return [name for name, _service in chosen_services()]


def test_services_of_the_environment_count_until_somebody_chooses(settings):
    settings.ADDRESS_SERVICES = ["pdok"]
    assert in_use() == ["pdok"]
    choose_services(["own"])
    assert in_use() == ["own"]


def test_choosing_none_is_a_choice(settings):
    settings.ADDRESS_SERVICES = ["pdok"]
    choose_services([])
    assert in_use() == []
    assert lookup("7551EC", 14, timeout_seconds=1).state == State.UNAVAILABLE


def test_choosing_keeps_the_order_and_its_history():
    choose_services(["pdok", "own"])
    choose_services(["own", "pdok"])
    choose_services(["own", "pdok"])
    assert in_use() == ["own", "pdok"]
    assert AddressService.objects.get(name="own").history.count() == 2


@pytest.mark.parametrize(
    ("names", "said"),
    [(["google"], "no address service"), (["pdok", "pdok"], "named twice"), (["bag"], "needs its key first")],
)
def test_choosing_refuses_what_could_not_be_asked(names, said):
    with translation.override("en"), pytest.raises(ValidationError, match=said):
        choose_services(names)
    assert not AddressService.objects.exists()


def test_key_is_sealed_and_asked_with(kadaster):
    keep_keys("bag", {"key": f" {kadaster.key} "})
    choose_services(["bag"])
    assert kadaster.key not in AddressServiceKey.objects.get().sealed
    assert lookup("7551EC", 14, "a", timeout_seconds=2).address.source == "bag"


@pytest.mark.parametrize("typed", ["twee woorden", "sleutel\nX-Other: 1", "sleutél", "s" * 201])
def test_key_that_cannot_be_one_is_refused(typed):
    with pytest.raises(ValidationError):
        keep_keys("bag", {"key": typed})
    assert not AddressServiceKey.objects.exists()


def test_key_left_empty_stays(kadaster):
    keep_keys("bag", {"key": kadaster.key})
    keep_keys("bag", {"key": ""})
    assert try_service("bag").works


def test_forgotten_key_takes_its_service_out_of_use(kadaster):
    keep_keys("bag", {"key": kadaster.key})
    choose_services(["pdok", "bag"])
    forget_keys("bag")
    assert in_use() == ["pdok"]


def test_key_is_sealed_again_with_the_newest(settings):
    settings.FIELD_ENCRYPTION_KEYS = [old := Fernet.generate_key().decode()]
    keep_keys("bag", {"key": "abc"})
    settings.FIELD_ENCRYPTION_KEYS = [new := Fernet.generate_key().decode(), old]
    assert credentials.rotate() == 1
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert credentials.unseal(AddressServiceKey.objects.get().sealed) == "abc"


def test_available_services_tells_what_each_needs_and_never_a_key(django_assert_num_queries):
    keep_keys("postcode_eu", {"key": "abc"})
    choose_services(["pdok"])
    with django_assert_num_queries(2):
        found = available_services()
    assert [(s.name, s.position, sorted(s.needs), s.filled, s.ready, s.covers) for s in found] == [
        ("pdok", 1, [], (), True, ("NL",)),
        ("own", None, [], (), True, ("NL",)),
        ("bag", None, ["key"], (), False, ("NL",)),
        ("postcode_eu", None, ["key", "secret"], ("key",), False, ("NL",)),
        ("postcodeapi", None, ["key"], (), False, ("NL",)),
    ]


def tried(*args, **kwargs):
    found = try_service(*args, **kwargs)
    return Attempt(found.works, found.code, 0, found.covered)


def test_trying_a_service_says_what_is_wrong(kadaster):
    assert tried("bag") == Attempt(False, "key_missing", 0, False)
    assert tried("bag", keys={"key": "fout"}) == Attempt(False, "wrong_key", 0, False)
    assert tried("bag", keys={"key": kadaster.key}) == Attempt(True, "", 0, False)
    assert tried("bag", keys={"key": kadaster.key}, postcode="7551EC", number=14) == Attempt(True, "", 0, True)
    assert tried("own") == Attempt(True, "", 0, False)
    with kadaster.failing("down"):
        assert tried("bag", keys={"key": kadaster.key}) == Attempt(False, "vendor_down", 0, False)


def test_choice_is_for_who_manages_the_settings():
    choose_services(["pdok"])
    here = AdministrationFactory()
    assert AddressService.objects.visible_to(user_in(here, rights=[Right.RELATIONS_CHANGE])).count() == 0
    assert AddressService.objects.editable_by(user_in(here, rights=[Right.SETTINGS_MANAGE])).count() == 5
