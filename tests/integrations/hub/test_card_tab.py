"""The tab of a relation's couplings: what stands there, why, and what its switch does."""

import importlib

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.relations.services import make_financial_roles
from integrations.hub import registry
from integrations.hub.models import Connection, ConnectionStatus, Delivery, ExternalLink, Participation
from integrations.hub.registry import topic_named
from integrations.hub.services import deliver_due, dry_run, enqueue, outbox
from integrations.hub.standing import standings, tab_url
from tests.factories.relations import AdministrationFactory, OrganisationFactory, user_in
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)

BY_CHOICE = """
from dataclasses import replace

from integrations.finance.connectors.exact_online import ExactOnline


class ByChoice(ExactOnline):
    capabilities = replace(ExactOnline.capabilities, joining="by switch")
"""


@pytest.fixture
def relation(coupling):
    row = OrganisationFactory(administration=coupling.administration)
    make_financial_roles([row.pk], administration=coupling.administration, kind="debtor", valid_from=DAY)
    return row


@pytest.fixture
def manager(coupling, client):
    user = user_in(coupling.administration, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def by_choice(tmp_path, coupling):
    """A second connector of the same channel, that is told of nobody but who is switched on."""
    package = importlib.import_module("integrations.finance.connectors")
    (tmp_path / "by_choice.py").write_text(BY_CHOICE)
    package.__path__.append(str(tmp_path))
    caches = (registry.catalogue, registry.connector_class, outbox.serving, outbox.switched, outbox._upsert_sql)
    for cached in caches:
        cached.cache_clear()
    first = coupling.connection
    connection = Connection.objects.create(
        administration=first.administration, channel="finance", connector="by_choice", title="By choice"
    )
    ConnectionStatus.objects.create(connection=connection)
    yield connection
    package.__path__.remove(str(tmp_path))
    for cached in caches:
        cached.cache_clear()


def switch(client, connection, relation, on):
    values = {"topic": "party", "subject": relation.pk, "takes_part": "1" if on else "0"}
    return client.post(reverse("hub:take-part", args=[connection.pk]), values)


def standing_in(connection, relation, user):
    return next(one for one in standings(relation, user, on=DAY) if one.connection == connection)


def told(connection):
    return list(Delivery.objects.filter(connection=connection, waiting=True).values_list("subject", flat=True))


def test_debtor_takes_part_by_itself_and_the_tab_says_why(coupling, relation, manager, client):
    deliver_due(coupling.connection, on=DAY)

    text = client.get(tab_url(relation)).content.decode()

    assert "Takes part by itself: Debtor since 25-11-2026. It stops when both roles end." in text
    assert 'role="switch" aria-checked="true"' in text


def test_relation_without_a_role_takes_no_part_and_the_tab_says_what_would_change_that(coupling, manager, client):
    other = OrganisationFactory(administration=coupling.administration)

    (one,) = standings(other, manager, on=DAY)

    assert (one.takes_part, one.concerned, one.switch_url) == (False, False, "")
    assert "Make this relation a debtor or creditor" in client.get(tab_url(other)).content.decode()


def test_switch_keeps_a_relation_out_with_history_and_lets_it_in_again(coupling, relation, manager, client):
    deliver_due(coupling.connection, on=DAY)

    answer = switch(client, coupling.connection, relation, on=False)
    switch(client, coupling.connection, relation, on=False)
    deliver_due(coupling.connection, on=DAY)
    out = standings(relation, manager, on=DAY)[0]
    previews = dry_run(coupling.connection, topic=topic_named("party"), on=DAY)
    switch(client, coupling.connection, relation, on=True)
    deliver_due(coupling.connection, on=DAY)
    back = standings(relation, manager, on=DAY)[0]

    row = Participation.objects.get()
    assert answer.headers["Location"] == tab_url(relation)
    assert (out.takes_part, out.line["state"], out.why) == (False, "ended", "Was switched off by hand.")
    assert [(one.subject, one.payload) for one in previews] == [(relation.pk, None)]
    assert (back.takes_part, back.line["state"], back.switched[1]) == (True, "ok", str(manager))
    assert [entry.takes_part for entry in row.history.order_by("history_id")] == [False, True]
    assert len(coupling.accounts()) == 1


@pytest.mark.usefixtures("in_english")
def test_switch_of_a_connector_by_choice_is_off_until_somebody_switches_it_on(by_choice, relation, manager, client):
    enqueue(topic_named("party"), [relation.pk])
    before, off = told(by_choice), standing_in(by_choice, relation, manager)

    switch(client, by_choice, relation, on=True)

    on = standing_in(by_choice, relation, manager)
    assert (before, off.takes_part, off.why) == ([], False, "Nobody switched it on yet.")
    assert (told(by_choice), on.takes_part) == ([relation.pk], True)


def test_switch_is_not_there_for_who_only_reads(coupling, relation, client):
    reader = user_in(coupling.administration, rights=[Right.FINANCIAL_VIEW], language="en")
    client.force_login(reader)

    text = client.get(tab_url(relation)).content.decode()
    answer = switch(client, coupling.connection, relation, on=False)

    assert ("Couple with Exact Online" in text, 'role="switch"' in text) == (True, False)
    assert (answer.status_code, Participation.objects.count()) == (404, 0)


def test_switch_takes_no_relation_of_another_administration(coupling, manager, client):
    theirs = OrganisationFactory(administration=AdministrationFactory())

    answer = switch(client, coupling.connection, theirs, on=False)

    assert (answer.status_code, Participation.objects.count()) == (404, 0)


def test_another_day_shows_the_couplings_of_now_without_switches(coupling, relation, manager, client):
    deliver_due(coupling.connection, on=DAY)

    text = client.get(f"/on/2026-11-01{tab_url(relation)}").content.decode()

    number = ExternalLink.objects.get().vendor_number
    assert (f"there as {number}" in text, 'role="switch"' in text) == (True, False)


def test_tab_costs_the_same_queries_whatever_stands_there(coupling, relation, manager, django_assert_num_queries):
    standings(relation, manager, on=DAY)
    with django_assert_num_queries(13):
        standings(relation, manager, on=DAY)
    deliver_due(coupling.connection, on=DAY)
    relation.trade_name = "Anders"
    relation.save()
    with django_assert_num_queries(13):
        standings(relation, manager, on=DAY)
