"""The services that an installation can choose from, and how each is asked.

Chosen in the product (`services.choose_services`); until somebody does, the environment's `ADDRESS_SERVICES` (default
"own,pdok") names them in the order of asking. The names are part of the data and of the cache's keys: do not change
them. Whether a key is needed, and which, stands here; what was typed is sealed in `AddressServiceKey`.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from crm.relations.address_lookup import FoundAddress, NotCovered, Registered, Unavailable
from integrations.addresses.queries import addresses_in_own_table, filled_fields, keys_of, product_choice
from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError, CouplingError, PermanentError
from integrations.hub.http import HttpClient

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """`ask` as the port says. `far`: outside the house. `keys`: field → label, what somebody must fill in.

    `covers`: country codes whose addresses it knows.
    """

    title: Promise | str
    explanation: Promise
    ask: Callable[..., list[FoundAddress]]
    far: bool
    keys: dict[str, Promise] = field(default_factory=dict)
    covers: tuple[str, ...] = ("NL",)


def own_addresses(postcode, number, *, timeout_seconds):
    """The office's own table. Raises NotCovered for a postcode that was never imported."""
    found = addresses_in_own_table(postcode, number)
    if found is None:
        raise NotCovered(postcode)
    return found


def far_addresses(name, connector_path, url_setting, postcode, number, *, timeout_seconds, keys=None):
    """What a vendor's connector gives. `keys`: instead of the stored ones. Raises Unavailable: no usable answer."""
    timeout_seconds = math.ceil(timeout_seconds * 2) / 2  # half seconds, so that a handful of clients is enough
    base_url = getattr(settings, url_setting)
    try:
        needed = SERVICES[name].keys.keys()
        keys = keys_of(name) if keys is None and needed else keys or {}
        if needed - keys.keys():
            raise ConfigurationError("key_missing")
        connector = import_string(connector_path)(base_url=base_url, http=_http(base_url, timeout_seconds), **keys)
        found = connector.addresses(postcode, number, timeout_seconds=timeout_seconds)
    except CouplingError as error:
        # A person has to mend these; the code says enough and the postcode stays out of the log.
        level = logging.ERROR if isinstance(error, (ConfigurationError, PermanentError)) else logging.WARNING
        logger.log(level, "Address service %s gave no answer: %s (HTTP %s)", name, error.code, error.status)
        raise Unavailable(error.code, retry_after_seconds=error.retry_after_seconds) from error
    return [FoundAddress(**asdict(address), source=name) for address in found]


@lru_cache(maxsize=32)
def _http(base_url, timeout_seconds):
    """One client per service and time-out, so that connections stay open between look-ups.

    Whoever installs chose the URL: it may be inside and plain http, as the simulator of the demo is.
    """
    return HttpClient(
        allow_address=AddressGuard([base_url]),
        connect_timeout_seconds=timeout_seconds,
        call_timeout_seconds=timeout_seconds,
    )


def _far(name, connector, url_setting):
    return partial(far_addresses, name, f"integrations.addresses.connectors.{connector}", url_setting)


SERVICES = {
    "own": Service(
        _("Our own table of postcodes"),
        _("Postcodes that the office imported itself, also without internet. Others go to the next service."),
        own_addresses,
        far=False,
    ),
    "pdok": Service(
        "PDOK Locatieserver",
        _("The open service of the Dutch government, without a key and free of charge."),
        _far("pdok", "pdok.Pdok", "PDOK_URL"),
        far=True,
    ),
    "bag": Service(
        _("BAG of Kadaster"),
        _("The register of addresses itself. Free of charge, with a key that Kadaster gives out."),
        _far("bag", "bag.Bag", "BAG_URL"),
        far=True,
        keys={"key": _("API key")},
    ),
    "postcode_eu": Service(
        "postcode.eu",
        _("A paid service of Postcode.nl; what a look-up costs is in your contract."),
        _far("postcode_eu", "postcode_eu.PostcodeEu", "POSTCODE_EU_URL"),
        far=True,
        keys={"key": _("API key"), "secret": _("API secret")},
    ),
    "postcodeapi": Service(
        "postcodeapi.nu",
        _("A paid service; it knows house numbers, and does not check letters and additions."),
        _far("postcodeapi", "postcodeapi.PostcodeApi", "POSTCODEAPI_URL"),
        far=True,
        keys={"key": _("API key")},
    ),
}


