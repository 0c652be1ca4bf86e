"""What the hub says in the list of relations, in the head of a card and beside a form."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import override

from crm.access.rights import Right
from crm.relations.services import make_financial_roles
from integrations.hub.panels import in_list
from integrations.hub.services import deliver_due, pause
from tests.factories.relations import OrganisationFactory, user_in
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relations(coupling):
    rows = [OrganisationFactory(administration=coupling.administration) for _ in range(3)]
    told = [row.pk for row in rows[:2]]
    make_financial_roles(told, administration=coupling.administration, kind="debtor", valid_from=DAY)
    return rows


def in_words(user, relations):
    with override("en"):
        shown = in_list(user, [row.pk for row in relations])
    return [strip_tags(shown.get(row.pk, "")) for row in relations]


def test_list_says_what_waits_and_what_is_up_to_date(coupling, relations):
    user = user_in(coupling.administration)

    before = in_words(user, relations)
    deliver_due(coupling.connection, on=DAY)
    after = in_words(user, relations)

    assert (before, after) == (["Waits", "Waits", ""], ["Up to date", "Up to date", ""])


def test_list_says_that_a_connection_is_paused(coupling, relations):
    pause(coupling.connection)

    assert in_words(user_in(coupling.administration), relations) == ["Paused", "Paused", ""]


@pytest.mark.parametrize("count", [1, 3])
def test_column_is_one_query_for_a_page(coupling, relations, django_assert_num_queries, count):
    user = user_in(coupling.administration)
    in_list(user, [])  # reads the rights

    with django_assert_num_queries(1):
        in_list(user, [row.pk for row in relations[:count]])


def test_column_is_not_there_for_who_may_not_see_the_books(coupling, relations, client):
    user = user_in(coupling.administration, rights=[Right.RELATIONS_CHANGE])
    client.force_login(user)

    page = client.get(reverse("relations:list")).context["page"]

    assert in_list(user, [relations[0].pk]) is None
    assert "books" not in [column.key for column in page.columns]


def test_head_of_the_card_says_where_it_is(coupling, relations, client):
    client.force_login(user_in(coupling.administration, language="en"))
    deliver_due(coupling.connection, on=DAY)

    page = client.get(relations[0].get_absolute_url()).content.decode()

    number = next(number for number, name in coupling.accounts() if name == relations[0].display_name)
    assert f"Exact Online: there as {number}" in page


def test_form_warns_of_what_would_be_refused_before_it_is_saved(coupling, relations, client):
    client.force_login(user_in(coupling.administration, language="en"))
    relation = relations[0]
    typed = {"legal_name": "Stichting " + "x" * 80, "language": "nl", "version": relation.version, "check": "1"}

    warned = client.post(reverse("relations:edit", args=[relation.number]), typed).content.decode()
    silent = client.post(reverse("relations:edit", args=[relation.number]), typed | {"legal_name": "Kort"})

    relation.refresh_from_db()
    assert "Exact Online may cut this name off after" in warned
    assert (silent.content.decode().strip(), relation.legal_name.startswith("Theater")) == ("", True)
