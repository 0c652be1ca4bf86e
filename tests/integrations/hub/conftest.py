"""An administration with a connection to a simulated Exact Online, signed in to."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from crm.administrations.models import Administration
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.hub.models import Connection
from integrations.hub.services import connecting
from tests.factories.relations import AdministrationFactory
from tests.integrations.contract_cases import call

DAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC).date()


@dataclass
class Coupling:
    administration: Administration
    connection: Connection
    simulator: ExactOnlineSimulator

    def records(self):
        return self.simulator.records()

    def accounts(self):
        """(number, name) of every account there."""
        return sorted((row["Code"].strip(), row["Name"]) for row in self.simulator.store.rows("crm/Accounts"))

    def spoil(self, kind, **more):
        call(f"{self.simulator.url}/_simulator/scenario", {"kind": kind, **more})


@pytest.fixture
def simulator():
    with ExactOnlineSimulator(limits=False, token_rules=False) as running:
        yield running


def connect_to(simulator, administration, **values):
    """A connection to this simulator, signed in to as a person would."""
    connection = connecting.connect(
        channel="finance",
        connector="exact_online",
        administration=administration,
        title=values.pop("title", "Exact Online"),
        values={
            "base_url": simulator.url,
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "division": str(simulator.division),
        },
    )
    connecting.exchange_code(
        connection, simulator.authority.new_code("https://crm.example/back"), redirect_uri="https://crm.example/back"
    )
    return connection


@pytest.fixture
def coupling(simulator, settings):
    settings.CONNECTION_INSIDE_HOSTS = [simulator.url.removeprefix("http://")]
    administration = AdministrationFactory(name="Verbond Kleine Podia")
    return Coupling(administration, connect_to(simulator, administration), simulator)
