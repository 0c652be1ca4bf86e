"""What is refused is said one way by every endpoint: application/problem+json (RFC 9457), in the caller's language.

`code` is for programs and never translated; `title` and `detail` are for people; `errors` names fields, as
field → list of {code, detail}; `reference` stands in the log too.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    ValidationError,
)
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from crm.core.api.rendering import JsonRenderer, ProblemRenderer, dumps
from crm.core.recorded import ChangedMeanwhile

log = logging.getLogger("schakel.api")
ABOUT_ALL = "_"  # in `errors`: what is about no field alone

# code → (status, title)
CODES: dict[str, tuple[int, Any]] = {
    "malformed": (400, gettext_lazy("The body is not JSON that can be read")),
    "unknown_parameter": (400, gettext_lazy("Unknown parameter")),
    "unknown_field": (400, gettext_lazy("Unknown field")),
    "bad_parameter": (400, gettext_lazy("A parameter has a value that it cannot have")),
    "bad_cursor": (400, gettext_lazy("The cursor is not one of this list")),
    "idempotency_key_required": (400, gettext_lazy("The header Idempotency-Key is needed")),
    "two_credentials": (400, gettext_lazy("A token and a session in one request")),
    "not_signed_in": (401, gettext_lazy("Not signed in")),
    "invalid_token": (401, gettext_lazy("The token is not valid")),
    "forbidden": (403, gettext_lazy("Not allowed")),
    "scope_missing": (403, gettext_lazy("The token was not made for this")),
    "hidden_field": (403, gettext_lazy("A field that you may not read")),
    "field_not_changeable": (403, gettext_lazy("A field that you may not change")),
    "not_found": (404, gettext_lazy("Not found")),
    "method_not_allowed": (405, gettext_lazy("This method is not there for this address")),
    "not_acceptable": (406, gettext_lazy("Only JSON is answered")),
    "in_use": (409, gettext_lazy("Something still needs it")),
    "key_used_before": (409, gettext_lazy("This Idempotency-Key was used for something else")),
    "conflict": (409, gettext_lazy("It clashes with what is there already")),
    "changed_meanwhile": (412, gettext_lazy("It was changed meanwhile")),
    "too_large": (413, gettext_lazy("The body is too large")),
    "unsupported_media_type": (415, gettext_lazy("Only JSON is read")),
    "validation_failed": (422, gettext_lazy("Not everything is right yet")),
    "if_match_required": (428, gettext_lazy("The header If-Match is needed")),
    "too_many_requests": (429, gettext_lazy("Too many requests")),
    "failed": (500, gettext_lazy("Something went wrong here")),
}


class Problem(exceptions.APIException):
    """Refuse a request: `code` is a key of CODES, `detail` a sentence, `errors` field → list of (code, sentence)."""

    def __init__(self, code: str, detail: str = "", *, errors: dict[str, list[tuple[str, str]]] | None = None):
        self.status_code = CODES[code][0]
        self.problem_code, self.errors = code, errors or {}
        super().__init__(detail or str(CODES[code][1]), code)


# exceptions of Django REST framework → our code
_OF_FRAMEWORK = (
    (exceptions.ParseError, "malformed"),
    (exceptions.NotAuthenticated, "not_signed_in"),
    (exceptions.AuthenticationFailed, "invalid_token"),
    (exceptions.PermissionDenied, "forbidden"),
    (PermissionDenied, "forbidden"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (ObjectDoesNotExist, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "too_many_requests"),
    (RequestDataTooBig, "too_large"),
    (ProtectedError, "in_use"),
    (IntegrityError, "conflict"),
)


def problem_of(error: Exception) -> Problem | None:
    """The problem that an exception stands for; None for one that is a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ChangedMeanwhile):
        return Problem("changed_meanwhile", _("Read it again, and change what you read."))
    if isinstance(error, ValidationError):
        return Problem("validation_failed", errors=errors_of(error))
    if isinstance(error, exceptions.ValidationError):
        return Problem("validation_failed", errors=_errors_of_serializer(error.get_full_details()))
    for kind, code in _OF_FRAMEWORK:
        if isinstance(error, kind):
            return Problem(code, _said(error, code))
    return None


def _said(error: Exception, code: str) -> str:
    """A sentence of the framework's where it is for people; never what a database or a look-up said."""
    if code == "too_many_requests":
        seconds = int(error.wait or 1) if error.wait is None or error.wait < 1 else -int(-error.wait // 1)
        return _("Wait %(seconds)d seconds and try again.") % {"seconds": seconds}
    if code in ("forbidden", "invalid_token", "not_signed_in") and isinstance(error, exceptions.APIException):
        return str(error.detail)
    return ""


def errors_of(error: ValidationError) -> dict[str, list[tuple[str, str]]]:
    """field → [(code, sentence)] of what a model, service or guard refused."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    return {
        ABOUT_ALL if name == NON_FIELD_ERRORS else name: [
            (str(one.code or "invalid"), " ".join(one.messages)) for one in errors
        ]
        for name, errors in by_field.items()
    }


def _errors_of_serializer(details: Any, prefix: str = "") -> dict[str, list[tuple[str, str]]]:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        return {prefix or ABOUT_ALL: [(str(details["code"]), str(details["message"]))]}
    found: dict[str, list[tuple[str, str]]] = {}
    parts = details.items() if isinstance(details, dict) else ((None, one) for one in details)
    for name, inner in parts:
        key = prefix if name in (None, "non_field_errors") else f"{prefix}.{name}" if prefix else str(name)
        for where, errors in _errors_of_serializer(inner, key).items():
            found.setdefault(where, []).extend(errors)
    return found


def new_reference() -> str:
    """A number that somebody can read out over the phone, and that is found in the log."""
    return f"{secrets.randbelow(10**10):010d}"


def body_of(problem: Problem, reference: str) -> dict[str, Any]:
    status, title = CODES[problem.problem_code]
    body = {
        "type": f"urn:schakel:problem:{problem.problem_code}",
        "title": str(title),
        "status": status,
        "detail": str(problem.detail),
        "code": problem.problem_code,
        "reference": reference,
    }
    if problem.errors:
        body["errors"] = {
            name: [{"code": code, "detail": str(sentence)} for code, sentence in errors]
            for name, errors in problem.errors.items()
        }
    return body


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """The exception handler of the API (`EXCEPTION_HANDLER`): a fault of ours is logged, and told without words."""
    reference = new_reference()
    problem = problem_of(error)
    if problem is None:
        # with the place, without the values: they may be personal data (config.logs)
        log.error("%s %s", reference, type(error).__name__, exc_info=error)
        problem = Problem("failed", _("It was noted. Tell us this number: %(number)s.") % {"number": reference})
    response = Response(body_of(problem, reference), status=problem.status_code)
    if getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        response["Retry-After"] = str(-int(-error.wait // 1))
    view = context["view"]
    if problem.status_code == 405:
        response["Allow"] = ", ".join(view.allowed_methods)
    view.request.accepted_renderer = ProblemRenderer()
    view.request.accepted_media_type = ProblemRenderer.media_type
    return response


def answer(request: HttpRequest, code: str, detail: str = "") -> HttpResponse:
    """A problem outside of every endpoint."""
    body = body_of(Problem(code, detail), new_reference())
    return HttpResponse(dumps(body), status=CODES[code][0], content_type=ProblemRenderer.media_type)


def json_response(data: Any, status: int) -> HttpResponse:
    """An answer that is there as bytes, to be kept with its one-time key."""
    return HttpResponse(dumps(data), status=status, content_type=JsonRenderer.media_type)
