"""What the preview of a bulk edit says of the connections."""

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.relations.models import Relation
from crm.relations.services import make_financial_roles
from crm.relations.services.bulk_edit import prepare_bulk_edit
from integrations.hub.services import deliver_due, pause
from tests.factories.relations import OrganisationFactory, user_in
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relations(coupling):
    """Two debtors and one that is none."""
    rows = [OrganisationFactory(administration=coupling.administration) for _ in range(3)]
    told = [row.pk for row in rows[:2]]
    make_financial_roles(told, administration=coupling.administration, kind="debtor", valid_from=DAY)
    return rows


def lines(client, user, relations, **wanted):
    edit = prepare_bulk_edit(user, Relation.objects.filter(pk__in=[r.pk for r in relations]), wanted, on=DAY)
    client.force_login(user)
    page = client.get(reverse("relations:bulk-edit", args=[edit.pk]))
    return [(line["title"], line["words"]) for line in page.context["couplings"][0][1]["lines"]]


def test_preview_counts_what_a_connection_knows(client, coupling, relations):
    deliver_due(coupling.connection, on=DAY)
    user = user_in(coupling.administration, language="en")

    said = lines(client, user, relations, website="https://nieuw.example")

    assert said == [(coupling.connection.title, "2 of these are there. What differs is sent on its own.")]


def test_preview_counts_what_comes_new_and_says_that_a_connection_is_paused(client, coupling, relations):
    pause(coupling.connection)
    strangers = [OrganisationFactory(administration=coupling.administration) for _ in range(2)]
    place = {"administration": coupling.administration.pk, "name": coupling.administration.name}
    user = user_in(coupling.administration, language="en")

    said = lines(client, user, strangers, role={"kind": "debtor", **place})

    words = "At most 2 are sent as new. The connection is paused: it waits until that is over."
    assert said == [(coupling.connection.title, words)]


def test_preview_tells_nothing_of_the_books_to_who_may_not_see_them(client, coupling, relations):
    deliver_due(coupling.connection, on=DAY)
    user = user_in(coupling.administration, rights=(Right.RELATIONS_CHANGE,), language="en")

    assert lines(client, user, relations[:2], website="https://nieuw.example") == []
