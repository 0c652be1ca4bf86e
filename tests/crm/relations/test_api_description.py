"""The description of the API is true: what Schemathesis makes up from it breaks nothing and is answered as described.

A small run with a fixed seed; EXAMPLES=1000 in the environment makes it a long one.
"""

import os
from datetime import timedelta

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from crm.access.api_tokens.services import make_token
from crm.core.api.routes import resources
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
EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@pytest.fixture
def by_token(settings):
    """Headers of a token that may everything in an administration with one of most things."""
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 10**9
    home = AdministrationFactory()
    person, theater = PersonFactory(administration=home), OrganisationFactory(administration=home)
    AddressFactory(relation=person)
    BankAccountFactory(relation=person)
    EmploymentFactory(person=person, organisation=theater)
    RelationshipFactory(from_relation=person, to_relation=theater)
    today = timezone.localdate()
    _token, secret = make_token(
        user_in(home, language="en"),
        name="Schemathesis",
        scopes=[f"{one.key}:write" for one in resources()],
        administrations=[home],
        expires_on=today + timedelta(days=1),
        on=today,
    )
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def one_connection():
    """The requests keep the connection of the test, as those of Django's own client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operation_record(path: str) -> int:
    """The id of a record that is there, of the resource in this address."""
    viewset = {one.key: one.viewset for one in resources()}[path.strip("/").split("/")[-2]]
    return viewset.model._base_manager.values_list("pk", flat=True).first() or 1


def made_up_of(operation, headers, answered: set[int]):
    """A test that sends what Hypothesis makes up for this operation, and notes the statuses."""

    @hypothesis_settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers_as_described(case):
        if case.path_parameters.get("id", 0) % 2:  # every other one is there
            case.path_parameters["id"] = operation_record(operation.path)
        response = case.call(headers=headers)
        answered.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    return answers_as_described


def test_description_is_true(by_token, one_connection):
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", app=application, headers=by_token)
    tried, wrong, answered = [], [], set()

    for result in schema.get_all_operations():
        operation = result.ok()
        tried.append(operation.label)
        try:
            made_up_of(operation, by_token, answered)()
        except FailureGroup as failure:  # all of them are told at once, with what was sent
            wrong.append(f"{operation.label}: {failure}"[:1500])

    assert wrong == []
    assert len(tried) > 30
    # the run proves nothing when all of it is refused
    assert answered >= {200, 400, 404, 422}
