"""What debtors still owe, read back from Exact Online."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx
import pytest

from integrations.finance.payloads import OpenAmount, OpenItem
from integrations.hub.errors import ConfigurationError, TemporaryError
from tests.integrations.contract_cases import call

from .conftest import BAKERY


def owe(exact, *items):
    return call(f"{exact.simulator.url}/_simulator/receivables", list(items))


@pytest.fixture
def debtor(exact):
    return exact.connector().push(BAKERY, external_id=None, key="1").external_id


def test_pull_gives_the_sum_and_the_oldest_day_per_debtor(exact, debtor, clock):
    owe(
        exact,
        {"ID": "a1", "AccountCode": "10471", "AmountDC": 101.25, "DueDate": "2026-10-31", "YourRef": "F2026-00099"},
        {"ID": "a2", "AccountCode": "10471", "AmountDC": "0.10", "DueDate": "2026-09-30", "InvoiceNumber": 20260098},
        {"ID": "a3", "AccountCode": "10471", "AmountDC": -20, "DueDate": "2026-01-01"},
    )
    pull = exact.connector().pull("")
    assert list(pull.payloads) == [
        OpenAmount(
            external_id=debtor,
            number="10471",
            amount=Decimal("81.35"),
            oldest_due_date=date(2026, 9, 30),
            read_at=clock.now(),
            items=(
                OpenItem("a1", Decimal("101.25"), date(2026, 10, 31), "", "F2026-00099"),
                OpenItem("a2", Decimal("0.1"), date(2026, 9, 30), "20260098"),
                OpenItem("a3", Decimal("-20"), date(2026, 1, 1)),
            ),
        )
    ]
    assert (pull.complete, pull.cursor) == (True, "2026-11-25T12:00:00+00:00")


def test_pull_leaves_out_what_is_paid(exact, debtor):
    owe(exact, {"ID": "a1", "AccountCode": "10471", "AmountDC": 10, "Status": 50, "IsFullyPaid": True})
    assert list(exact.connector().pull("").payloads) == []


def test_pull_follows_all_pages(exact, debtor):
    owe(exact, *({"AccountCode": "10471", "AmountDC": 1, "YourRef": f"F{number}"} for number in range(150)))
    before = exact.calls()
    (amount,) = exact.connector().pull("").payloads
    assert (amount.amount, len(amount.items), exact.calls() - before) == (Decimal(150), 150, 3)


def test_pull_that_fails_half_way_gives_no_part(exact, debtor):
    owe(exact, *({"AccountCode": "10471", "AmountDC": 1} for _ in range(150)))
    connector = exact.connector()
    connector.find(BAKERY)
    call(
        f"{exact.simulator.url}/_simulator/scenario",
        {"kind": "slow", "path": "ReceivablesList", "seconds": 0, "count": 1},
    )
    exact.spoil("html503", path="ReceivablesList", method="GET")
    with pytest.raises(TemporaryError):
        connector.pull("")


def test_pull_keeps_debtors_apart(exact, debtor):
    exact.connector().push(replace(BAKERY, number="9", reference="CRM-9", iban=""), external_id=None, key="1")
    owe(exact, {"AccountCode": "10471", "AmountDC": 5}, {"AccountCode": "9", "AmountDC": 7})
    amounts = [(amount.number, amount.amount) for amount in exact.connector().pull("").payloads]
    assert amounts == [("10471", Decimal(5)), ("9", Decimal(7))]


def test_next_page_on_another_host_is_not_followed(exact):
    """The token may not leave the vendor's own host."""
    asked = []

    def answer(request):
        asked.append(request.url.host)
        return httpx.Response(200, json={"d": {"results": [], "__next": "https://evil.example/api/v1/1/crm/Accounts"}})

    connector = exact.connector(transport=httpx.MockTransport(answer))
    with pytest.raises(ConfigurationError) as error:
        connector.pull("")
    assert (error.value.code, asked) == ("redirect_refused", ["127.0.0.1"])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"d": None},
        {"d": {"results": [1]}},
        {"d": {"results": [{"HID": "1"}]}},
        {"d": {"results": [{"HID": "1", "AccountId": "2", "Amount": "veel"}]}},
    ],
)
def test_answer_of_another_shape_is_no_success(exact, data):
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=data))
    with pytest.raises(TemporaryError) as error:
        exact.connector(transport=transport).pull("")
    assert error.value.code == "unexpected_answer"
