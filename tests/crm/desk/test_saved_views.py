"""Saved views: kept, shared, begun with; and never more to see than one may."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.access.models import User
from crm.access.rights import Right
from crm.core.models import ChangedMeanwhile
from crm.desk import demonstration
from crm.desk.models import OpeningView, SavedView
from crm.desk.saved_views import services
from crm.relations.listing.asked import read
from tests.factories.relations import AdministrationFactory, OrganisationFactory, PersonFactory, user_in

pytestmark = pytest.mark.django_db
LIST = "/relations/"


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def view(noor):
    return services.save_view(noor, page="relations", name="Persons", query="kind=person&order=-name")


def tabs(answer):
    return [(entry["label"], entry["current"]) for entry in answer.context["sections"]["tabs"][0][1]["entries"]]


def test_view_is_saved_from_the_list_and_stands_as_a_tab(client, noor):
    query = "kind=person&columns=city,email&after=abc&nonsense=1&view=9"

    answer = client.post(reverse("desk:save-view"), {"name": "Persons", "query": query}, follow=True)

    view = SavedView.objects.get()
    assert (view.owner, view.query, view.shared_with) == (noor, "kind=person&columns=city,email", None)
    assert answer.redirect_chain == [(f"{LIST}?kind=person&columns=city,email&view={view.pk}", 302)]
    assert tabs(answer) == [("All relations", False), ("Persons", True)]


def test_view_with_a_name_that_is_taken_comes_back_with_what_was_typed(client, view):
    answer = client.post(reverse("desk:save-view"), {"name": "Persons", "query": "kind=organisation"})

    assert answer.status_code == 422
    assert "You have a view with this name already." in answer.content.decode()
    assert answer.context["query"] == "kind=organisation"


def test_view_that_was_left_can_be_overwritten(client, view):
    changed = client.get(f"{LIST}?kind=person&view={view.pk}")
    form = {"query": "kind=person", "version": view.version}

    client.post(reverse("desk:overwrite-view", args=[view.pk]), form)

    view.refresh_from_db()
    assert changed.context["sections"]["tabs"][0][1]["changed"] is True
    assert view.query == "kind=person"
    assert client.get(f"{LIST}?kind=person&view={view.pk}").context["sections"]["tabs"][0][1]["changed"] is False


def test_view_is_renamed_shared_and_begun_with(client, noor, administration, view):
    form = {"name": "People", "shared_with": administration.pk, "opening": "on", "version": view.version}

    client.post(reverse("desk:change-view", args=[view.pk]), form)

    view.refresh_from_db()
    assert (view.name, view.shared_with) == ("People", administration)
    assert client.get(LIST)["location"] == f"{LIST}?kind=person&order=-name&view={view.pk}"


def test_list_that_begins_with_a_view_still_has_everything_and_its_administration(client, noor, administration, view):
    services.choose_opening(noor, view, opening=True)

    begun = client.get(LIST, {"administration": administration.pk})
    everything = client.get(LIST, {"view": "all"})

    assert begun["location"] == f"{LIST}?administration={administration.pk}&kind=person&order=-name&view={view.pk}"
    assert everything.status_code == 200


def test_view_is_deleted_and_whoever_began_with_it_begins_with_everything(client, noor, view):
    services.choose_opening(noor, view, opening=True)

    client.post(reverse("desk:delete-view", args=[view.pk]), {"version": view.version})

    assert (SavedView.objects.count(), OpeningView.objects.count()) == (0, 0)
    assert client.get(LIST).status_code == 200


def test_view_that_somebody_changed_meanwhile_is_left_alone(client, view):
    services.overwrite_view(view, version=view.version, query="kind=organisation")

    answer = client.post(
        reverse("desk:overwrite-view", args=[view.pk]), {"query": "city=Hengelo", "version": view.version}, follow=True
    )

    view.refresh_from_db()
    assert view.query == "kind=organisation"
    assert "Somebody changed “Persons” just before you." in answer.content.decode()


def test_view_that_is_shared_stands_with_colleagues_and_is_not_theirs_to_change(client, noor, administration):
    view = services.save_view(noor, page="relations", name="Persons", query="kind=person", shared_with=administration)
    colleague = user_in(administration, rights=(), language="en")
    client.force_login(colleague)

    seen = tabs(client.get(f"{LIST}?kind=person&view={view.pk}"))
    begun = client.post(reverse("desk:change-view", args=[view.pk]), {"opening": "on", "name": "Mine"})
    refused = [
        client.post(reverse(f"desk:{act}-view", args=[view.pk]), {"version": view.version}).status_code
        for act in ("overwrite", "delete")
    ]

    view.refresh_from_db()
    assert seen == [("All relations", False), ("Persons", True)]
    assert (begun.status_code, refused, view.name) == (302, [404, 404], "Persons")
    assert OpeningView.objects.get().user == colleague


def test_view_of_another_administration_is_not_there(client, noor, view):
    client.force_login(user_in(AdministrationFactory(), language="en"))

    assert tabs(client.get(f"{LIST}?view={view.pk}")) == [("All relations", True)]
    assert client.post(reverse("desk:change-view", args=[view.pk]), {"name": "x"}).status_code == 404


def test_view_is_shared_only_within_ones_own_administrations(client, noor):
    elsewhere = AdministrationFactory()

    answer = client.post(reverse("desk:save-view"), {"name": "X", "query": "", "shared_with": elsewhere.pk})

    assert (answer.status_code, SavedView.objects.count()) == (422, 0)


def test_shared_view_shows_no_more_than_the_reader_may_see(client, noor, administration):
    OrganisationFactory(administration=administration)
    by_role = "role=debtor&columns=role,birth_date,city"
    without = services.save_view(
        noor, page="relations", name="A", query="columns=role,birth_date,city", shared_with=administration
    )
    refused = services.save_view(noor, page="relations", name="B", query=by_role, shared_with=administration)
    client.force_login(user_in(administration, rights=(Right.RELATIONS_CHANGE,), language="en"))

    left_out = client.get(f"{LIST}?{without.query}&view={without.pk}")
    nothing = client.get(f"{LIST}?{refused.query}&view={refused.pk}")

    assert [str(head["label"]) for head in left_out.context["heads"]] == ["Name", "City"]
    assert (nothing.context["page"].rows, len(nothing.context["refused"])) == ([], 1)


def test_views_cost_one_query_however_many_there_are(client, noor, administration):
    PersonFactory(administration=administration)
    counts = []
    for more in (1, 2):
        for n in range(more):
            services.save_view(noor, page="relations", name=f"View {more}{n}", query="kind=person")
        client.get(f"{LIST}?view=all")
        with CaptureQueriesContext(connection) as counted:
            client.get(f"{LIST}?view=all")
        counts.append(len(counted))

    assert counts[0] == counts[1]


def test_view_on_another_day_offers_no_way_to_change_it(client, view):
    answer = client.get(f"/on/2024-05-01{LIST}?kind=person&view={view.pk}")

    assert answer.context["sections"]["tabs"][0][1]["may"] is False
    assert "list-view-save" not in answer.content.decode()


def test_service_refuses_a_second_view_of_the_same_name_and_an_older_version(noor, view):
    with pytest.raises(ValidationError):
        services.save_view(noor, page="relations", name="Persons", query="")
    with pytest.raises(ChangedMeanwhile):
        services.delete_view(view, version=0)


def test_views_of_the_demonstration_ask_what_the_list_knows(settings):
    demonstration.load(settings.BASE_DIR / "fixtures", today=date(2026, 11, 25))
    noor = User.objects.get(username="noor")

    views = {view.name: read(noor, QueryDict(view.query)) for view in SavedView.objects.all()}

    assert {name: (asked.stored(), asked.refused) for name, asked in views.items()} == {
        view.name: (view.query, ()) for view in SavedView.objects.all()
    }
    assert sorted(views) == ["Debiteuren", "Leden", "Zonder e-mail"]
