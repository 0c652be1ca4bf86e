"""Payloads become the same bytes and the same hash everywhere."""

import subprocess
import sys
import unicodedata
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.finance.payloads import FinancialParty, OpenAmount, OpenItem, PostalAddress

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
addresses = st.builds(
    PostalAddress,
    lines=st.lists(texts, max_size=3).map(tuple),
    postcode=texts,
    city=texts,
    country=st.sampled_from(["NL", "BE", ""]),
)
parties = st.builds(
    FinancialParty,
    reference=texts,
    name=texts,
    number=texts,
    is_debtor=st.booleans(),
    debtor_since=st.none() | st.dates(),
    debtor_payment_term_days=st.none() | st.integers(0, 365),
    visiting=st.none() | addresses,
    billing=st.none() | addresses,
    email=texts,
    iban=texts,
    blocked=st.none() | st.booleans(),
)


@given(parties)
def test_hash_is_equal_for_what_comes_back_from_the_bytes(party):
    again = FinancialParty.from_canonical(party.canonical())
    assert (again.sha256(), again.canonical()) == (party.sha256(), party.canonical())


@given(parties)
def test_hash_is_equal_however_accents_are_written(party):
    apart = replace(party, name=unicodedata.normalize("NFD", party.name))
    assert apart.sha256() == party.sha256()


@given(parties, parties)
def test_hash_differs_exactly_when_the_bytes_differ(one, other):
    assert (one.sha256() == other.sha256()) == (one.canonical() == other.canonical())


@given(parties, st.sampled_from([field.name for field in fields(FinancialParty) if field.type is str]))
def test_hash_sees_every_text_field(party, name):
    assert replace(party, **{name: getattr(party, name) + "x"}).sha256() != party.sha256()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_amounts_hash_by_value(amount):
    longer = OpenItem("1", amount.quantize(Decimal("0.0001")))
    assert OpenItem("1", amount).sha256() == longer.sha256()


def test_moments_hash_by_the_moment():
    here = datetime(2026, 1, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    there = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    amounts = [OpenAmount("x", "1", Decimal(1), date(2026, 1, 1), moment) for moment in (here, there)]
    assert amounts[0].sha256() == amounts[1].sha256()


def test_hash_is_the_same_in_another_process():
    code = (
        "from integrations.finance.payloads import FinancialParty\n"
        "print(FinancialParty(reference='CRM-1', name='Café', number='1', is_debtor=True).sha256())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert FinancialParty(reference="CRM-1", name="Café", number="1", is_debtor=True).sha256() == there


def test_hash_of_today_stays_the_hash_of_tomorrow():
    """Written down: another value here means that every relation is told again at the next release."""
    party = FinancialParty(
        reference="CRM-1", name="Jansen", visiting=PostalAddress(("Markt 1",), "3701 BB", "Zeist", "NL")
    )
    assert party.sha256() == "ef9ce4b5e0b16194421b87a9e7efd529c66de8c7c8fd3130d41bcf409500e964"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"{", b'{"reference":1'])
def test_bytes_that_are_no_party_are_refused(content):
    with pytest.raises(ValueError):
        FinancialParty.from_canonical(content)


def test_bytes_with_a_field_of_another_release_are_read():
    party = FinancialParty.from_canonical(b'{"reference":"CRM-1","name":"Jansen","from_later":1}')
    assert party == FinancialParty(reference="CRM-1", name="Jansen")


def test_float_is_no_amount():
    with pytest.raises(TypeError):
        OpenItem("1", 0.1).canonical()
