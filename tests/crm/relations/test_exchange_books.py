"""Debtors and creditors for who keeps the books."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.access.rights import Right
from crm.exchange import kinds
from crm.exchange.models import ExportLog
from crm.relations.models import FinancialNumber, FinancialRole, Identifier
from tests.factories.relations import (
    DAY,
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    OrganisationFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


def debtor(administration, number=10_471, kind="debtor", **values):
    relation = OrganisationFactory(
        administration=administration,
        legal_name="Bakkerij Jansen B.V.",
        email="a@bakkerij.example",
        phone="+31301234567",
    )
    AddressFactory(relation=relation)
    AddressFactory(
        relation=relation, kind="billing", attention="T.a.v. P. Jansen", street="Marktplein", house_number=20
    )
    BankAccountFactory(relation=relation, bic="ABNANL2A")
    Identifier.objects.create(relation=relation, kind="kvk", value="12345678")
    books = FinancialNumber.objects.create(relation=relation, administration=administration, number=number)
    role = {"relation": relation, "administration": administration, "number": books, "valid_from": LONG_AGO} | values
    return FinancialRole.objects.create(kind=kind, **role)


def taken_out(user, kind="debtors"):
    found = kinds.kind(kind)
    rows = found.narrow(user, kinds.source("relations").subjects(user, "", on=DAY), on=DAY)
    columns = found.offered_columns(user)
    return [
        dict(zip([c.name for c in columns], row, strict=True))
        for row in found.rows(user, rows, on=DAY, columns=columns)
    ]


def test_debtor_comes_out_with_its_billing_address_account_and_numbers():
    here = AdministrationFactory(name="Oost")
    role = debtor(here)

    [row] = taken_out(user_in(here))

    assert {name: value for name, value in row.items() if value not in ("", None)} == {
        "books_number": 10_471,
        "number": role.relation.number,
        "public_id": str(role.relation.public_id),
        "administration": "Oost",
        "kind": "organisation",
        "name": "Bakkerij Jansen B.V.",
        "search_name": "BAKKERIJ JANSEN B V",
        "attention": "T.a.v. P. Jansen",
        "address_line": "Marktplein 20",
        "street": "Marktplein",
        "house_number": 20,
        "postcode": "7551 EC",
        "city": "Hengelo",
        "country": "NL",
        "email": "a@bakkerij.example",
        "phone": "+31301234567",
        "language": "nl",
        "kvk": "12345678",
        "iban": "NL91ABNA0417164300",
        "bic": "ABNANL2A",
        "holder": "Bakkerij Jansen B.V.",
        "payment_term_days": 30,
        "reminders": True,
    }


def test_roles_of_that_kind_on_that_day_and_of_ones_own_books_only():
    here, there = AdministrationFactory(), AdministrationFactory()
    debtor(here, 1)
    debtor(here, 2, kind="creditor")
    debtor(here, 3, valid_until=DAY)
    debtor(there, 4)
    user = user_in(here)
    user.grants.create(role=user_in(there, rights=[Right.EXPORT]).grants.get().role, administration=there)

    found = {kind: [row["books_number"] for row in taken_out(user, kind)] for kind in ("debtors", "creditors")}

    assert found == {"debtors": [1], "creditors": [2]}


def test_debtors_are_read_in_five_queries_at_one_and_at_three():
    here = AdministrationFactory()
    user = user_in(here)
    counted = []
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            debtor(here, number)
        with CaptureQueriesContext(connection) as queries:
            rows = taken_out(user)
        counted.append((len(queries), len(rows)))
        del user._rights

    assert counted == [(5, 1), (5, 3)]


def test_ready_file_for_a_package_holds_the_debtors_of_one_administration(client):
    here, there = AdministrationFactory(name="Oost"), AdministrationFactory(name="West")
    debtor(here, 10_471)
    debtor(there, 20_000)
    user = user_in(here, there)
    client.force_login(user)
    address = f"{reverse('export:choose', args=['relations'])}?of=&what=debtors&in={here.pk}"

    answer = client.post(address, {"layout": "exact"})

    head, row = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")), delimiter=";")
    found = dict(zip(head, row, strict=True))
    assert {name: found[name] for name in ("Code", "Name", "Status", "AddressLine1", "Postcode", "BankAccount")} == {
        "Code": "10471",
        "Name": "Bakkerij Jansen B.V.",
        "Status": "C",
        "AddressLine1": "Marktplein 20",
        "Postcode": "7551 EC",
        "BankAccount": "NL91ABNA0417164300",
    }
    log = ExportLog.objects.get()
    assert (log.kind, log.layout, log.count, log.name[:14]) == ("debtors", "exact", 1, "debtors-exact-")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_debtors_go_out_in_free_choice_too(client, form):
    here = AdministrationFactory()
    debtor(here)
    client.force_login(user_in(here))

    address = f"{reverse('export:choose', args=['relations'])}?of=&what=debtors"
    answer = client.post(address, {"layout": "free", "form": form, "columns": ["books_number", "iban"]})

    assert answer.status_code == 200
    assert ExportLog.objects.get().columns == ["books_number", "iban"]
