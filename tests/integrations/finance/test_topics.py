"""From relations and their roles to what a bookkeeping needs to know; and what it tells us back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm.relations.models import Address, BankAccount
from crm.relations.models import OpenAmount as StoredAmount
from crm.relations.services import make_financial_roles, set_financial_role, set_iban
from integrations.finance.payloads import FinancialParty, PostalAddress
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.finance.topics import parties
from integrations.hub.models import Connection, Feed, Run
from integrations.hub.registry import topic_named
from integrations.hub.services import deliver_due
from tests.factories.relations import AddressFactory, AdministrationFactory, BankAccountFactory, OrganisationFactory
from tests.integrations.hub.conftest import connect_to

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 25)


@pytest.fixture
def connection():
    return Connection.objects.create(
        administration=AdministrationFactory(), channel="finance", connector="exact_online", title="Exact Online"
    )


def party_of(relation, connection, *, on=DAY):
    return parties([relation.pk], connection=connection, on=on).get(relation.pk)


def test_party_is_what_the_bookkeeping_needs_to_know(connection):
    relation = OrganisationFactory(
        administration=connection.administration, legal_name="Brink Licht & Geluid B.V.", email="kas@brink.example"
    )
    AddressFactory(relation=relation)
    AddressFactory(relation=relation, kind=Address.Kind.POSTAL, street="Postbus", house_number=12)
    set_iban(relation, iban="NL91ABNA0417164300", holder="Brink B.V.")
    relation.identifiers.create(kind="kvk", value="06000701")
    role = set_financial_role(
        relation,
        administration=connection.administration,
        kind="debtor",
        valid_from=DAY - timedelta(days=1),
        payment_term_days=14,
    )

    assert party_of(relation, connection) == FinancialParty(
        reference=f"CRM-{relation.number}",
        name="Brink Licht & Geluid B.V.",
        number=str(role.number.number),
        is_debtor=True,
        debtor_since=DAY - timedelta(days=1),
        debtor_payment_term_days=14,
        visiting=PostalAddress(("Brinkhof 14",), "7551 EC", "Hengelo", "NL"),
        billing=PostalAddress(("Postbus 12",), "7551 EC", "Hengelo", "NL"),
        email="kas@brink.example",
        language="nl",
        kvk="06000701",
        iban="NL91ABNA0417164300",
        iban_holder="Brink B.V.",
    )


def test_bank_account_and_address_chosen_at_the_role_come_first(connection):
    relation = OrganisationFactory(administration=connection.administration)
    BankAccountFactory(relation=relation)
    chosen = BankAccount.objects.create(relation=relation, iban="NL20INGB0001234567")
    billing = AddressFactory(relation=relation, kind=Address.Kind.BILLING, city="Zwolle")
    set_financial_role(
        relation,
        administration=connection.administration,
        kind="creditor",
        valid_from=DAY,
        bank_account=chosen,
        billing_address=billing,
    )

    party = party_of(relation, connection)

    assert (party.iban, party.billing.city, party.is_creditor, party.is_debtor) == (
        "NL20INGB0001234567",
        "Zwolle",
        True,
        False,
    )


@pytest.mark.parametrize(("on", "there"), [(DAY - timedelta(days=1), False), (DAY, True), (DAY + timedelta(9), False)])
def test_party_is_there_from_the_first_day_up_to_the_last(connection, on, there):
    relation = OrganisationFactory(administration=connection.administration)
    role = set_financial_role(relation, administration=connection.administration, kind="debtor", valid_from=DAY)
    role.valid_until = DAY + timedelta(days=9)
    role.save()

    assert (party_of(relation, connection, on=on) is not None) == there


def test_one_role_that_ended_is_told_as_ended(connection):
    relation = OrganisationFactory(administration=connection.administration)
    make_financial_roles([relation.pk], administration=connection.administration, kind="creditor", valid_from=DAY)
    debtor = set_financial_role(
        relation, administration=connection.administration, kind="debtor", valid_from=DAY - timedelta(days=9)
    )
    debtor.valid_until = DAY
    debtor.save()

    party = party_of(relation, connection)

    assert (party.is_debtor, party.debtor_ended, party.is_creditor, party.creditor_ended) == (False, True, True, False)


def test_debtor_of_another_administration_is_no_party(connection):
    relation = OrganisationFactory(administration=connection.administration)
    set_financial_role(relation, administration=AdministrationFactory(), kind="debtor", valid_from=DAY)

    assert parties([relation.pk], connection=connection, on=DAY) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_parties_cost_five_queries_however_many(connection, count, django_assert_num_queries):
    rows = [OrganisationFactory(administration=connection.administration) for _ in range(count)]
    ids = [row.pk for row in rows]
    make_financial_roles(ids, administration=connection.administration, kind="debtor", valid_from=DAY)

    with django_assert_num_queries(5):
        found = parties(ids, connection=connection, on=DAY)

    assert sorted(found) == ids


def test_topic_watches_every_model_its_payload_is_made_of():
    assert {model.__name__ for model in topic_named("party").watches} == {
        "Relation",
        "Address",
        "BankAccount",
        "Identifier",
        "FinancialRole",
        "FinancialNumber",
    }


@pytest.mark.django_db(transaction=True)
def test_open_amounts_come_back_per_debtor_and_what_is_paid_goes_to_zero(settings):
    with ExactOnlineSimulator(limits=False, token_rules=False) as simulator:
        settings.CONNECTION_INSIDE_HOSTS = [simulator.url.removeprefix("http://")]
        administration = AdministrationFactory()
        coupling = connect_to(simulator, administration)
        rows = [OrganisationFactory(administration=administration) for _ in range(2)]
        ids = [row.pk for row in rows]
        make_financial_roles(ids, administration=administration, kind="debtor", valid_from=DAY)
        make_financial_roles(ids, administration=administration, kind="creditor", valid_from=DAY)
        deliver_due(coupling, on=DAY)
        account = next(
            row for row in simulator.store.rows("crm/Accounts") if row["SearchCode"] == f"CRM-{rows[0].number}"
        )
        simulator.store.put_receivable(
            {"Account": account["ID"], "AmountDC": "101.25", "DueDate": "/Date(1795000000000)/"}
        )
        Feed.objects.update(next_at="2026-01-01T00:00:00Z")
        deliver_due(coupling, on=DAY)

    amounts = StoredAmount.objects.order_by("role__relation_id", "role__kind")
    assert [(amount.role.relation_id, amount.role.kind, amount.amount) for amount in amounts] == [
        (ids[0], "debtor", Decimal("101.25")),
        (ids[1], "debtor", Decimal(0)),
    ]
    assert [(run.delivered, run.refused) for run in Run.objects.filter(kind="pull").order_by("pk")] == [(0, 0), (1, 0)]
