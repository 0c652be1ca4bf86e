"""Exact Online, simulated, signed in to, and ready to be told of debtors."""

import itertools
import re
import urllib.request
from dataclasses import dataclass, field, replace

import pytest

from integrations.finance.connectors.exact_online import ExactOnline
from integrations.finance.payloads import FinancialParty, PostalAddress
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from tests.integrations.contract_cases import MemoryCredentials, SteppingClock, call, http_client

REDIRECT = "https://crm.example/koppelingen/terug"
BAKERY = FinancialParty(
    reference="CRM-4711",
    name="Bakkerij Jansen BV",
    number="10471",
    is_debtor=True,
    debtor_payment_term_days=30,
    visiting=PostalAddress(("Marktplein 20",), "3701 BB", "Zeist", "NL"),
    email="admin@bakkerij.example",
    phone="030-1234567",
    language="nl",
    vat_number="NL004495445B01",
    kvk="87654321",
    iban="NL91ABNA0417164300",
    iban_holder="Bakkerij Jansen BV",
)
CHANGED_BAKERY = replace(BAKERY, iban="NL20INGB0001234567", email="")

CLIENTS = itertools.count(1)


def code_from(url):
    """What a person does on the vendor's page: read it and press the button."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return re.search(r"[?&]code=([^&]+)&", response.read().decode())[1]


@dataclass
class ExactCoupling:
    simulator: ExactOnlineSimulator
    clock: SteppingClock
    payload: FinancialParty = BAKERY
    changed: FinancialParty = CHANGED_BAKERY
    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)

    def connector(self, *, division=None, credentials=None, **options):
        settings = {
            "base_url": self.simulator.url,
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
            "division": str(self.simulator.division) if division is None else division,
        }
        http = http_client(self.simulator.url, clock=self.clock, **options)
        return ExactOnline(settings, credentials or self.credentials, http, self.clock)

    def sign_in(self):
        connector = self.connector()
        code = code_from(connector.authorize_url(redirect_uri=REDIRECT, state="once"))
        connector.exchange_code(code, redirect_uri=REDIRECT)
        return self

    def spoil(self, kind, *, path="crm/Accounts", method="POST", **more):
        scenario = {"kind": kind, "path": path, "method": method, **more}
        call(f"{self.simulator.url}/_simulator/scenario", scenario)

    def records(self):
        return call(f"{self.simulator.url}/_simulator/records")

    def objects(self):
        return [(row["Code"], row["Name"], row["Timestamp"]) for row in self.records()["accounts"]]

    def doubles(self):
        return sorted(double for found in self.records()["doubles"].values() for double in found)

    def calls(self):
        return sum(self.records()["calls"].values())

    def account(self):
        """The one account there."""
        (account,) = self.records()["accounts"]
        return account

    def bank_accounts(self):
        return [(row["BankAccount"], row["Main"]) for row in self.records()["bank_accounts"]]


@pytest.fixture
def clock():
    return SteppingClock()


@pytest.fixture
def simulator(clock):
    # A client of its own: what a connector counts and remembers per process must not pass from test to test.
    with ExactOnlineSimulator(now=clock.seconds, client_id=f"schakel-{next(CLIENTS)}") as simulator:
        yield simulator


@pytest.fixture
def exact(simulator, clock):
    return ExactCoupling(simulator, clock).sign_in()