# ------------------------------------------------------------------------------------------ what is in use


def chosen_services():
    """(name, Service) in the order of asking. Raises ImproperlyConfigured for a name that we do not know."""
    chosen = product_choice()
    return (
        services_of_environment()
        if chosen is None
        else [(name, SERVICES[name]) for name in chosen if name in SERVICES]
    )


def services_of_environment():
    names = [name.strip() for name in settings.ADDRESS_SERVICES if name.strip()]
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise ImproperlyConfigured(f"ADDRESS_SERVICES: {', '.join(unknown)} is none of {', '.join(SERVICES)}")
    return [(name, SERVICES[name]) for name in names]


def in_order_of_asking(registered: dict[str, Registered]) -> dict[str, Registered]:
    """The chooser of the port: ours as chosen; what others registered stays, after them."""
    ours = {name: registered[name] for name, _service in chosen_services() if name in registered}
    return ours | {name: one for name, one in registered.items() if name not in SERVICES}


# -------------------------------------------------------------------------------------- for the settings screen


@dataclass(frozen=True)
class AvailableService:
    """A service as the settings show it.

    `needs`: field → label of what must be filled in; `filled`: the fields that are, never their values. `covers`:
    country codes. `position`: 1 for the one that is asked first, None when it is not in use. `ready`: it could answer.
    """

    name: str
    title: str
    explanation: str
    needs: dict[str, str]
    filled: tuple[str, ...]
    covers: tuple[str, ...]
    position: int | None

    @property
    def ready(self) -> bool:
        return set(self.needs) <= set(self.filled)


def available_services() -> list[AvailableService]:
    """Every service that is built, those in use first, in the order of asking. Two queries."""
    order = [name for name, _service in chosen_services()]
    filled = filled_fields()
    names = [*order, *(name for name in SERVICES if name not in order)]
    return [
        AvailableService(
            name,
            str(SERVICES[name].title),
            str(SERVICES[name].explanation),
            {key: str(label) for key, label in SERVICES[name].keys.items()},
            tuple(filled.get(name, ())),
            SERVICES[name].covers,
            order.index(name) + 1 if name in order else None,
        )
        for name in names
    ]


# an address that every register has had since there were registers: the Dam
ASKED_IN_A_TEST = ("1012JS", 1)
TEST_SECONDS = 2.0


@dataclass(frozen=True)
class Attempt:
    """`works`: it answered as its format says. `code`: what failed ("wrong_key", "too_slow" …), else "".

    `seconds`: how long it took. `covered`: whether it knew the postcode that was asked.
    """

    works: bool
    code: str
    seconds: float
    covered: bool


def try_service(name, *, keys=None, postcode=ASKED_IN_A_TEST[0], number=ASKED_IN_A_TEST[1]) -> Attempt:
    """Ask a service for one address, past the cache; at most two seconds, as somebody waits for it.

    `keys`: to try what is typed before it is kept. Raises KeyError for a name that we do not know.
    """
    service = SERVICES[name]
    extra = {"keys": keys} if keys is not None and service.far else {}
    began = time.monotonic()
    try:
        found = service.ask(postcode, number, timeout_seconds=TEST_SECONDS, **extra)
    except NotCovered:
        return Attempt(True, "", time.monotonic() - began, covered=False)
    except Unavailable as error:
        return Attempt(False, str(error), time.monotonic() - began, covered=False)
    return Attempt(True, "", time.monotonic() - began, covered=bool(found))
