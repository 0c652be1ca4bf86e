"""What the hub keeps of its logs, and what it forgets of records that are gone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.relations.services import set_financial_role
from integrations.hub.models import Delivery, ExternalLink, Run, RunEntry
from integrations.hub.services import deliver_due, tidy
from tests.factories.relations import OrganisationFactory
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told_twice(coupling):
    """A debtor that was delivered, changed, and delivered again."""
    relation = OrganisationFactory(administration=coupling.administration, legal_name="Zaal B.V.")
    set_financial_role(relation, administration=coupling.administration, kind="debtor", valid_from=DAY)
    deliver_due(coupling.connection, on=DAY)
    relation.legal_name = "Zaal Noord B.V."
    relation.save()
    deliver_due(coupling.connection, on=DAY)
    return relation


def aged(days):
    moment = timezone.now() - timedelta(days=days)
    Delivery.objects.update(finished_at=moment)
    Run.objects.update(began_at=moment)


def test_logs_are_kept_for_their_days(told_twice):
    assert tidy(on=timezone.localdate()) == {"deliveries": 0, "entries": 0, "runs": 0, "forgotten": 0}


def test_old_deliveries_go_but_the_last_of_a_record(told_twice):
    last = Delivery.objects.latest("revision")
    aged(days=92)

    tidied = tidy(on=timezone.localdate())

    assert tidied == {"deliveries": 1, "entries": 0, "runs": 0, "forgotten": 0}
    assert [row.key for row in Delivery.objects.all()] == [last.key]
    assert ExternalLink.objects.count() == 1


def test_old_reports_go_with_their_lines(told_twice):
    aged(days=402)

    tidied = tidy(on=timezone.localdate())

    assert (tidied["entries"], Run.objects.count(), RunEntry.objects.count()) == (2, 0, 0)
    assert ExternalLink.objects.count() == 1


def test_days_come_from_the_settings(told_twice, settings):
    settings.HUB_KEEP_DELIVERIES_DAYS, settings.HUB_KEEP_REPORTS_DAYS = 10, 20
    aged(days=12)

    assert tidy(on=timezone.localdate()) == {"deliveries": 1, "entries": 0, "runs": 0, "forgotten": 0}


def test_what_is_stuck_or_waits_is_kept(told_twice):
    Delivery.objects.update(state="stuck")
    aged(days=500)

    assert tidy(on=timezone.localdate())["deliveries"] == 0


def test_texts_do_not_outlive_who_is_withdrawn(told_twice, coupling):
    told_twice.financial_roles.all().get().delete()

    deliver_due(coupling.connection, on=DAY)

    link = ExternalLink.objects.get()
    assert (link.delivered_payload, link.delivered_hash, link.withdrawn_at is not None) == ("", "", True)
    assert set(Delivery.objects.values_list("payload", flat=True)) == {""}


def test_texts_do_not_outlive_a_record_that_is_gone(told_twice, coupling):
    Delivery.objects.filter(revision=1).update(
        payload='{"name": "Zaal B.V."}', answer="Zaal B.V. onbekend", state="stuck"
    )
    subject = told_twice.pk
    ExternalLink.objects.update(subject=subject + 1000)
    Delivery.objects.update(subject=subject + 1000)
    RunEntry.objects.update(subject=subject + 1000)

    tidied = tidy(on=timezone.localdate())

    assert tidied["forgotten"] == 4
    assert set(ExternalLink.objects.values_list("delivered_payload", flat=True)) == {""}
    assert set(Delivery.objects.values_list("payload", "answer")) == {("", "")}
    assert [(row.changes, row.number) for row in RunEntry.objects.all()] == [([], ""), ([], "")]
    assert tidy(on=timezone.localdate())["forgotten"] == 0
