"""Claims, leases and coalescing: one row waits, one is in flight, and nobody works on the same one twice."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from django_q.models import OrmQ

from crm.core import bulk
from crm.relations.models import Address, FinancialRole, Organisation
from crm.relations.services import make_financial_roles, set_financial_role
from integrations.hub.credentials import CredentialStore, give_lease_back, take_lease
from integrations.hub.models import ConnectionStatus, Delivery, ExternalLink
from integrations.hub.registry import topic_named
from integrations.hub.services import deliver_due, enqueue, set_participation
from integrations.hub.services.claims import claim_unsettled, claim_waiting, give_back, take_lane
from tests.factories.relations import AddressFactory, AdministrationFactory, OrganisationFactory
from tests.integrations.hub.conftest import DAY, connect_to

pytestmark = pytest.mark.django_db(transaction=True)


def debtors(coupling, count):
    rows = [OrganisationFactory(administration=coupling.administration) for _ in range(count)]
    make_financial_roles(
        [row.pk for row in rows], administration=coupling.administration, kind="debtor", valid_from=DAY
    )
    return rows


def at_the_same_time(*functions):
    """Run each in a thread of its own with its own connection; raises what one of them raised."""
    errors = []

    def run(function):
        try:
            function()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_group_is_claimed_once(coupling):
    debtors(coupling, 30)
    claimed = []

    at_the_same_time(
        lambda: claimed.append(claim_waiting(coupling.connection.pk, "een", limit=20)),
        lambda: claimed.append(claim_waiting(coupling.connection.pk, "twee", limit=20)),
    )

    ids = [row.pk for rows in claimed for row in rows]
    assert (len(ids), len(set(ids))) == (30, 30)


def test_change_while_in_flight_makes_a_second_row_that_is_not_claimed(coupling):
    (relation,) = debtors(coupling, 1)
    (first,) = claim_waiting(coupling.connection.pk, "een")
    relation.trade_name = "Anders"
    relation.save()

    assert claim_waiting(coupling.connection.pk, "twee") == []
    assert list(Delivery.objects.order_by("pk").values_list("revision", "waiting", "in_flight")) == [
        (first.revision, False, True),
        (first.revision + 1, True, False),
    ]


def test_row_given_back_is_overtaken_by_a_newer_change(coupling):
    (relation,) = debtors(coupling, 1)
    rows = claim_waiting(coupling.connection.pk, "een")
    relation.trade_name = "Anders"
    relation.save()

    give_back(rows, "een")

    assert list(Delivery.objects.order_by("pk").values_list("state", "waiting", "in_flight")) == [
        ("superseded", False, False),
        ("waiting", True, False),
    ]


def test_row_given_back_counts_no_try(coupling):
    debtors(coupling, 1)

    give_back(claim_waiting(coupling.connection.pk, "een"), "een")

    assert list(Delivery.objects.values_list("state", "waiting", "in_flight", "tries")) == [
        ("waiting", True, False, 0)
    ]


def test_lease_that_ran_out_is_taken_up_and_looked_up_first(coupling):
    debtors(coupling, 1)
    claim_waiting(coupling.connection.pk, "een", lease=timedelta(seconds=-1))

    (row,) = claim_unsettled(coupling.connection.pk, "twee")

    assert (row.claimed_by, row.find_first, row.tries, row.state) == ("twee", True, 2, "sending")


def test_lane_is_for_one_worker(coupling):
    taken = []

    at_the_same_time(
        lambda: taken.append(take_lane(coupling.connection.pk, "een")),
        lambda: taken.append(take_lane(coupling.connection.pk, "twee")),
    )

    assert sorted(taken) == [False, True]


def test_token_lease_is_for_one_holder(coupling):
    taken = []

    at_the_same_time(
        lambda: taken.append(take_lease(coupling.connection.pk, "tokens", "een", 60)),
        lambda: taken.append(take_lease(coupling.connection.pk, "tokens", "twee", 60)),
    )
    give_lease_back(coupling.connection.pk, "tokens", "een")
    give_lease_back(coupling.connection.pk, "tokens", "twee")

    assert sorted(taken) == [False, True]
    with CredentialStore(coupling.connection.pk).lease("tokens", 1):
        assert not take_lease(coupling.connection.pk, "tokens", "drie", 60)


def test_change_and_claim_at_the_same_time_lose_no_change(coupling):
    """Without a conflict target that names the condition, the change made in between would be lost."""
    (relation,) = debtors(coupling, 1)

    def edit():
        for number in range(10):
            row = Organisation.objects.get(pk=relation.pk)
            row.trade_name = f"Naam {number}"
            row.save()

    def deliver():
        for _ in range(5):
            deliver_due(coupling.connection, on=DAY, budget_seconds=5)

    at_the_same_time(edit, deliver)
    deliver_due(coupling.connection, on=DAY)

    assert [name for _number, name in coupling.accounts()] == ["Naam 9"]
    assert coupling.records()["doubles"]["codes"] == []


def test_two_transactions_over_the_same_records_do_not_lock_each_other(coupling):
    rows = debtors(coupling, 20)
    topic = topic_named("party")

    def note():
        for _ in range(10):
            with transaction.atomic():
                enqueue(topic, sorted(row.pk for row in rows))

    at_the_same_time(note, note)

    assert Delivery.objects.filter(waiting=True).count() == 20


def test_database_refuses_a_second_waiting_row(coupling):
    debtors(coupling, 1)
    row = Delivery.objects.get()
    row.pk, row.revision = None, row.revision + 1

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_bulk_write_is_noted_with_one_statement(coupling, django_assert_num_queries):
    rows = debtors(coupling, 3)
    deliver_due(coupling.connection, on=DAY)
    Delivery.objects.all().delete()
    topic = topic_named("party")

    with transaction.atomic(), django_assert_num_queries(1):
        enqueue(topic, [row.pk for row in rows])
        transaction.get_connection().run_on_commit.clear()
    Delivery.objects.all().delete()
    bulk.set_values(Organisation.objects.filter(pk__in=[row.pk for row in rows]), website="https://zaal.example")

    assert sorted(Delivery.objects.values_list("subject", flat=True)) == [row.pk for row in rows]


def test_bulk_move_of_a_row_tells_the_old_and_the_new_record(coupling):
    old, new = debtors(coupling, 2)
    address = AddressFactory(relation=old)
    Delivery.objects.all().delete()

    bulk.update(Address, {address.pk: {"relation_id": new.pk}})

    assert sorted(Delivery.objects.values_list("subject", flat=True)) == [old.pk, new.pk]


def test_deleted_row_tells_its_record(coupling):
    (relation,) = debtors(coupling, 1)
    address = AddressFactory(relation=relation)
    Delivery.objects.all().delete()

    address.delete()

    assert list(Delivery.objects.values_list("subject", flat=True)) == [relation.pk]


def test_former_debtor_is_still_told(coupling):
    relation = OrganisationFactory(administration=coupling.administration)
    role = set_financial_role(
        relation, administration=coupling.administration, kind="debtor", valid_from=DAY - timedelta(days=9)
    )
    deliver_due(coupling.connection, on=DAY)
    FinancialRole.objects.get(pk=role.pk).delete()

    deliver_due(coupling.connection, on=DAY)

    assert [row.state for row in Delivery.objects.order_by("pk")] == ["delivered", "withdrawn"]


def test_other_administration_hears_nothing(coupling, simulator):
    other = connect_to(simulator, AdministrationFactory(), title="Ander")

    debtors(coupling, 1)

    assert set(Delivery.objects.values_list("connection_id", flat=True)) == {coupling.connection.pk} != {other.pk}


def test_record_that_does_not_take_part_is_not_told(coupling):
    (relation,) = debtors(coupling, 1)
    deliver_due(coupling.connection, on=DAY)
    set_participation(coupling.connection, topic="party", subject=relation.pk, takes_part=False)
    withdrawn = deliver_due(coupling.connection, on=DAY)
    relation.trade_name = "Anders"
    relation.save()
    assert withdrawn.delivered == 1
    assert ExternalLink.objects.exclude(withdrawn_at=None).count() == 1
    assert not Delivery.objects.filter(waiting=True).exists()

    set_participation(coupling.connection, topic="party", subject=relation.pk, takes_part=True)
    deliver_due(coupling.connection, on=DAY)

    assert [name for _number, name in coupling.accounts()] == ["Anders"]


def test_worker_is_asked_once(coupling):
    ConnectionStatus.objects.update(wake_asked_at=None)
    before = timezone.now()

    debtors(coupling, 3)

    asked = ConnectionStatus.objects.get(connection=coupling.connection).wake_asked_at
    assert asked >= before
    assert OrmQ.objects.count() <= 2
