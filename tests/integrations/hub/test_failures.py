"""What goes wrong at the vendor, and what the hub makes of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.relations.services import set_financial_role
from integrations.hub import services
from integrations.hub.models import ConnectionStatus, Delivery, RunEntry
from integrations.hub.services import deliver_due
from tests.factories.relations import OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


def debtor(coupling, **values):
    relation = OrganisationFactory(administration=coupling.administration, **values)
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    return relation


def everything_due():
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(waiting=True).update(not_before=past)
    Delivery.objects.filter(in_flight=True).update(lease_until=past)
    ConnectionStatus.objects.update(rest_until=None, breaker_until=None)


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", "failure", "code", "tries"))


def test_refused_data_stick_at_once_with_the_vendor_s_words(coupling):
    debtor(coupling)
    coupling.spoil("refuse_field", path="crm/Accounts", method="POST", field="Name", words="Ongeldig btw-nummer")

    tally = deliver_due(coupling.connection, on=DAY)

    assert tally.refused == 1
    row = Delivery.objects.get()
    assert (row.state, row.failure, row.code, row.waiting, row.in_flight) == (
        "stuck",
        "permanent",
        "refused",
        False,
        False,
    )
    assert "Ongeldig btw-nummer" in row.answer


def test_next_change_of_a_refused_record_offers_it_again(coupling):
    relation = debtor(coupling)
    coupling.spoil("refuse_field", path="crm/Accounts", method="POST", field="Name", words="Ongeldig btw-nummer")
    deliver_due(coupling.connection, on=DAY)

    relation.trade_name = "Verbeterd"
    relation.save()
    deliver_due(coupling.connection, on=DAY)

    assert [state for state, *_rest in states()] == ["superseded", "delivered"]
    assert [name for _number, name in coupling.accounts()] == ["Verbeterd"]


def test_button_offers_a_refused_record_again(coupling):
    debtor(coupling, legal_name="Zaal B.V.")
    coupling.spoil("refuse_field", path="crm/Accounts", method="POST", field="Name", words="Nee")
    deliver_due(coupling.connection, on=DAY)

    count = services.retry(Delivery.objects.filter(connection=coupling.connection))
    deliver_due(coupling.connection, on=DAY)

    assert count == 1
    assert [name for _number, name in coupling.accounts()] == ["Zaal B.V."]


def test_answer_lost_after_writing_is_looked_up_and_not_doubled(coupling):
    debtor(coupling, legal_name="Zaal B.V.")
    coupling.spoil("lost_after_write", path="crm/Accounts", method="POST")

    deliver_due(coupling.connection, on=DAY)
    assert [(row[0], row[1]) for row in states()] == [("unknown", "unknown")]
    everything_due()
    deliver_due(coupling.connection, on=DAY)

    assert [name for _number, name in coupling.accounts()] == ["Zaal B.V."]
    assert [row[0] for row in states()] == ["same"]


def test_newer_change_waits_until_an_unknown_outcome_is_known(coupling):
    relation = debtor(coupling, legal_name="Oud B.V.")
    coupling.spoil("lost_after_write", path="crm/Accounts", method="POST")
    deliver_due(coupling.connection, on=DAY)
    relation.legal_name = "Nieuw B.V."
    relation.save()

    deliver_due(coupling.connection, on=DAY)
    assert [row[0] for row in states()] == ["unknown", "waiting"]
    everything_due()
    deliver_due(coupling.connection, on=DAY)

    assert [row[0] for row in states()] == ["same", "delivered"]
    assert [name for _number, name in coupling.accounts()] == ["Nieuw B.V."]


def test_request_to_wait_rests_the_whole_lane(coupling):
    debtor(coupling)
    coupling.spoil("too_many", retry_after="52")

    before = timezone.now()
    tally = deliver_due(coupling.connection, on=DAY)

    status = ConnectionStatus.objects.get(connection=coupling.connection)
    row = Delivery.objects.get()
    assert (tally.postponed, row.state, row.failure, row.code) == (1, "waiting", "temporary", "too_many_calls")
    assert 50 <= (status.rest_until - before).total_seconds() <= 60
    assert (row.not_before - before).total_seconds() >= 50


def test_configuration_error_stops_the_lane_and_goes_on_after_correction(coupling):
    debtor(coupling, legal_name="Een B.V.")
    debtor(coupling, legal_name="Twee B.V.")
    coupling.spoil("forbidden", path="crm/Accounts")

    deliver_due(coupling.connection, on=DAY)
    status = ConnectionStatus.objects.get(connection=coupling.connection)
    assert (status.trouble_code, coupling.accounts()) == ("no_rights_there", [])

    services.clear_trouble(coupling.connection)
    deliver_due(coupling.connection, on=DAY)
    assert [name for _number, name in coupling.accounts()] == ["Een B.V.", "Twee B.V."]


def test_breaker_opens_after_five_failures_and_probes_with_one(coupling):
    for number in range(8):
        debtor(coupling, legal_name=f"Zaal {number} B.V.")
    coupling.spoil("error500", count=None)

    deliver_due(coupling.connection, on=DAY)

    status = ConnectionStatus.objects.get(connection=coupling.connection)
    tried = [row[3] for row in states()]
    assert (status.failures_in_a_row, status.probes, sum(tried)) == (5, 0, 5)
    everything_due()
    deliver_due(coupling.connection, on=DAY)
    status.refresh_from_db()
    assert (status.failures_in_a_row, status.probes) == (6, 1)


def test_data_refused_never_open_the_breaker(coupling):
    for number in range(6):
        debtor(coupling, legal_name=f"Zaal {number} B.V.")
    coupling.spoil("refuse_field", count=None, path="crm/Accounts", method="POST", field="Name", words="Nee")

    tally = deliver_due(coupling.connection, on=DAY)

    assert tally.refused == 6
    assert ConnectionStatus.objects.get(connection=coupling.connection).breaker_until is None


def test_after_72_hours_a_failing_row_sticks(coupling):
    debtor(coupling)
    Delivery.objects.update(first_tried_at=timezone.now() - timedelta(hours=71, minutes=59), tries=20)
    coupling.spoil("error500")

    deliver_due(coupling.connection, on=DAY)

    assert [row[:2] for row in states()] == [("stuck", "temporary")]


def test_half_done_work_is_not_taken_for_delivered(coupling):
    relation = debtor(coupling, legal_name="Eerst B.V.")
    deliver_due(coupling.connection, on=DAY)
    relation.legal_name = "Tussen B.V."
    relation.save()
    coupling.spoil("error500", path="crm/Accounts", method="PUT", after_write=True)
    deliver_due(coupling.connection, on=DAY)
    assert [name for _number, name in coupling.accounts()] == ["Tussen B.V."]

    relation.legal_name = "Eerst B.V."
    relation.save()
    everything_due()
    deliver_due(coupling.connection, on=DAY)

    assert [name for _number, name in coupling.accounts()] == ["Eerst B.V."]


def test_role_that_ends_changes_nothing_there_and_the_report_says_so(coupling):
    relation = debtor(coupling, legal_name="Zaal B.V.")
    deliver_due(coupling.connection, on=DAY)
    role = relation.financial_roles.get()
    role.valid_until = DAY + timedelta(days=1)
    role.save()

    deliver_due(coupling.connection, on=DAY + timedelta(days=1))

    entry = RunEntry.objects.order_by("-pk").first()
    assert (entry.outcome, entry.notes) == ("withdrawn", ["role_ended_nothing_changed"])
    assert [row["Status"] for row in coupling.records()["accounts"]] == ["C"]


def test_problem_found_before_sending_is_not_sent(coupling):
    relation = debtor(coupling)
    relation.identifiers.create(kind="vat", value="NL000000000B00")

    deliver_due(coupling.connection, on=DAY)

    row = Delivery.objects.get()
    assert (row.state, row.code) == ("stuck", "vat_wrong")
    assert row.problems == [["This VAT number is not right: check the digits.", {}]]
    assert [call for call in coupling.simulator.calls if "Accounts" in call] == []
