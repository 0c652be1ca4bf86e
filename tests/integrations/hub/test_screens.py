"""The screens of connections: who sees them, what they say, and at how many queries."""

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.relations.services import make_financial_roles
from integrations.hub import services
from integrations.hub.models import Connection, ConnectionStatus, Delivery, Feed, SignIn
from integrations.hub.panels import on_card
from integrations.hub.services import deliver_due
from tests.factories.relations import AdministrationFactory, OrganisationFactory, user_in
from tests.integrations.hub.conftest import DAY

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(coupling, client):
    user = user_in(coupling.administration, language="en")
    client.force_login(user)
    return user


def debtors(coupling, count):
    rows = [OrganisationFactory(administration=coupling.administration) for _ in range(count)]
    make_financial_roles(
        [row.pk for row in rows], administration=coupling.administration, kind="debtor", valid_from=DAY
    )
    return rows


def pages(connection):
    return [reverse(f"hub:{name}", args=[connection.pk]) for name in ("monitor", "reports", "dry-run", "settings")]


def test_pages_of_a_connection_answer(coupling, manager, client):
    debtors(coupling, 2)
    deliver_due(coupling.connection, on=DAY)

    answers = [client.get(page).status_code for page in pages(coupling.connection)]

    assert answers == [200, 200, 200, 200]


def test_connection_of_another_administration_does_not_exist(coupling, client):
    client.force_login(user_in(AdministrationFactory()))
    row = debtors(coupling, 1) and Delivery.objects.get()
    buttons = ("test", "pause", "resume", "retry-all", "replay", "read")
    posts = [reverse(f"hub:{name}", args=[coupling.connection.pk]) for name in buttons]
    posts.append(reverse("hub:retry", args=[row.pk]))
    gets = [*pages(coupling.connection), reverse("hub:delivery", args=[row.pk])]
    gets.append(reverse("hub:sign-in", args=[coupling.connection.pk]))

    answers = {client.get(page).status_code for page in gets} | {client.post(page).status_code for page in posts}

    assert answers == {404}


def test_user_without_the_right_sees_no_connection(coupling, client):
    client.force_login(user_in(coupling.administration, rights=[Right.RELATIONS_CHANGE, Right.FINANCIAL_VIEW]))

    assert client.get(reverse("hub:monitor", args=[coupling.connection.pk])).status_code == 404
    assert client.get(reverse("hub:add", args=["finance", "exact_online"])).status_code == 404


@pytest.mark.parametrize(("screen", "queries"), [("monitor", 17), ("dry-run", 19)])
def test_page_costs_the_same_queries_for_one_and_three(
    coupling, manager, client, screen, queries, django_assert_num_queries
):
    address = reverse(f"hub:{screen}", args=[coupling.connection.pk])
    client.get(address)
    for more in (1, 2):
        debtors(coupling, more)
        with django_assert_num_queries(queries):
            client.get(address)


def test_monitor_shows_the_vendor_s_words_and_what_to_do(coupling, manager, client):
    debtors(coupling, 1)
    coupling.spoil("refuse_field", path="crm/Accounts", method="POST", field="Name", words="Ongeldige naam: te kort")
    deliver_due(coupling.connection, on=DAY)

    text = client.get(reverse("hub:monitor", args=[coupling.connection.pk])).content.decode()

    assert "Ongeldige naam: te kort" in text
    assert "Correct them on the card. After saving it goes by itself." in text


def test_secret_is_never_shown(coupling, manager, client):
    texts = [client.get(page).content.decode() for page in pages(coupling.connection)]

    assert [coupling.simulator.client_secret in text for text in texts] == [False] * 4


def test_connection_is_made_from_the_connector_s_own_fields(coupling, manager, client):
    answer = client.post(
        reverse("hub:add", args=["finance", "exact_online"]),
        {
            "administration": coupling.administration.pk,
            "title": "Tweede",
            "field-base_url": coupling.simulator.url,
            "field-client_id": "wij",
            "field-client_secret": "geheim-van-ons",
        },
    )

    made = Connection.objects.get(title="Tweede")
    assert answer.headers["Location"] == reverse("hub:settings", args=[made.pk])
    assert made.settings == {"base_url": coupling.simulator.url, "client_id": "wij", "division": ""}


