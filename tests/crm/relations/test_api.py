"""The API of relations: what is read and written, by whom, and at what cost."""

from datetime import date

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.core.models import ChangeSet
from crm.relations.models import (
    Address,
    BankAccount,
    Employment,
    FinancialRole,
    Identifier,
    Relation,
    Relationship,
    RelationshipType,
)
from tests.factories.relations import (
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
JSON = "application/json"
IBAN = "NL91ABNA0417164300"


@pytest.fixture
def home():
    return AdministrationFactory(name="Oost")


@pytest.fixture
def noor(home, client):
    user = user_in(home, language="en", username="noor")
    client.force_login(user)
    return user


def post(client, resource, body, key="a-1"):
    return client.post(f"/api/v1/{resource}/", body, JSON, headers={"Idempotency-Key": key})


def change(client, method, resource, record, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"/api/v1/{resource}/{record.pk}/"
    return getattr(client, method)(address, body or {}, JSON, headers=headers)


def names(answer):
    return [row["display_name"] for row in answer.json()["results"]]


# ------------------------------------------------------------------------------------------------------ reading


def test_relation_is_answered_whole_with_its_version_as_etag(home, noor, client):
    person = PersonFactory(administration=home, family_name="Brink", birth_date=date(1961, 5, 4))

    answer = client.get(f"/api/v1/relations/{person.pk}/")

    row = answer.json()
    picked = ("id", "number", "administration", "kind", "display_name", "birth_date", "ended_on", "no_post")
    assert (answer.status_code, answer["ETag"]) == (200, '"1"')
    assert {name: row[name] for name in picked} == {
        "id": person.pk,
        "number": person.number,
        "administration": home.pk,
        "kind": "person",
        "display_name": "Aafje van den Brink",
        "birth_date": "1961-05-04",
        "ended_on": None,
        "no_post": False,
    }


def test_relation_of_another_administration_is_not_there(home, noor, client):
    theirs = PersonFactory()

    answers = [client.get(f"/api/v1/relations/{key}/") for key in (theirs.pk, 987_654, "x", 2**70)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    assert {answer.json()["code"] for answer in answers} == {"not_found"}
    assert client.get("/api/v1/relations/").json() == {"results": [], "next": None}


def test_list_is_paged_by_a_signed_cursor_in_the_order_that_was_asked(home, noor, client):
    for name in ("Bos", "Anker", "Dam", "Cremer"):
        OrganisationFactory(administration=home, legal_name=name)

    first = client.get("/api/v1/relations/?limit=2&order=-name")
    second = client.get(first.json()["next"])
    made_up = client.get("/api/v1/relations/?cursor=WzFd")
    elsewhere = client.get(first.json()["next"].replace("order=-name", "order=name"))

    assert [names(first), names(second), second.json()["next"]] == [["Dam", "Cremer"], ["Bos", "Anker"], None]
    assert [made_up.json()["code"], elsewhere.json()["code"]] == ["bad_cursor", "bad_cursor"]


def test_list_has_the_filters_of_the_screen(home, noor, client):
    person = PersonFactory(administration=home, family_name="Brink")
    gone = OrganisationFactory(administration=home, legal_name="Weg", ended_on=date(2020, 1, 1))
    AddressFactory(relation=person, city="Hengelo")

    asked = {
        question: names(client.get(f"/api/v1/relations/?{question}"))
        for question in ("", "status=all", "status=ended", "city=hengelo", "kind=organisation&on=2019-06-01")
    }

    assert asked == {
        "": [str(person)],
        "status=all": [str(person), str(gone)],
        "status=ended": ["Weg"],
        "city=hengelo": [str(person)],
        "kind=organisation&on=2019-06-01": ["Weg"],
    }


def test_search_forgives_a_typing_error_and_pages(home, noor, client):
    for number in range(3):
        PersonFactory(administration=home, given_name="Wietske", family_name=f"Postma{number}")

    first = client.get("/api/v1/relations/?search=wiestke&limit=2")
    second = client.get(first.json()["next"])

    assert names(first) + names(second) == [f"Wietske van den Postma{number}" for number in range(3)]


def test_fields_and_expand_give_what_was_asked_without_an_etag(home, noor, client):
    person = PersonFactory(administration=home, family_name="Brink")
    address = AddressFactory(relation=person, city="Hengelo")
    AddressFactory(relation=person, kind="postal", city="Oud", valid_until=date(2021, 1, 1))

    answer = client.get(f"/api/v1/relations/{person.pk}/?fields=display_name&expand=addresses,bank_accounts")

    assert "ETag" not in answer
    row = answer.json()
    assert sorted(row) == ["addresses", "bank_accounts", "display_name"]
    assert [(one["id"], one["city"]) for one in row["addresses"]] == [(address.pk, "Hengelo")]
    part = client.get(f"/api/v1/addresses/{address.pk}/?fields=city&expand=relation").json()
    assert part == {
        "city": "Hengelo",
        "relation": {"id": person.pk, "number": person.number, "kind": "person", "display_name": str(person)},
    }


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("fields=secret", "unknown_field"),
        ("expand=secret", "unknown_field"),
        ("nonsense=1", "unknown_parameter"),
        ("limit=201", "bad_parameter"),
        ("order=birth_date", "bad_parameter"),
        ("on=1-5-2024", "bad_parameter"),
        ("kind=dog", "bad_parameter"),
        ("kind=person&kind=person", "bad_parameter"),
        ("city=%00", "bad_parameter"),
        ("number=99999999999999999999", "bad_parameter"),
    ],
)
def test_question_that_makes_no_sense_is_refused(home, noor, client, question, code):
    answer = client.get(f"/api/v1/relations/?{question}")

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_number_of_queries(home, noor, client, rows, django_assert_num_queries):
    for _ in range(rows):
        AddressFactory(relation=PersonFactory(administration=home))

    # session and user; rights, the page, the addresses
    with django_assert_num_queries(2 + 3):
        answer = client.get("/api/v1/relations/?expand=addresses")

    assert len(answer.json()["results"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("resource", ["addresses", "bank-accounts", "employments", "relationships"])
def test_list_of_parts_costs_the_same_number_of_queries(home, noor, client, resource, rows, django_assert_num_queries):
    for number in range(rows):
        one, other = PersonFactory(administration=home), OrganisationFactory(administration=home)
        AddressFactory(relation=one)
        BankAccountFactory(relation=one)
        EmploymentFactory(person=one, organisation=other, function=f"f{number}")
        RelationshipFactory(from_relation=one, to_relation=other)

    # session and user; rights, the page
    with django_assert_num_queries(2 + 2):
        answer = client.get(f"/api/v1/{resource}/")

    assert len(answer.json()["results"]) == rows


# ------------------------------------------------------------------------------------------------ classes of fields


def test_fields_that_one_may_not_read_are_absent_and_not_to_be_asked_about(home, client):
    person = PersonFactory(administration=home, birth_date=date(1961, 5, 4))
    BankAccountFactory(relation=person)
    tie = RelationshipFactory(
        from_relation=person, to_relation=OrganisationFactory(administration=home), percentage="37.50"
    )
    client.force_login(user_in(home, rights=(), language="en"))

    row = client.get(f"/api/v1/relations/{person.pk}/?expand=bank_accounts").json()

    assert ("birth_date" in row, row["bank_accounts"]) == (False, [])
    assert client.get(f"/api/v1/relations/{person.pk}/?fields=birth_date").json() == {}
    assert "percentage" not in client.get(f"/api/v1/relationships/{tie.pk}/").json()
    assert client.get("/api/v1/bank-accounts/").json()["results"] == []
    refused = client.get("/api/v1/relations/?role=debtor")
    assert (refused.status_code, refused.json()["code"]) == (403, "hidden_field")


def test_fields_are_hidden_per_administration(home, noor, client):
    elsewhere = AdministrationFactory()
    user = user_in(home)
    other_role = user_in(elsewhere, rights=()).grants.get()
    other_role.user = user
    other_role.save()
    for where in (home, elsewhere):
        PersonFactory(administration=where, birth_date=date(1961, 5, 4))
    client.force_login(user)

    rows = client.get("/api/v1/relations/").json()["results"]

    assert {row["administration"]: "birth_date" in row for row in rows} == {home.pk: True, elsewhere.pk: False}


def test_field_that_one_may_not_change_is_refused_by_name(home, client):
    person = PersonFactory(administration=home)
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE,), language="en"))

    answer = change(client, "patch", "relations", person, {"birth_date": "1961-05-04", "sector": ""})

    assert (answer.status_code, answer.json()["code"]) == (403, "field_not_changeable")
    assert answer.json()["errors"] == {"birth_date": [{"code": "closed", "detail": "You may not change this."}]}


