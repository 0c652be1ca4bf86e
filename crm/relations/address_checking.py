"""Addresses that no service has looked at yet, checked at night: what came from an import, or was saved while no
service answered. The state of an address is how far it is: a run goes on where the last one stopped.

Not a `Job`: a chunk of one is a transaction, and no call to the outside is made in one.
"""

import time

from crm.core import bulk
from crm.core.change_set import Door, change_set
from crm.relations import address_lookup
from crm.relations.address_lookup import State
from crm.relations.models import Address

# what the address services allow us; an answer that is remembered counts as well
PER_SECOND = 5
RUN_SECONDS = 40
BATCH = 50
# a service that does not answer three times in a row is left alone until the next run
GIVE_UP_AFTER = 3


def check_addresses(*, seconds: float = RUN_SECONDS, per_second: float = PER_SECOND) -> bool:
    """Check addresses for so many seconds; True when there are more and the services answer.

    What a person or an import changes meanwhile keeps what it has become, and is looked at in a next run.
    """
    until, after, silent = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until:
        rows = list(_unchecked().filter(pk__gt=after).order_by("pk")[:BATCH])
        if not rows:
            return False
        found: dict[int, tuple[int, str]] = {}
        for address in rows:
            began = time.monotonic()
            result = address_lookup.look_up(address, timeout_seconds=address_lookup.IN_JOB_SECONDS)
            asked = result is not None
            silent = silent + 1 if asked and result.state == State.UNAVAILABLE else 0
            if silent < GIVE_UP_AFTER:
                found[address.pk] = (address.version, address_lookup.check_state(address, result))
            if silent >= GIVE_UP_AFTER or time.monotonic() >= until:
                break
            if asked:
                time.sleep(max(0.0, 1 / per_second - (time.monotonic() - began)))
        _note(found)
        if silent >= GIVE_UP_AFTER:
            return False
        after = address.pk
    return _unchecked().exists()


def _unchecked():
    """For no user in particular: nothing is shown of it, and only the state is written."""
    return Address.objects.filter(check_state=Address.CheckState.UNCHECKED)


def _note(found: dict[int, tuple[int, str]]) -> None:
    """Write the states of rows that are still at the version that was looked at."""
    if found:
        states = {pk: {"check_state": str(state)} for pk, (_version, state) in found.items()}
        versions = {pk: version for pk, (version, _state) in found.items()}
        with change_set(door=Door.JOB, action="address.check"):
            bulk.update(Address, states, expected_versions=versions)
