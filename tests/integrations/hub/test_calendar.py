"""What begins or ends on a day is told on that day, without anybody saving."""

from datetime import timedelta

import pytest

from crm.relations.models import Address
from crm.relations.services import change_address, set_financial_role
from integrations.hub.models import CalendarMark, Delivery
from integrations.hub.services import catch_up, deliver_due
from tests.factories.relations import AddressFactory, OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


def day(number):
    return DAY + timedelta(days=number)


def cities(coupling):
    return [row["City"] for row in coupling.records()["accounts"]]


@pytest.fixture
def moving(coupling):
    """A debtor in Hengelo who moves to Zwolle in two days."""
    relation = OrganisationFactory(administration=coupling.administration)
    AddressFactory(relation=relation, city="Hengelo")
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    catch_up(on=DAY)
    change_address(
        relation,
        version=relation.version,
        kind=Address.Kind.VISITING,
        street="Grote Markt",
        house_number=1,
        postcode="8011LW",
        city="Zwolle",
        valid_from=day(2),
    )
    return relation


def test_move_of_the_day_after_tomorrow_reaches_the_vendor_that_day(coupling, moving):
    seen = []
    for number in range(3):
        catch_up(on=day(number))
        deliver_due(coupling.connection, on=day(number))
        seen.append(cities(coupling))

    assert seen == [["Hengelo"], ["Hengelo"], ["Zwolle"]]


def test_worker_that_slept_three_days_tells_what_began_meanwhile(coupling, moving):
    deliver_due(coupling.connection, on=DAY)

    noted = catch_up(on=day(4))
    deliver_due(coupling.connection, on=day(4))

    assert (noted, cities(coupling)) == ({"party": 1}, ["Zwolle"])


def test_day_is_gone_through_once(coupling, moving):
    catch_up(on=day(2))

    assert catch_up(on=day(2)) == {"party": 0}
    assert CalendarMark.objects.get().day == day(2)


def test_role_that_begins_tomorrow_is_told_tomorrow(coupling):
    relation = OrganisationFactory(administration=coupling.administration, legal_name="Zaal B.V.")
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=day(1))
    catch_up(on=DAY)
    deliver_due(coupling.connection, on=DAY)
    assert coupling.accounts() == []

    catch_up(on=day(1))
    deliver_due(coupling.connection, on=day(1))

    assert [name for _number, name in coupling.accounts()] == ["Zaal B.V."]
    assert [row.state for row in Delivery.objects.order_by("pk")] == ["same", "delivered"]