def test_reader_changes_nothing(home, client):
    person = PersonFactory(administration=home)
    address = AddressFactory(relation=person)
    client.force_login(user_in(home, rights=()))

    answers = [
        change(client, "patch", "relations", person, {"notes": "x"}),
        change(client, "delete", "addresses", address, If_Match='"1"'),
        post(client, "identifiers", {"relation": person.pk, "kind": "kvk", "value": "12345678"}),
        post(client, "relations", {"administration": home.pk, "kind": "person", "family_name": "X"}),
        post(client, "bank-accounts", {"relation": person.pk, "iban": IBAN}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "forbidden")] * 5


# ------------------------------------------------------------------------------------------------------ writing


def test_post_makes_a_relation_once_per_key_through_the_door_api(home, noor, client):
    body = {"administration": home.pk, "kind": "person", "family_name": "Brink", "phone": "06 1234 5678"}

    first, again = post(client, "relations", body), post(client, "relations", body)
    other_body = post(client, "relations", body | {"family_name": "Dam"})
    without = client.post("/api/v1/relations/", body, JSON)

    made = Relation.objects.get()
    assert (first.status_code, again.status_code, first["ETag"], again["ETag"]) == (201, 201, '"1"', '"1"')
    assert first.json() == again.json()
    assert (first.json()["id"], first.json()["phone"]) == (made.pk, "+31612345678")
    assert first["Location"] == f"http://testserver/api/v1/relations/{made.pk}/"
    assert (other_body.status_code, other_body.json()["code"]) == (409, "key_used_before")
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_required")
    changed = ChangeSet.objects.filter(door="api")
    assert list(changed.values_list("action", "actor")) == [("relation.add", noor.pk)]


