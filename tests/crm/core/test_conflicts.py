"""Two people on one record: what does not clash is merged, what does is chosen, nothing is lost."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from crm.core.change_set import change_set
from crm.core.conflicts import chosen
from tests.factories.relations import AdministrationFactory, OrganisationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation():
    return OrganisationFactory(
        administration=AdministrationFactory(), legal_name="Podium", sector="toneel", email="oud@podium.example"
    )


@pytest.fixture
def signed_in(client, organisation):
    client.force_login(user_in(organisation.administration))
    return client


def opened(client, organisation):
    """What the form of the edit page would post as it was shown."""
    form = client.get(reverse("relations:edit", args=[organisation.number])).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {form.add_prefix(name): value for name, value in values.items() if value not in (None, False)}


def meanwhile(organisation, **values):
    """Somebody else saves."""
    with change_set(actor=UserFactory(first_name="Ilse", last_name="Dekker")):
        for name, value in values.items():
            setattr(organisation, name, value)
        organisation.save()


def test_conflict_shows_both_values_of_what_clashes_and_writes_nothing(signed_in, organisation):
    typed = opened(signed_in, organisation) | {"sector": "muziek", "email": "mijn@podium.example"}
    meanwhile(organisation, sector="dans", legal_name="Podium B.V.")

    page = signed_in.post(reverse("relations:edit", args=[organisation.number]), typed)

    (row,) = page.context["rows"]
    assert page.status_code == 409
    assert (row["name"], row["was"], row["theirs"], row["yours"]) == ("sector", "toneel", "dans", "muziek")
    assert page.context["who"] == "Ilse Dekker"
    assert len(page.context["merged"].split(", ")) == 2
    organisation.refresh_from_db()
    assert (organisation.sector, organisation.email, organisation.version) == ("dans", "oud@podium.example", 2)


@pytest.mark.parametrize(
    ("choice", "other", "sector"), [("theirs", "", "dans"), ("yours", "", "muziek"), ("other", "beide", "beide")]
)
def test_conflict_chosen_value_is_saved_with_what_was_merged(signed_in, organisation, choice, other, sector):
    typed = opened(signed_in, organisation) | {"sector": "muziek", "email": "mijn@podium.example"}
    meanwhile(organisation, sector="dans", legal_name="Podium B.V.")
    page = signed_in.post(reverse("relations:edit", args=[organisation.number]), typed)
    posted = {}
    for name, value in page.context["hidden"]:
        posted.setdefault(name, []).append(value)

    answer = signed_in.post(
        reverse("core:chosen"),
        posted | {"to": page.context["to"], "sector-choice": choice, "sector-other": other},
    )

    organisation.refresh_from_db()
    assert answer.status_code == 302
    assert (organisation.sector, organisation.email, organisation.legal_name) == (
        sector,
        "mijn@podium.example",
        "Podium B.V.",
    )


def test_conflict_without_clash_is_merged_and_told(signed_in, organisation):
    typed = opened(signed_in, organisation) | {"email": "mijn@podium.example"}
    meanwhile(organisation, sector="dans")

    answer = signed_in.post(reverse("relations:edit", args=[organisation.number]), typed)

    organisation.refresh_from_db()
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert answer.status_code == 302
    assert (organisation.sector, organisation.email, organisation.version) == ("dans", "mijn@podium.example", 3)
    assert any("Ilse Dekker" in text for text in told)


def test_conflict_that_changes_again_while_one_chooses_is_a_conflict_again(signed_in, organisation):
    typed = opened(signed_in, organisation) | {"sector": "muziek"}
    meanwhile(organisation, sector="dans")
    page = signed_in.post(reverse("relations:edit", args=[organisation.number]), typed)
    posted = dict(page.context["hidden"]) | {"to": page.context["to"], "sector-choice": "yours"}
    meanwhile(organisation, sector="opera")

    again = signed_in.post(reverse("core:chosen"), posted)

    assert again.status_code == 409
    assert [(row["theirs"], row["yours"]) for row in again.context["rows"]] == [("opera", "muziek")]


def test_conflict_dropped_change_leaves_theirs(signed_in, organisation):
    answer = signed_in.post(reverse("core:chosen"), {"to": f"/relations/{organisation.number}/edit/", "drop": "1"})

    assert (answer.status_code, answer["Location"]) == (302, f"/relations/{organisation.number}/edit/")


@pytest.mark.parametrize("to", ["https://elders.example/", "//elders.example/", "/bestaat/niet/", "/chosen/", ""])
def test_conflict_goes_to_our_own_pages_alone(signed_in, to):
    assert [signed_in.post(reverse("core:chosen"), {"to": to}).status_code] == [404]
    dropped = signed_in.post(reverse("core:chosen"), {"to": to, "drop": "1"})
    assert dropped.status_code == 404 or (
        dropped["Location"].startswith("/") and not dropped["Location"].startswith("//")
    )


def test_conflict_choice_that_is_none_is_refused(rf):
    from django.http import Http404, QueryDict

    with pytest.raises(Http404):
        chosen(QueryDict("sector-choice=mine"))
