"""A vendor that hangs has a lane of its own: it does not hold up another one."""

import threading
import time

import pytest
from django.db import connections

from crm.relations.services import make_financial_roles
from integrations.finance.simulators.exact_online import ExactOnlineSimulator
from integrations.hub.services import deliver_due
from tests.factories.relations import AdministrationFactory, OrganisationFactory
from tests.integrations.hub.conftest import DAY, connect_to

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def debtor(administration, name):
    row = OrganisationFactory(administration=administration, legal_name=name)
    make_financial_roles([row.pk], administration=administration, kind="debtor", valid_from=DAY)


def test_hanging_vendor_does_not_slow_another(coupling, settings):
    with ExactOnlineSimulator(limits=False, token_rules=False) as hanging:
        settings.CONNECTION_INSIDE_HOSTS = [*settings.CONNECTION_INSIDE_HOSTS, hanging.url.removeprefix("http://")]
        other = AdministrationFactory()
        hangs = connect_to(hanging, other, title="Hangt")
        debtor(other, "Wacht B.V.")
        hanging.scenarios.add({"kind": "slow", "count": None, "seconds": 8})
        debtor(coupling.administration, "Vlot B.V.")

        def hang():
            try:
                deliver_due(hangs, on=DAY, budget_seconds=1)
            finally:
                connections.close_all()

        lane = threading.Thread(target=hang)
        lane.start()
        time.sleep(0.5)
        began = time.monotonic()
        deliver_due(coupling.connection, on=DAY)
        seconds = time.monotonic() - began
        still_hanging = lane.is_alive()
        lane.join()

    assert [name for _number, name in coupling.accounts()] == ["Vlot B.V."]
    assert still_hanging
    assert seconds < 8
