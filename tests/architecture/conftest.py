"""The two administrations of `roads_world`."""

import pytest

from integrations.addresses.simulators.pdok import PdokSimulator
from tests.architecture.roads_world import MINE, THEIRS, couple, entangle, furnish
from tests.factories.relations import AdministrationFactory


@pytest.fixture
def world(db):
    """Two administrations, each with one of everything: (mine, theirs, keys of mine, keys of theirs)."""
    mine, theirs = AdministrationFactory(name=f"{MINE} vereniging"), AdministrationFactory(name=f"{THEIRS} stichting")
    return mine, theirs, furnish(mine, MINE), furnish(theirs, THEIRS)


@pytest.fixture
def coupled_world(world):
    """As `world`, with connections, work to do, mail, jobs and ties across."""
    mine, theirs, my_keys, their_keys = world
    my_keys |= couple(mine, MINE, my_keys)
    their_keys |= couple(theirs, THEIRS, their_keys)
    entangle(my_keys, their_keys)
    return mine, theirs, my_keys, their_keys


@pytest.fixture
def pdok(settings):
    """The address service, which a road of the card asks."""
    with PdokSimulator() as simulator:
        settings.ADDRESS_SERVICES = ["own", "pdok"]
        settings.PDOK_URL = simulator.url
        yield simulator
