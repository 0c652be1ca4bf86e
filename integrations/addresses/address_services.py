"""The services that an installation can choose from, and how each is asked.

`ADDRESS_SERVICES` (environment, default "own,pdok") names the ones in use, in the order of asking; `PDOK_URL` where
PDOK is. The names are part of the settings and of the cache's keys: do not change them.
"""

import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from crm.relations.address_lookup import FoundAddress, NotCovered, Unavailable
from integrations.addresses.queries import addresses_in_own_table
from integrations.hub.address_guard import AddressGuard
from integrations.hub.errors import ConfigurationError, CouplingError, PermanentError
from integrations.hub.http import HttpClient

logger = logging.getLogger(__name__)


def own_addresses(postcode, number, *, timeout_seconds):
    """The office's own table. Raises NotCovered for a postcode that was never imported."""
    found = addresses_in_own_table(postcode, number)
    if found is None:
        raise NotCovered(postcode)
    return found


def pdok_addresses(postcode, number, *, timeout_seconds):
    """PDOK Locatieserver. Raises Unavailable when it gives no usable answer."""
    timeout_seconds = math.ceil(timeout_seconds * 2) / 2  # half seconds, so that a handful of clients is enough
    connector = import_string("integrations.addresses.connectors.pdok.Pdok")(
        base_url=settings.PDOK_URL, http=_http(settings.PDOK_URL, timeout_seconds)
    )
    return _asked("pdok", connector, postcode, number, timeout_seconds)


def _asked(name, connector, postcode, number, timeout_seconds):
    try:
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


@dataclass(frozen=True)
class Service:
    ask: Callable[..., list[FoundAddress]]
    far: bool


SERVICES = {
    "own": Service(own_addresses, far=False),
    "pdok": Service(pdok_addresses, far=True),
}


def chosen_services():
    """(name, Service) in the order of asking. Raises ImproperlyConfigured for a name that we do not know."""
    names = [name.strip() for name in settings.ADDRESS_SERVICES if name.strip()]
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise ImproperlyConfigured(f"ADDRESS_SERVICES: {', '.join(unknown)} is none of {', '.join(SERVICES)}")
    return [(name, SERVICES[name]) for name in names]
