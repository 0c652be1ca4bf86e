"""From a change to the vendor's records: the outbox row, its delivery, and what is left out."""

from datetime import timedelta

import pytest

from crm.relations.services import set_financial_role, set_iban
from integrations.hub.models import Delivery, ExternalLink, Run, RunEntry
from integrations.hub.services import deliver_due
from tests.factories.relations import OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


def debtor(coupling, **values):
    relation = OrganisationFactory(administration=coupling.administration, **values)
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    return relation


def test_debtor_reaches_the_bookkeeping(coupling):
    relation = debtor(coupling, legal_name="Brink Licht & Geluid B.V.")
    set_iban(relation, iban="NL91ABNA0417164300")

    tally = deliver_due(coupling.connection, on=DAY)

    link = ExternalLink.objects.get()
    assert (tally.delivered, tally.refused, tally.postponed) == (1, 0, 0)
    assert coupling.accounts() == [(link.vendor_number, "Brink Licht & Geluid B.V.")]
    assert [row["BankAccount"] for row in coupling.simulator.store.rows("crm/BankAccounts")] == ["NL91ABNA0417164300"]
    assert list(Delivery.objects.values_list("state", "waiting", "in_flight", "payload")) == [
        ("delivered", False, False, "")
    ]
    assert (Run.objects.get(kind="continuous").delivered, RunEntry.objects.get().outcome) == (1, "created")


def test_ten_edits_are_one_row(coupling):
    relation = debtor(coupling)
    for number in range(10):
        relation.email = f"kantoor{number}@brink.example"
        relation.save()

    assert list(Delivery.objects.values_list("waiting", "subject")) == [(True, relation.pk)]


def test_relation_that_is_no_debtor_is_not_told(coupling):
    OrganisationFactory(administration=coupling.administration)

    assert list(Delivery.objects.all()) == []


def test_what_is_equal_is_not_sent(coupling):
    relation = debtor(coupling)
    deliver_due(coupling.connection, on=DAY)
    calls = sum(coupling.simulator.calls.values())
    relation.notes = "belt graag op dinsdag"
    relation.save()

    tally = deliver_due(coupling.connection, on=DAY)

    assert (tally.same, tally.delivered) == (1, 0)
    assert sum(coupling.simulator.calls.values()) == calls


def test_role_of_tomorrow_goes_tomorrow(coupling):
    relation = OrganisationFactory(administration=coupling.administration)
    set_financial_role(
        relation, administration=coupling.administration, kind="debtor", valid_from=DAY + timedelta(days=1)
    )

    deliver_due(coupling.connection, on=DAY)

    assert coupling.accounts() == []
