"""A first fill leaves part of a minute's calls to people, whose changes go first; and the worker is back in time."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from crm.core import bulk
from crm.relations.models import Organisation
from crm.relations.services import make_financial_roles, set_financial_role
from integrations.hub import tasks
from integrations.hub.errors import TemporaryError
from integrations.hub.models import Connection, ConnectionStatus, Delivery
from integrations.hub.services import deliver_due, next_due, tell_all, wake_at
from integrations.hub.services.claims import claim_waiting
from integrations.hub.services.opening import CallBudget, endpoint_of
from integrations.hub.services.sweeping import connections_with_work
from tests.factories.relations import OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


def fill(coupling, count):
    made = bulk.create(
        [Organisation(administration=coupling.administration, legal_name=f"Zaal {number}") for number in range(count)]
    )
    make_financial_roles(
        [row.pk for row in made], administration=coupling.administration, kind="debtor", valid_from=DAY
    )


def debtor(coupling, **values):
    relation = OrganisationFactory(administration=coupling.administration, **values)
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    return relation


def calls_a_minute(coupling, count):
    row = Connection.objects.get(pk=coupling.connection.pk)
    row.settings = row.settings | {"calls_per_minute": count}
    row.save()


def test_change_of_a_person_is_claimed_before_bulk_work(coupling):
    fill(coupling, 26)
    relation = debtor(coupling)

    rows = claim_waiting(coupling.connection.pk, "een", limit=3)

    assert [(row.subject == relation.pk, row.in_bulk) for row in rows] == [(True, False), (False, True), (False, True)]


def test_telling_all_again_is_bulk_work_however_few(coupling):
    debtor(coupling)

    tell_all(coupling.connection)
    first = set(Delivery.objects.values_list("in_bulk", flat=True))
    Delivery.objects.all().delete()
    tell_all(coupling.connection)

    assert (first, set(Delivery.objects.values_list("in_bulk", flat=True))) == ({False}, {True})


def test_person_who_changes_what_waits_in_bulk_goes_first(coupling):
    fill(coupling, 26)
    relation = Organisation.objects.get(legal_name="Zaal 20")
    relation.email = "zaal@zaal.example"
    relation.save()

    (row,) = claim_waiting(coupling.connection.pk, "een", people_only=True)

    assert row.subject == relation.pk


def test_first_fill_leaves_calls_to_people(coupling):
    fill(coupling, 30)
    calls_a_minute(coupling, 20)

    deliver_due(coupling.connection, on=DAY)
    filled = len(coupling.accounts())
    relation = debtor(coupling, legal_name="Haast B.V.")
    deliver_due(coupling.connection, on=DAY)

    status = ConnectionStatus.objects.get(connection=coupling.connection)
    assert (status.rest_until, filled < 10) == (None, True)
    assert len(coupling.accounts()) == filled + 1
    assert [name for _number, name in coupling.accounts() if name == "Haast B.V."] == [relation.legal_name]
    assert set(Delivery.objects.filter(waiting=True).values_list("in_bulk", "tries")) == {(True, 0)}


def test_worker_comes_back_when_the_minute_is_over(coupling):
    fill(coupling, 30)
    calls_a_minute(coupling, 20)
    deliver_due(coupling.connection, on=DAY)
    status = ConnectionStatus.objects.get(connection=coupling.connection)
    now = timezone.now()

    due = next_due(coupling.connection, now=now)

    assert abs(due - (status.minute_began + timedelta(minutes=1))) < timedelta(seconds=1)


def test_worker_comes_back_for_the_first_retries(coupling):
    debtor(coupling)
    coupling.spoil("error500")

    tally = deliver_due(coupling.connection, on=DAY)
    now = timezone.now()

    assert (tally.postponed, timedelta(0) < next_due(coupling.connection, now=now) - now < timedelta(seconds=7)) == (
        1,
        True,
    )


def test_nothing_is_due_of_a_connection_at_a_stand(coupling):
    debtor(coupling)
    ConnectionStatus.objects.update(trouble_code="log_in_again")

    assert next_due(coupling.connection, now=timezone.now()) is None


def test_timer_asks_for_the_worker_once(coupling):
    OrmQ.objects.all().delete()
    ConnectionStatus.objects.update(wake_asked_at=None)
    soon = timezone.now() + timedelta(seconds=0.2)

    timer = wake_at(coupling.connection.pk, soon)
    second = wake_at(coupling.connection.pk, soon + timedelta(seconds=1))
    timer.join()

    assert (second, OrmQ.objects.count()) == (None, 1)


def test_timer_is_not_set_for_what_the_sweep_finds(coupling):
    assert wake_at(coupling.connection.pk, timezone.now() + timedelta(minutes=2)) is None


def test_task_without_more_to_do_sets_no_timer(coupling):
    tasks.deliver(coupling.connection.pk)

    assert next_due(coupling.connection, now=timezone.now()) is None


def test_test_of_a_paused_connection_survives_a_lost_queue(coupling):
    row = Connection.objects.get(pk=coupling.connection.pk)
    row.state = Connection.State.PAUSED
    row.save()
    ConnectionStatus.objects.update(test_asked_at=timezone.now())

    due = connections_with_work(timezone.now())
    deliver_due(coupling.connection, on=DAY)

    status = ConnectionStatus.objects.get(connection=coupling.connection)
    assert (due, status.test_asked_at, status.test_result["ok"]) == ([coupling.connection.pk], None, True)


def test_errors_of_an_endpoint_count_over_workers(coupling):
    status = ConnectionStatus.objects.get(connection=coupling.connection)
    url = "https://vendor.example/api/v1/1/crm/Accounts(guid'1')?$select=ID"
    for _ in range(9):
        budget = CallBudget(status, errors_per_hour=9)
        budget.before_call("GET", url)
        budget.after_call("GET", url, 404)
        budget.after_call("GET", url, 500)
        budget.write_to(status)
    status.save()
    status.refresh_from_db()

    other = CallBudget(status, errors_per_hour=9)
    other.before_call("GET", "https://vendor.example/api/v1/1/crm/BankAccounts")
    with pytest.raises(TemporaryError) as refused:
        other.before_call("GET", url)

    assert (refused.value.code, 3590 < refused.value.retry_after_seconds <= 3600) == ("error_budget", True)


def test_endpoint_is_the_path_without_keys():
    assert endpoint_of("https://x.example/api/v1/123/crm/Accounts(guid'1')?$top=1") == "api/v1/#/crm/Accounts"
