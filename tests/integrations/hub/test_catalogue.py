"""The catalogue of couplings, the tile of what failed on the first page, and the logs in the admin."""

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.relations.services import make_financial_roles
from integrations.hub.abilities import abilities_of
from integrations.hub.models import Credential, Delivery
from integrations.hub.panels import on_desk
from integrations.hub.registry import catalogue
from integrations.hub.services import deliver_due
from tests.factories.relations import AdministrationFactory, OrganisationFactory, user_in
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)

ADMIN_PAGES = ("connection", "participation", "connectionstatus", "delivery", "externallink", "run")


@pytest.fixture
def manager(coupling, client):
    user = user_in(coupling.administration, language="en", is_staff=True)
    client.force_login(user)
    return user


def refused(coupling, count):
    rows = [OrganisationFactory(administration=coupling.administration) for _ in range(count)]
    coupling.spoil("refuse_field", path="crm/Accounts", method="POST", field="Name", words="Te kort", count=count)
    make_financial_roles(
        [row.pk for row in rows], administration=coupling.administration, kind="debtor", valid_from=DAY
    )
    deliver_due(coupling.connection, on=DAY)
    return rows


def desk_of(rf, user):
    request = rf.get("/")
    request.user, request.today, request.on, request.as_of = user, DAY, DAY, None
    return on_desk(request, None)


def test_catalogue_says_of_every_connector_what_it_can_and_cannot_and_which_way(coupling, manager, client):
    text = client.get(reverse("hub:catalogue")).content.decode()

    shown = [abilities_of(item) for item in catalogue()]
    assert [one["title"] for one in shown if not (one["can"] and one["cannot"] and one["summary"])] == []
    assert "Debtors: from here to Exact Online" in text
    assert "Open amounts: from Exact Online to here" in text
    assert "Verbond Kleine Podia, in order" in text


@pytest.mark.parametrize(("q", "found"), [("boekhoud", 0), ("exact debtors", 1), ("twinfield", 0)])
def test_catalogue_is_searched_by_word(coupling, manager, client, q, found):
    answer = client.get(reverse("hub:catalogue"), {"q": q})

    assert len(answer.context["shown"]) == found


def test_catalogue_is_not_there_for_who_may_connect_nothing(coupling, client):
    client.force_login(user_in(coupling.administration, rights=[Right.FINANCIAL_VIEW]))

    assert client.get(reverse("hub:catalogue")).status_code == 404


def test_form_explains_where_to_find_each_field_and_what_comes_next(coupling, manager, client):
    text = client.get(reverse("hub:add", args=["finance", "exact_online"])).content.decode()

    assert text.count('class="hint"') >= 4
    assert "http://testserver/connections/signed-in/" in text
    assert "From then on every change follows within seconds." in text


@pytest.mark.usefixtures("in_english")
def test_desk_tells_what_was_refused_with_their_words(coupling, manager, rf):
    (relation,) = refused(coupling, 1)

    shown = desk_of(rf, manager)

    assert [(item["record"], item["row"].answer) for item in shown["rows"]] == [(relation, "Te kort")]
    assert shown["rows"][0]["advice"] == "Correct them on the card. After saving it goes by itself."


def test_desk_tells_nothing_to_who_manages_no_connection_nor_of_another_administration(coupling, rf):
    refused(coupling, 1)

    assert desk_of(rf, user_in(coupling.administration, rights=[Right.FINANCIAL_VIEW])) is None
    assert desk_of(rf, user_in(AdministrationFactory()))["rows"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_desk_costs_the_same_queries_for_one_and_three(coupling, manager, rf, count, django_assert_num_queries):
    refused(coupling, count)
    desk_of(rf, manager)

    with django_assert_num_queries(3):
        desk_of(rf, manager)


def test_admin_shows_connections_and_logs_and_lets_nothing_be_changed(coupling, manager, client):
    refused(coupling, 1)

    lists = [client.get(reverse(f"admin:hub_{page}_changelist")).status_code for page in ADMIN_PAGES]
    row = client.get(reverse("admin:hub_delivery_change", args=[Delivery.objects.get().pk])).content.decode()
    connection = client.get(reverse("admin:hub_connection_change", args=[coupling.connection.pk])).content.decode()
    adding = {client.get(reverse(f"admin:hub_{page}_add")).status_code for page in ADMIN_PAGES}

    secrets = [coupling.simulator.client_secret, *Credential.objects.values_list("sealed", flat=True)]
    assert (lists, adding) == ([200] * 6, {403})
    assert "Te kort" in row
    assert [secret for secret in secrets if secret in row + connection] == []
    assert 'name="_save"' not in row + connection


def test_admin_names_no_log_of_another_administration(coupling, client):
    refused(coupling, 1)
    client.force_login(user_in(AdministrationFactory(), is_staff=True))

    pages = [client.get(reverse(f"admin:hub_{page}_changelist")) for page in ADMIN_PAGES]
    answer = client.get(reverse("admin:hub_delivery_change", args=[Delivery.objects.get().pk]))

    assert [page.context["cl"].result_count for page in pages] == [0] * 6
    assert answer.status_code == 404
