"""What relations give to take out: rows as they are, in a fixed number of queries, and only what somebody may read."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from crm.access.models import User
from crm.access.rights import Right
from crm.exchange import kinds
from crm.relations.exchange.subjects import fold
from crm.relations.models import FinancialNumber, FinancialRole, Identifier, Standing
from tests.factories.relations import (
    DAY,
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    RelationshipFactory,
    UserFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


def furnished(administration, number=1):
    """An organisation with one of everything, and somebody who works there."""
    organisation = OrganisationFactory(administration=administration, legal_name=f"Theater {number} B.V.")
    AddressFactory(relation=organisation)
    AddressFactory(relation=organisation, kind="postal", street="Postbus")
    account = BankAccountFactory(relation=organisation)
    Identifier.objects.create(relation=organisation, kind="kvk", value="12345678")
    Standing.objects.create(relation=organisation, administration=administration, kind="client", valid_from=LONG_AGO)
    person = PersonFactory(administration=administration, birth_date=date(1980, 5, 17))
    EmploymentFactory(person=person, organisation=organisation)
    daughter = OrganisationFactory(administration=administration)
    RelationshipFactory(from_relation=organisation, to_relation=daughter, percentage=Decimal("51.50"))
    books = FinancialNumber.objects.create(
        relation=organisation, administration=administration, number=10_000 + number
    )
    FinancialRole.objects.create(
        relation=organisation,
        administration=administration,
        kind="debtor",
        number=books,
        bank_account=account,
        valid_from=LONG_AGO,
    )
    return organisation, person


def taken_out(user, kind, asked="", names=None):
    """Rows as dicts by name of column; every column that is open to this user when no names are given."""
    user = User.objects.get(pk=user.pk)
    found = kinds.kind(kind)
    subjects = kinds.source("relations").subjects(user, asked, on=DAY)
    columns = found.chosen_columns(user, names) if names else found.offered_columns(user)
    rows = found.rows(user, found.narrow(user, subjects, on=DAY), on=DAY, columns=columns)
    return [dict(zip([column.name for column in columns], row, strict=True)) for row in rows]


def test_relations_come_out_with_what_stands_beside_them():
    here = AdministrationFactory(name="Oost")
    organisation, _person = furnished(here)

    rows = taken_out(user_in(here), "relations", f"chosen={organisation.number}")

    assert [{name: value for name, value in row.items() if value not in ("", None, False)} for row in rows] == [
        {
            "number": organisation.number,
            "kind": "organisation",
            "display_name": "Theater 1 B.V.",
            "name_order": "own",
            "legal_name": "Theater 1 B.V.",
            "kvk": "12345678",
            "street": "Brinkhof",
            "house_number": 14,
            "postcode": "7551EC",
            "city": "Hengelo",
            "country": "NL",
            "iban": "NL91ABNA0417164300",
            "language": "nl",
            "client_since": LONG_AGO,
            "administration": "Oost",
        }
    ]


def test_parts_come_out_under_the_number_of_their_relation():
    here = AdministrationFactory(name="Oost")
    organisation, person = furnished(here)
    asked, user = f"chosen={organisation.number}", user_in(here)

    assert [(row["person_number"], row["function"]) for row in taken_out(user, "employments", asked)] == [
        (person.number, "directeur")
    ]
    assert [row["percentage"] for row in taken_out(user, "relationships", asked)] == [Decimal("51.50")]
    assert [(row["number"], row["street"]) for row in taken_out(user, "addresses", asked)] == [
        (organisation.number, "Postbus"),
        (organisation.number, "Brinkhof"),
    ]
    assert taken_out(user, "bank_accounts", asked, ("number", "iban", "main")) == [
        {"number": organisation.number, "iban": "NL91ABNA0417164300", "main": True}
    ]
    assert taken_out(user, "financial_roles", asked, ("administration", "kind", "books_number", "iban")) == [
        {"administration": "Oost", "kind": "debtor", "books_number": 10_001, "iban": "NL91ABNA0417164300"}
    ]


QUERIES = {
    "relations": 3,
    "employments": 2,
    "relationships": 2,
    "addresses": 2,
    "bank_accounts": 2,
    "financial_roles": 2,
}


@pytest.mark.parametrize("kind", QUERIES)
def test_rows_are_read_in_the_same_number_of_queries_at_one_and_at_three(kind):
    here = AdministrationFactory()
    furnished(here)
    user = user_in(here)
    counted = []
    for more in (0, 2):
        for number in range(more):
            furnished(here, number + 2)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            rows = taken_out(user, kind)
        counted.append((len(queries) - 1, len(rows)))  # without finding the user again

    assert [count for count, _rows in counted] == [QUERIES[kind]] * 2
    assert counted[1][1] == counted[0][1] * 3


def test_columns_that_are_not_readable_in_every_administration_are_closed():
    here, there = AdministrationFactory(), AdministrationFactory()
    furnished(here)
    user = user_in(here)
    closed_before = kinds.kind("relations").closed_columns(user)
    role = user_in(there, rights=[Right.EXPORT]).grants.get().role
    user.grants.create(role=role, administration=there)
    user = User.objects.get(pk=user.pk)

    closed = kinds.kind("relations").closed_columns(user)

    assert (closed_before, closed) == (set(), {"birth_date", "iban"})
    assert not closed & taken_out(user, "relations")[0].keys()
    kind = kinds.kind("relations")
    subjects = kinds.source("relations").subjects(user, "", on=DAY)
    with pytest.raises(PermissionError):
        kind.rows(user, subjects, on=DAY, columns=kind.columns)


def test_only_administrations_where_somebody_takes_lists_out_are_in_a_file():
    here, there = AdministrationFactory(), AdministrationFactory()
    mine, _person = furnished(here)
    theirs, _person = furnished(there, 2)
    user = user_in(here)
    user.grants.create(role=user_in(there, rights=[Right.FINANCIAL_VIEW]).grants.get().role, administration=there)
    numbers = {kind: {row["number"] for row in taken_out(user, kind)} for kind in ("relations", "financial_roles")}

    assert mine.number in numbers["relations"]
    assert theirs.number not in numbers["relations"]
    assert numbers["financial_roles"] == {mine.number}


def test_bank_accounts_and_roles_ask_for_the_right_to_see_them():
    user = user_in(AdministrationFactory(), rights=[Right.EXPORT])

    assert {kind.key for kind in kinds.kinds() if not kind.offered_to(user)} >= {"bank_accounts", "financial_roles"}
    assert kinds.kind("addresses").offered_to(user)


def test_superuser_takes_everything_out():
    furnished(AdministrationFactory())

    assert len(taken_out(UserFactory(is_superuser=True), "financial_roles")) == 1


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("chosen=10001&chosen=10002&q=x", "chosen=10001,10002"),
        ("chosen=10001&all=yes&q=x&after=abc", "q=x"),
        ("city=Hengelo&kind=person", "city=Hengelo&kind=person"),
        ("chosen=no", "chosen="),
    ],
)
def test_address_of_a_list_becomes_what_a_source_keeps(query, asked):
    assert fold(QueryDict(query)) == asked


def test_rows_come_in_the_order_of_the_list():
    here = AdministrationFactory()
    numbers = [PersonFactory(administration=here, family_name=name).number for name in ("Zwart", "Aalbers")]
    user = user_in(here)

    found = {
        order: [row["number"] for row in taken_out(user, "relations", f"order={order}", ("number",))]
        for order in ("", "-name", "number")
    }

    assert found == {"": numbers[::-1], "-name": numbers, "number": numbers}
