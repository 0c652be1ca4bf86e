"""The card: its queries, its tabs, its timeline, and facts that are changed in place."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.access.rules import _rules
from crm.core.timeline import timeline_of
from crm.relations.card_queries import AS_THE_RELATION, beside
from crm.relations.models import Address, ContactMoment, Relation
from crm.relations.views.base import visible_relation
from crm.relations.views.card import overview
from tests.factories.relations import (
    DAY,
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    RelationshipFactory,
    user_in,
)

pytestmark = pytest.mark.django_db
IN_PLACE = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user


def furnished(administration, rows):
    """An organisation with `rows` of everything that a card lists."""
    organisation = OrganisationFactory(administration=administration)
    for n in range(rows):
        first = LONG_AGO + timedelta(days=n)
        AddressFactory(relation=organisation, valid_from=first, valid_until=first + timedelta(days=1))
        organisation.email_addresses.create(email=f"{n}@x.example")
        organisation.phone_numbers.create(number=f"+3174555000{n}")
        organisation.social_profiles.create(network="linkedin", url=f"https://linkedin.example/{n}")
        EmploymentFactory(organisation=organisation, person__administration=administration)
        RelationshipFactory(from_relation=organisation, to_relation__administration=administration)
    BankAccountFactory(relation=organisation)
    return organisation


@pytest.mark.parametrize("rows", [1, 3])
def test_card_takes_the_same_queries_at_one_and_three_rows(noor, administration, rf, django_assert_num_queries, rows):
    number = furnished(administration, rows).number
    request = rf.get("/")
    request.user, request.on, request.today, request.as_of = noor, DAY, DAY, None

    # relation, rights, where it lies; addresses, e-mail, phones, profiles, numbers, accounts, employments, ties with
    # the structure around it, roles, standings
    with django_assert_num_queries(3 + 10):
        lists = overview(request, visible_relation(request, number))["lists"]
    relation = Relation.objects.get(number=number)
    with django_assert_num_queries(1):
        beside(noor, relation, on=DAY)
    assert [len(lists[name]) for name in ("emails", "phones", "profiles", "employments", "ties")] == [rows] * 5


@pytest.mark.parametrize("model", AS_THE_RELATION)
def test_what_the_card_reads_without_asking_again_is_seen_by_whoever_sees_the_relation(administration, model):
    looker = user_in(administration, rights=())
    mine, theirs = OrganisationFactory(administration=administration), OrganisationFactory()
    made = {
        "Address": lambda r: AddressFactory(relation=r),
        "EmailAddress": lambda r: r.email_addresses.create(email="a@x.example"),
        "PhoneNumber": lambda r: r.phone_numbers.create(number="+31745550330"),
        "SocialProfile": lambda r: r.social_profiles.create(network="x", url="https://x.example/a"),
        "Identifier": lambda r: r.identifiers.create(kind="kvk", value="12345678"),
    }[model.__name__]
    seen = made(mine)
    made(theirs)

    assert list(model.objects.visible_to(looker)) == [seen]
    # another rule would have to be asked on the card as well
    assert len(_rules["visible", model, "staff"]) == 1


def test_tab_of_the_timeline_tells_what_happened_by_day_and_who_did_it(client, noor, administration):
    person = PersonFactory(administration=administration, email="old@x.example")
    ContactMoment.objects.create(
        relation=person, happened_at=timezone.now() - timedelta(days=3), subject="Jubileum", by=noor, kind="call"
    )
    client.post(reverse("relations:fact", args=[person.number, "email"]), {"email": "new@x.example", "version": 1})

    answer = client.get(reverse("relations:tab", args=[person.number, "timeline"]))
    pages = [section for _template, section in answer.context["tab_sections"]]

    told = [(one.source, one.icon) for _day, happenings in pages[0]["page"].days for one in happenings]
    assert told == [("changes", "pencil"), ("changes", "plus"), ("contact", "phone")]
    body = answer.content.decode()
    assert "<del>old@x.example</del>" in body
    assert "Noor Hofstra, screen" in body


def test_timeline_is_paged_without_losing_or_repeating_a_line(noor, administration):
    person = PersonFactory(administration=administration)
    at = timezone.now()
    for n in range(7):
        ContactMoment.objects.create(relation=person, happened_at=at - timedelta(hours=n // 2), subject=str(n))

    seen, before = [], ""
    for _page in range(20):
        page = timeline_of(person, noor, before=before, limit=3, only="contact")
        seen += [one.pk for _day, happenings in page.days for one in happenings]
        before = page.next
        if not before:
            break

    assert seen == list(ContactMoment.objects.order_by("-happened_at", "-pk").values_list("pk", flat=True))


def test_tab_that_is_not_there_does_not_exist(client, noor, administration):
    person = PersonFactory(administration=administration)

    assert client.get(reverse("relations:tab", args=[person.number, "invoices"])).status_code == 404


@pytest.mark.parametrize(
    ("name", "typed", "column", "value"),
    [
        ("birth_date", {"birth_date": "12-4-1976"}, "birth_date", date(1976, 4, 12)),
        ("language", {"language": "en"}, "language", "en"),
        ("gender", {"gender": "f"}, "gender", "f"),
        ("blocks", {"no_post": "on", "block_reason": "verhuisd"}, "no_post", True),
        ("salutation", {"salutation_informal": "Ha Aafje"}, "salutation_informal", "Ha Aafje"),
        ("name", {"given_name": "Aafke", "family_name": "Brink", "name_order": "own"}, "display_name", "Aafke Brink"),
    ],
)
def test_simple_fact_is_changed_in_place_and_can_be_undone(client, noor, administration, name, typed, column, value):
    person = PersonFactory(administration=administration, family_name="Brink")
    url = reverse("relations:fact", args=[person.number, name])

    assert f'id="fact-{name}"' in client.get(url, **IN_PLACE).content.decode()
    answer = client.post(url, typed | {"version": 1}, **IN_PLACE)

    assert answer.status_code == 200
    assert f'id="fact-{name}"' in answer.content.decode()
    assert "/audit/change-sets/" in answer.content.decode()
    assert getattr(Relation.objects.get(pk=person.pk), column) == value


def test_fact_of_the_other_kind_does_not_exist(client, noor, administration):
    organisation = OrganisationFactory(administration=administration)

    assert client.get(reverse("relations:fact", args=[organisation.number, "birth_date"])).status_code == 404


def test_new_name_shows_in_the_heading_too(client, noor, administration):
    organisation = OrganisationFactory(administration=administration, legal_name="Theater Oud")
    url = reverse("relations:fact", args=[organisation.number, "legal_name"])

    answer = client.post(url, {"legal_name": "Theater Nieuw", "version": 1}, **IN_PLACE)

    assert '<h1 id="card-name" hx-swap-oob="true">Theater Nieuw</h1>' in answer.content.decode()


def test_profile_is_changed_among_the_facts(client, noor, administration):
    person = PersonFactory(administration=administration)
    profile = person.social_profiles.create(network="linkedin", url="https://linkedin.example/a")
    url = reverse("relations:change-part", args=[person.number, "profile", profile.pk])

    assert f'id="profile-{profile.pk}"' in client.get(url, **IN_PLACE).content.decode()
    answer = client.post(url, {"network": "linkedin", "url": "linkedin.example/b", "version": 1}, **IN_PLACE)

    profile.refresh_from_db()
    assert profile.url == "https://linkedin.example/b"
    assert "linkedin.example/" in answer.content.decode()


@pytest.mark.parametrize(
    ("how", "then", "later"),
    [
        ("moved", "Brinkhof 14, 7551 EC Hengelo", "Dorpsstraat 1, 7551 EC Hengelo"),
        ("corrected", "Dorpsstraat 1, 7551 EC Hengelo", "Dorpsstraat 1, 7551 EC Hengelo"),
    ],
)
def test_address_in_place_is_another_from_a_day_on_or_a_correction(client, noor, administration, how, then, later):
    address = AddressFactory(relation=OrganisationFactory(administration=administration))
    url = reverse("relations:change-part", args=[address.relation.number, "address", address.pk])
    typed = {"street": "Dorpsstraat", "house_number": 1, "postcode": "7551EC", "city": "Hengelo", "country": "NL"}

    answer = client.post(url, typed | {"how": how, "valid_from": "1-2-2027", "version": 1}, **IN_PLACE)

    assert answer.status_code == 200
    rows = Address.objects.filter(relation=address.relation)
    assert [str(rows.on(day).get()) for day in (DAY, date(2027, 2, 1))] == [then, later]


def test_card_offers_no_change_to_who_may_only_look(client, administration):
    client.force_login(user_in(administration, rights=(Right.FINANCIAL_VIEW,)))
    organisation = furnished(administration, 1)

    body = client.get(organisation.get_absolute_url()).content.decode()

    assert [text for text in ("fact-edit", "chip-add", "/end/", "/new/") if text in body] == []