def test_what_a_service_refuses_is_said_per_field_and_the_key_may_be_used_again(home, noor, client):
    body = {"administration": home.pk, "kind": "organisation", "legal_name": "Oost B.V.", "phone": "twaalf"}

    refused = post(client, "relations", body)
    mended = post(client, "relations", body | {"phone": "074 291 2345"})

    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert [refused.json()["code"], list(refused.json()["errors"])] == ["validation_failed", ["phone"]]
    assert mended.status_code == 201


def test_refusal_is_in_the_language_of_the_caller(home, noor, client):
    body = {"administration": home.pk, "kind": "person", "notes": "naamloos"}
    english = post(client, "relations", body).json()
    noor.language = "nl"
    noor.save()
    dutch = post(client, "relations", body).json()

    assert english["code"] == dutch["code"] == "validation_failed"
    assert english["errors"] != dutch["errors"]


def test_body_with_an_unknown_field_is_refused(home, noor, client):
    answer = post(client, "relations", {"administration": home.pk, "kind": "person", "achternaam": "Brink"})

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["achternaam"])


def test_patch_writes_only_what_it_names_and_is_held_to_a_version_that_it_names(home, noor, client):
    person = PersonFactory(administration=home, family_name="Brink", notes="oud")

    plain = change(client, "patch", "relations", person, {"notes": "nieuw"})
    stale = change(client, "patch", "relations", person, {"notes": "laat"}, If_Match='"1"')
    weak = change(client, "patch", "relations", person, {"notes": "zwak"}, If_Match='W/"2"')
    right = change(client, "patch", "relations", person, {"notes": "goed"}, If_Match='"2"')

    assert [answer.status_code for answer in (plain, stale, weak, right)] == [200, 412, 412, 200]
    assert (stale.json()["code"], right["ETag"]) == ("changed_meanwhile", '"3"')
    person.refresh_from_db()
    assert (person.family_name, person.notes) == ("Brink", "goed")


def test_put_replaces_everything_and_needs_the_version(home, noor, client):
    person = PersonFactory(administration=home, notes="oud", email="a@oost.example")
    body = {"administration": home.pk, "kind": "person", "given_name": "Aafje", "family_name": "Dam"}

    without = change(client, "put", "relations", person, body)
    done = change(client, "put", "relations", person, body, If_Match='"1"')
    moved = change(client, "put", "relations", person, body | {"kind": "organisation"}, If_Match='"2"')

    assert [answer.status_code for answer in (without, done, moved)] == [428, 200, 422]
    assert (without.json()["code"], moved.json()["errors"]["kind"][0]["code"]) == ("if_match_required", "fixed")
    person.refresh_from_db()
    assert (person.family_name, person.notes, person.email, person.prefix) == ("Dam", "", "", "")


