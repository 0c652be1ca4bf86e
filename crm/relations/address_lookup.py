"""Postcode and house number → street and city: the port that address services plug into.

A service tells which addresses a postcode and house number have; this module asks the services in order, remembers
what far ones said, and matches letter and addition. Only postcode and number ever leave the house, never a name.
Looking up never fails a save: "not reachable" is an answer (`State.UNAVAILABLE`) and not "does not exist".

    register("pdok", pdok_addresses)                                     # in an AppConfig.ready()
    result = lookup("7551 EC", 14, "a", timeout_seconds=ON_SCREEN_SECONDS)
    result.state, result.address, result.street_and_city
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.core.cache import cache
from django.utils import timezone

from crm.relations.folding import fold
from crm.relations.house_numbers import HouseNumber, NotAHouseNumber, is_po_box, is_postcode, normalised_postcode
from crm.relations.models import Address

ON_SCREEN_SECONDS = 2.0
IN_JOB_SECONDS = 10.0
DAY_SECONDS = 24 * 60 * 60
FOUND_KEPT_SECONDS = 30 * DAY_SECONDS
NONE_KEPT_SECONDS = DAY_SECONDS
LONGEST_PAUSE_SECONDS = 60 * 60


class State(StrEnum):
    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    NONE = "none"
    UNAVAILABLE = "unavailable"


class Hint(StrEnum):
    """What the screen may add to the state."""

    NOTHING = ""
    ADDITION_NEEDED = "addition_needed"  # the number has letters or additions, and none was asked
    ADDITION_UNKNOWN = "addition_unknown"  # the number exists, this letter or addition does not
    ADDITION_NOT_CHECKED = "addition_not_checked"  # the service knows the number, but no letters and additions


@dataclass(frozen=True)
class FoundAddress:
    """One address as a service knows it.

    `postcode` without a space; `street_short` by NEN 5825, "" when not known; the bag ids have 16 digits; `lat` and
    `lon` in WGS 84 degrees; `as_of` when the source said so; `knows_additions` False for a source that knows numbers
    alone, such as a table of ranges.
    """

    street: str
    number: int
    postcode: str
    city: str
    letter: str = ""
    addition: str = ""
    street_short: str = ""
    municipality: str = ""
    province: str = ""
    bag_number_id: str = ""
    bag_object_id: str = ""
    lat: float | None = None
    lon: float | None = None
    source: str = ""
    as_of: datetime | None = None
    knows_additions: bool = True

    @property
    def house_number(self):
        return HouseNumber(self.number, self.letter, self.addition)


@dataclass(frozen=True)
class Result:
    """`addresses`: the one that was found, or those to choose from when ambiguous; else empty."""

    state: State
    addresses: tuple[FoundAddress, ...] = ()
    hint: Hint = Hint.NOTHING

    @property
    def address(self):
        """The address, when exactly one was found; else None."""
        return self.addresses[0] if self.state == State.FOUND else None

    @property
    def street_and_city(self):
        """(street, city) when all addresses share them, so that they may be filled in before the addition is known."""
        found = {(address.street, address.city) for address in self.addresses}
        return found.pop() if len(found) == 1 else None


# ------------------------------------------------------------------------------------------------ services


class Unavailable(Exception):
    """The service gave no answer: not reachable, too slow, too many questions, or its answer made no sense.

    `retry_after_seconds`: how long it asked to be left alone, or None.
    """

    def __init__(self, reason, *, retry_after_seconds=None):
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class NotCovered(Exception):
    """The service does not know this postcode and cannot tell whether it exists; the next one is asked."""


# (postcode without space, number, *, timeout_seconds) → every address with that postcode and number, whatever its
# letter and addition; an empty list when the number is not in the postcode. Raises Unavailable or NotCovered.
AddressService = Callable[..., list[FoundAddress]]


@dataclass(frozen=True)
class Registered:
    """A service and whether it is `far`: then its answers are remembered, and a pause that it asks for is kept."""

    service: AddressService
    far: bool = True


_services: dict[str, Registered] = {}
# (every registered service) → those to ask, in the order of asking
Chooser = Callable[[dict[str, Registered]], dict[str, Registered]]
_chooser: list[Chooser] = [dict]


def register(name, service: AddressService, *, far=True):
    """Add a service; they are asked in the order in which they were registered. The same name again replaces it."""
    _services[name] = Registered(service, far)


def register_chooser(chooser: Chooser):
    """Say which of the registered services are asked, and in which order; asked at every look-up."""
    _chooser[:] = [chooser]


def forget(name):
    """Keep to no pause of this service any more: somebody changed how it is asked."""
    cache.delete(_pause_key(name))


def _answer_key(name, postcode, number):
    # the 1: raise it when the fields of FoundAddress change, as answers are kept for a month
    return f"address:1:{name}:{postcode}:{number}"


def _pause_key(name):
    return f"address-pause:{name}"


def lookup(postcode, number, letter="", addition="", *, timeout_seconds, services=None, now=None) -> Result:
    """The address with this postcode, number, letter and addition; the first definite answer counts.

    `timeout_seconds` is for all services together (ON_SCREEN_SECONDS, IN_JOB_SECONDS). `services`: name → Registered,
    instead of the registered ones. `now`: the moment of asking (aware), for `as_of`.
    Raises NotAPostcode or NotAHouseNumber for a question that is none; nothing for whatever a service does.
    """
    postcode = normalised_postcode(postcode)
    if not 1 <= number <= 99999:
        raise NotAHouseNumber(number)
    deadline = time.monotonic() + timeout_seconds
    for name, registered in (_chooser[0](_services) if services is None else services).items():
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0:
            break
        try:
            addresses = _ask(name, registered, postcode, number, seconds_left, now or timezone.now())
        except (Unavailable, NotCovered):
            continue
        return match(addresses, letter, addition)
    return Result(State.UNAVAILABLE)


def _ask(name, registered, postcode, number, timeout_seconds, now):
    if not registered.far:
        return registered.service(postcode, number, timeout_seconds=timeout_seconds)
    answer_key, pause_key = _answer_key(name, postcode, number), _pause_key(name)
    remembered = cache.get(answer_key)
    if remembered is not None:
        return [FoundAddress(**values) for values in remembered]
    if cache.get(pause_key):
        raise Unavailable("asked to be left alone")
    try:
        addresses = registered.service(postcode, number, timeout_seconds=timeout_seconds)
    except Unavailable as error:
        if error.retry_after_seconds:
            cache.set(pause_key, True, min(error.retry_after_seconds, LONGEST_PAUSE_SECONDS))
        raise
    addresses = [replace(address, as_of=address.as_of or now) for address in addresses]
    kept_seconds = FOUND_KEPT_SECONDS if addresses else NONE_KEPT_SECONDS
    cache.set(answer_key, [asdict(address) for address in addresses], kept_seconds)
    return addresses


# ------------------------------------------------------------------------------------------------ matching


def match(addresses, letter="", addition="") -> Result:
    """Choose among all addresses of one postcode and number. Never guesses: when several remain they are offered."""
    addresses = sorted(_without_doubles(addresses), key=_order)
    if not addresses:
        return Result(State.NONE)
    asked = HouseNumber(addresses[0].number, letter.strip(), addition.strip())
    exact = [address for address in addresses if _written(address) == (asked.letter.upper(), asked.addition.upper())]
    # "a III" in one field is letter A, addition III to the register; so is it when only one address is written so.
    alike = exact or [address for address in addresses if address.house_number.suffix == asked.suffix]
    if len(alike) == 1 and (exact or asked.suffix):
        return Result(State.FOUND, tuple(alike))
    if len(addresses) == 1 and not addresses[0].knows_additions:
        found = replace(addresses[0], letter=asked.letter, addition=asked.addition)
        return Result(State.FOUND, (found,), Hint.ADDITION_NOT_CHECKED)
    if len(alike) > 1:
        return Result(State.AMBIGUOUS, tuple(alike))
    hint = Hint.ADDITION_UNKNOWN if asked.suffix else Hint.ADDITION_NEEDED
    return Result(State.AMBIGUOUS, tuple(addresses), hint)


def _written(address):
    return address.letter.upper(), address.addition.upper()


def _without_doubles(addresses):
    """Registers hold the same address twice now and then; what is filled in is the same, so the first one will do."""
    return {(address.street, address.city, *_written(address)): address for address in reversed(addresses)}.values()


def _order(address):
    digits = "".join(char for char in address.addition if char.isdecimal() and char.isascii())
    return address.letter.upper(), int(digits or 0), address.addition.upper(), address.street, address.city


# ------------------------------------------------------------------------------------ what it says of a row


def can_be_looked_up(address):
    """Whether there is anything to ask: a Dutch Address (saved or not) with postcode and number that is no PO box."""
    at_home = address.country == "NL" and not is_po_box(address.street)
    return at_home and 1 <= (address.house_number or 0) <= 99999 and is_postcode(address.postcode)


def look_up(address, *, timeout_seconds) -> Result | None:
    """The look-up of an Address, saved or not; None when there is nothing to ask."""
    if not can_be_looked_up(address):
        return None
    parts = (address.house_number, address.house_letter, address.house_addition)
    return lookup(address.postcode, *parts, timeout_seconds=timeout_seconds)


def remembered(addresses) -> dict[int, Result]:
    """What far services said of Addresses before, by key, without asking anybody; left out: what nobody said.

    For a page with many addresses, which must not wait for a vendor: the choice of services is read once.
    """
    far = [name for name, registered in _chooser[0](_services).items() if registered.far]
    found = {}
    for address in filter(can_be_looked_up, addresses):
        postcode = normalised_postcode(address.postcode)
        answers = (cache.get(_answer_key(name, postcode, address.house_number)) for name in far)
        known = next((answer for answer in answers if answer is not None), None)
        if known is not None:
            there = [FoundAddress(**values) for values in known]
            found[address.pk] = match(there, address.house_letter, address.house_addition)
    return found


def check_state(address, result) -> Address.CheckState:
    """What to note at an Address as somebody typed it, given what its look-up said (None: nothing was asked).

    valid: street and city are those of the register, or were left to it. corrected: the register writes another
    street or city; `suggestion` gives it, and nothing typed is overwritten until somebody takes it over. unknown: the
    number is not in the postcode, or the letter or addition not at the number. unchecked: no service answered; a job
    asks again. not_applicable: abroad, a PO box, or no postcode and number.
    """
    if not can_be_looked_up(address):
        return Address.CheckState.NOT_APPLICABLE
    if result is None or result.state == State.UNAVAILABLE:
        return Address.CheckState.UNCHECKED
    if result.address is None:
        return Address.CheckState.UNKNOWN
    return Address.CheckState.CORRECTED if suggestion(address, result) else Address.CheckState.VALID


def suggestion(address, result):
    """The found address when it differs from the typed one in street or city; else None.

    Empty fields are no difference, nor are case, accents and punctuation, nor the short form of the street.
    """
    found = result.address
    if found is None:
        return None
    street, city = _compared(address.street), _compared(address.city)
    same_street = street in ("", _compared(found.street), _compared(found.street_short))
    return None if same_street and city in ("", _compared(found.city)) else found


def _compared(text):
    return "".join(char for char in fold(text) if char.isalnum())
