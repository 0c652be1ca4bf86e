"""A crash after any statement boundary costs nothing and doubles nothing (design/reliability.md C)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.core.crash_points import Crash, armed
from crm.relations.models import Organisation
from crm.relations.services import set_financial_role, set_iban
from integrations.hub.models import Delivery, ExternalLink
from integrations.hub.services import deliver_due
from tests.factories.relations import OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)

IN_THE_SAVE = ["hub.enqueued"]
IN_THE_WORKER = [
    "hub.claimed",
    "hub.claim_committed",
    "hub.packed",
    "hub.answered",
    "hub.links_stored",
    "hub.stored",
    "hub.store_committed",
]


def debtor(coupling, name):
    relation = OrganisationFactory(administration=coupling.administration, legal_name=name)
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    set_iban(relation, iban="NL91ABNA0417164300")
    return relation


def leases_run_out():
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(in_flight=True).update(lease_until=past)


@pytest.mark.parametrize("point", IN_THE_WORKER)
def test_crash_of_the_worker_loses_and_doubles_nothing(coupling, point):
    for number in range(3):
        debtor(coupling, f"Zaal {number} B.V.")

    with armed(point), pytest.raises(Crash):
        deliver_due(coupling.connection, on=DAY)
    leases_run_out()
    deliver_due(coupling.connection, on=DAY)

    records = coupling.records()
    assert [name for _number, name in coupling.accounts()] == ["Zaal 0 B.V.", "Zaal 1 B.V.", "Zaal 2 B.V."]
    assert (len(records["bank_accounts"]), records["doubles"]) == (
        3,
        {"codes": [], "search_codes": [], "bank_accounts": []},
    )
    assert ExternalLink.objects.count() == 3
    assert not Delivery.objects.filter(waiting=True).exists()
    assert not Delivery.objects.filter(in_flight=True).exists()


@pytest.mark.parametrize("point", IN_THE_SAVE)
def test_crash_in_the_receiver_takes_the_change_along(coupling, point):
    relation = debtor(coupling, "Zaal B.V.")
    deliver_due(coupling.connection, on=DAY)
    before = (relation.history.count(), Delivery.objects.count())
    relation.trade_name = "De Zaal"

    with armed(point), pytest.raises(Crash):
        relation.save()

    assert Organisation.objects.get(pk=relation.pk).trade_name == ""
    assert (relation.history.count(), Delivery.objects.count()) == before


def test_crash_before_the_worker_is_woken_loses_nothing(coupling):
    relation = debtor(coupling, "Zaal B.V.")
    deliver_due(coupling.connection, on=DAY)
    relation.trade_name = "De Zaal"
    with armed("hub.waking"), pytest.raises(Crash):
        relation.save()

    deliver_due(coupling.connection, on=DAY)

    assert [name for _number, name in coupling.accounts()] == ["De Zaal"]