def test_delete_needs_the_version_and_says_what_is_in_the_way(home, noor, client):
    free, needed = OrganisationFactory(administration=home), OrganisationFactory(administration=home)
    role = {"relation": needed.pk, "administration": home.pk, "kind": "debtor", "valid_from": "2026-01-01"}
    assert post(client, "financial-roles", role).status_code == 201

    without = change(client, "delete", "relations", free)
    gone = change(client, "delete", "relations", free, If_Match='"1"')
    kept = change(client, "delete", "relations", needed, If_Match='"1"')

    assert [answer.status_code for answer in (without, gone, kept)] == [428, 204, 409]
    assert "debtor or creditor" in kept.json()["detail"]
    assert list(Relation.objects.all()) == [needed]


def test_unchanged_record_is_not_sent_again(home, noor, client):
    person = PersonFactory(administration=home)

    answer = client.get(f"/api/v1/relations/{person.pk}/", headers={"If-None-Match": '"1"'})

    assert (answer.status_code, answer.content) == (304, b"")


def test_parts_are_made_and_changed_by_their_services(home, noor, client):
    person, theater = PersonFactory(administration=home), OrganisationFactory(administration=home)
    kind = RelationshipType.objects.create(name="kent", reverse_name="kent")
    address = AddressFactory(relation=person)
    bodies = {
        "addresses": {"relation": person.pk, "city": "Almelo", "street": "Dijk", "valid_from": "2026-01-01"},
        "identifiers": {"relation": theater.pk, "kind": "kvk", "value": "12345678"},
        "bank-accounts": {"relation": person.pk, "iban": "NL91 ABNA 0417 1643 00"},
        "employments": {"person": person.pk, "organisation": theater.pk, "valid_from": "2026-01-01"},
        "relationships": {
            "type": kind.pk,
            "from_relation": person.pk,
            "to_relation": theater.pk,
            "valid_from": "2026-01-01",
        },
        "financial-roles": {
            "relation": person.pk,
            "administration": home.pk,
            "kind": "creditor",
            "number": 4711,
            "valid_from": "2026-01-01",
        },
    }

    answers = {resource: post(client, resource, body) for resource, body in bodies.items()}

    assert {resource: answer.status_code for resource, answer in answers.items()} == dict.fromkeys(bodies, 201)
    address.refresh_from_db()
    assert address.valid_until == date(2026, 1, 1)
    account, role = BankAccount.objects.get(), FinancialRole.objects.get()
    assert (account.iban, account.main, role.number.number) == (IBAN, True, 4711)
    assert Identifier.objects.get().value == "12345678"
    tie, job = Relationship.objects.get(), Employment.objects.get()
    changes = [
        change(client, "patch", "employments", job, {"function": "directeur", "valid_until": "2027-01-01"}),
        change(client, "patch", "relationships", tie, {"remarks": "goed"}),
        change(client, "patch", "financial-roles", role, {"payment_term_days": 14}),
        change(client, "patch", "bank-accounts", account, {"main": False}),
        change(client, "delete", "financial-roles", role, If_Match='"2"'),
        change(client, "delete", "addresses", address, If_Match='"2"'),
    ]
    assert [answer.status_code for answer in changes] == [200, 200, 200, 422, 405, 204]
    assert Address.objects.get().city == "Almelo"


def test_dated_rows_are_asked_on_a_day(home, noor, client):
    person = PersonFactory(administration=home)
    AddressFactory(relation=person, city="Oud", valid_until=date(2021, 1, 1))
    AddressFactory(relation=person, city="Nu", valid_from=date(2021, 1, 1))

    def cities(question):
        found = client.get(f"/api/v1/addresses/?relation={person.pk}{question}").json()["results"]
        return [row["city"] for row in found]

    assert (cities(""), cities("&on=2020-06-01"), cities("&on=2022-06-01")) == (["Oud", "Nu"], ["Oud"], ["Nu"])


def test_key_of_another_administration_cannot_be_sent(home, noor, client):
    mine, theirs = PersonFactory(administration=home), OrganisationFactory()

    answers = [
        post(client, "employments", {"person": mine.pk, "organisation": key, "valid_from": "2026-01-01"}, key=str(key))
        for key in (theirs.pk, 987_654)
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["errors"] == answers[1].json()["errors"]


def test_administrations_are_ones_own_and_read_only(home, noor, client):
    AdministrationFactory(name="Geheim")

    answer = client.get(reverse("api:administrations-list"))

    assert [row["name"] for row in answer.json()["results"]] == ["Oost"]
    refused = post(client, "administrations", {"name": "Nieuw"})
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