@pytest.mark.parametrize("address", ["http://exact.example", "https://user:wachtwoord@exact.example", "ftp://exact"])
def test_address_that_may_not_be_reached_is_refused_in_the_form(coupling, manager, client, address):
    answer = client.post(
        reverse("hub:add", args=["finance", "exact_online"]),
        {
            "administration": coupling.administration.pk,
            "title": "Fout",
            "field-base_url": address,
            "field-client_id": "wij",
            "field-client_secret": "geheim-van-ons",
        },
    )

    assert (answer.status_code, Connection.objects.filter(title="Fout").exists()) == (422, False)


def test_sign_in_returns_once_and_only_to_who_began_it(coupling, manager, client):
    begun = client.get(reverse("hub:sign-in", args=[coupling.connection.pk])).headers["Location"]
    state = begun.split("state=")[1].split("&")[0]
    code = coupling.simulator.authority.new_code("http://testserver/connections/signed-in/")
    back = reverse("hub:signed-in")
    client.force_login(user_in(coupling.administration))
    client.get(back, {"state": state, "code": code})
    assert SignIn.objects.count() == 1
    client.force_login(manager)
    ConnectionStatus.objects.update(trouble_code="log_in_again")

    client.get(back, {"state": state, "code": code})

    assert SignIn.objects.count() == 0
    assert ConnectionStatus.objects.get(connection=coupling.connection).trouble_code == ""


def test_pause_holds_and_resume_lets_go(coupling, manager, client):
    debtors(coupling, 1)
    client.post(reverse("hub:pause", args=[coupling.connection.pk]))
    assert deliver_due(Connection.objects.get(pk=coupling.connection.pk), on=DAY).total == 0

    client.post(reverse("hub:resume", args=[coupling.connection.pk]))

    assert deliver_due(Connection.objects.get(pk=coupling.connection.pk), on=DAY).delivered == 1


def test_test_button_says_what_is_wrong(coupling, manager, client):
    client.post(reverse("hub:test", args=[coupling.connection.pk]))
    coupling.spoil("forbidden", path="")
    deliver_due(coupling.connection, on=DAY)

    text = client.get(reverse("hub:settings", args=[coupling.connection.pk])).content.decode()

    assert "The signed-in user may not do this there." in text


def test_calls_of_a_test_count_as_all_others(coupling, manager, client):
    client.post(reverse("hub:test", args=[coupling.connection.pk]))
    Feed.objects.all().delete()
    before = sum(coupling.simulator.calls.values())

    deliver_due(coupling.connection, on=DAY)

    made = sum(coupling.simulator.calls.values()) - before
    status = ConnectionStatus.objects.get(connection=coupling.connection)
    assert made > 0
    assert (status.test_result["ok"], status.minute_calls, status.day_calls) == (True, made, made)


def test_card_says_where_a_relation_is(coupling, rf, manager):
    (relation,) = debtors(coupling, 1)
    request = rf.get("/")
    request.user = manager
    waiting = on_card(request, relation)
    deliver_due(coupling.connection, on=DAY)

    delivered = on_card(request, relation)

    number = coupling.accounts()[0][0]
    assert [line["state"] for line in waiting["lines"]] == ["waiting"]
    assert [(line["state"], number in line["words"]) for line in delivered["lines"]] == [("ok", True)]


def test_card_warns_of_what_would_be_refused(coupling, rf, manager):
    (relation,) = debtors(coupling, 1)
    relation.identifiers.create(kind="vat", value="NL000000000B00")

    problems = services.preflight(relation, on=DAY)

    assert [(connection.pk, problem.code) for connection, problem in problems] == [
        (coupling.connection.pk, "vat_wrong")
    ]


def test_card_says_nothing_to_who_may_not_see_financial_data(coupling, rf):
    (relation,) = debtors(coupling, 1)
    request = rf.get("/")
    request.user = user_in(coupling.administration, rights=[Right.RELATIONS_CHANGE])

    assert on_card(request, relation) is None


def test_dry_run_sends_nothing(coupling, manager, client):
    debtors(coupling, 2)
    calls = sum(coupling.simulator.calls.values())

    text = client.get(reverse("hub:dry-run", args=[coupling.connection.pk])).content.decode()

    assert text.count("<tr>") >= 3
    assert sum(coupling.simulator.calls.values()) == calls
