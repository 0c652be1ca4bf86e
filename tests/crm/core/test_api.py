"""What holds at every endpoint of the API, whatever is sent to it."""

import pytest

from crm.core.api.etags import held_to
from crm.core.api.problems import CODES, Problem, problem_of
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "1"}


@pytest.fixture
def noor(client):
    user = user_in(AdministrationFactory(), language="en")
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[" * 100_000, 400, "malformed"),
        (b'{"a":' * 100_000, 400, "malformed"),
        (b"", 422, "validation_failed"),
        (b"[]", 400, "malformed"),
        (b'"text"', 400, "malformed"),
        (b'{"kind": NaN}', 400, "malformed"),
        (b'{"kind": "\xff"}', 400, "malformed"),
        (b'{"kind": "\\ud800"}', 400, "malformed"),
        (b'{"administration": 1e999}', 400, "malformed"),
        (b'{"administration": 99999999999999999999999}', 422, "validation_failed"),
        (b'{"administration": true, "kind": {"a": [1]}}', 422, "validation_failed"),
        (b'{"kind": "person", "family_name": "a\\u0000b"}', 422, "validation_failed"),
        (b"{" + b" " * 1_000_001 + b"}", 413, "too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_body_that_is_no_request_is_refused_in_words(noor, client, body, status, code):
    answer = client.post("/api/v1/relations/", body, "application/json", headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


def test_other_kinds_of_content_are_refused(noor, client):
    sent = client.post("/api/v1/relations/", "a=1", "application/x-www-form-urlencoded", headers=KEY)
    asked = client.get("/api/v1/relations/", headers={"Accept": "text/csv"})

    assert [(one.status_code, one.json()["code"]) for one in (sent, asked)] == [
        (415, "unsupported_media_type"),
        (406, "not_acceptable"),
    ]


def test_address_that_is_not_there_is_a_problem_too(client):
    answer = client.get("/api/v1/dragons/")

    told = answer.json()
    assert (answer.status_code, told["code"], told["type"]) == (404, "not_found", "urn:schakel:problem:not_found")
    assert told["reference"].isdigit()


def test_one_time_key_is_given_and_short(noor, client):
    answers = [
        client.post("/api/v1/relations/", {}, "application/json", headers=headers)
        for headers in ({}, {"Idempotency-Key": "k" * 101})
    ]

    assert {answer.json()["code"] for answer in answers} == {"idempotency_key_required"}


def test_fault_of_ours_tells_nothing_but_a_number():
    assert problem_of(RuntimeError("SELECT secret FROM /srv/x.py")) is None


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_status_and_a_title(code):
    status, title = CODES[code]

    assert (400 <= status <= 500, bool(str(title))) == (True, True)
    assert Problem(code).status_code == status


@pytest.mark.parametrize(
    ("given", "held"), [('"3"', 3), ('"1", "3"', 3), ("*", 3), ('W/"3"', 412), ('"2"', 412), ("3", 412), ("", None)]
)
def test_if_match_is_strong(rf, given, held):
    request = rf.patch("/", headers={"If-Match": given} if given else {})

    try:
        outcome = held_to(request, 3, required=False)
    except Problem as refusal:
        outcome = refusal.status_code

    assert outcome == held
