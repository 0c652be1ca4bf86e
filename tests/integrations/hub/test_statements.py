"""How many statements a delivery and a save cost, whatever the number of rows: design/performance.md 12."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from crm.core import bulk
from crm.core.change_set import change_set
from crm.relations.models import Address, BankAccount, Organisation
from crm.relations.services import make_financial_roles, set_financial_role
from integrations.hub.models import Connection, Delivery, Feed
from integrations.hub.services import deliver_due
from tests.factories.relations import AddressFactory, OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)

IN_TRANSACTION = ("BEGIN", "COMMIT")


def statements(captured):
    """What was said to the database, without the marks of transactions."""
    return [query["sql"] for query in captured if not query["sql"].startswith(IN_TRANSACTION)]


def about(said, *words):
    return sum(any(word in sql for word in words) for sql in said)


@pytest.mark.parametrize("count", [1, 25])
def test_group_takes_the_same_statements_at_any_size(coupling, count):
    made = bulk.create(
        [Organisation(administration=coupling.administration, legal_name=f"Zaal {number}") for number in range(count)]
    )
    make_financial_roles(
        [row.pk for row in made], administration=coupling.administration, kind="debtor", valid_from=DAY
    )

    Feed.objects.all().delete()

    with CaptureQueriesContext(database) as captured:
        tally = deliver_due(coupling.connection, on=DAY)

    said = statements(captured)
    kept = {
        "claim": about(said, "SET waiting = FALSE"),
        "content": about(said, "SET payload ="),
        "links known": about(said, 'FROM "hub_externallink"'),
        "build": about(said, '"relations_'),
        "outcomes": about(said, "SET state ="),
        "links": about(said, "INSERT INTO hub_externallink"),
        "report": about(said, "INSERT INTO hub_runentry", 'SET "delivered"'),
        "status": about(said, 'SET "rest_until"'),
    }
    assert tally.delivered == count
    assert kept == {
        # of people and of bulk work, twice; 25 at once: 1 that fills the group, 2, and 1 while the bulk has to wait
        "claim": 4,
        "content": 1,
        "links known": 1,
        "build": 5,
        "outcomes": 1,
        "links": 1,
        "report": 2,
        "status": 1,
    }


def save_with(change):
    with CaptureQueriesContext(database) as captured, change_set():
        change()
    return len(statements(captured))


def paused(coupling):
    row = Connection.objects.get(pk=coupling.connection.pk)
    row.state = Connection.State.PAUSED
    row.save()


def test_save_and_its_outbox_row_are_few_statements(coupling):
    relation = OrganisationFactory(administration=coupling.administration)
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    address = AddressFactory(relation=relation)
    account = BankAccount.objects.create(relation=relation, iban="NL91ABNA0417164300", main=True)
    paused(coupling)
    Delivery.objects.all().delete()
    relation = Organisation.objects.get(pk=relation.pk)
    address, account = Address.objects.get(pk=address.pk), BankAccount.objects.get(pk=account.pk)
    relation.block_reason, address.house_number, account.holder = "verhuisd", 15, "Zaal B.V."

    cost = [save_with(row.save) for row in (relation, account, address)]

    # row, change set, history, outbox; an address is searched, which adds what its words take
    assert cost == [4, 4, 9]
    assert Delivery.objects.filter(waiting=True).count() == 1
