"""A POST makes one thing, however often it is sent: the Idempotency-Key of the API on the one-time keys of core."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from crm.core import once
from crm.core.api.etags import etag_of
from crm.core.api.problems import Problem


def once_only(request: Request, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Do `act` once per Idempotency-Key. Raises Problem: 400 without one, 409 for one that came with another body."""
    inner: HttpRequest = request._request
    key = request.headers.get(once.HEADER, "")
    if not key or len(key) > once.KEY_LENGTH or not key.isprintable():
        said = _("Send a new one, of at most %(most)d characters, with everything that is to be made once.")
        raise Problem("idempotency_key_required", said % {"most": once.KEY_LENGTH})

    def used_before(_request: HttpRequest) -> HttpResponse:
        raise Problem("key_used_before", _("Take a new key for another body."))

    answer = once.earlier_answer(inner, mismatch=used_before) or once.answer(inner, act, mismatch=used_before)
    if answer.status_code == 201:
        version = orjson.loads(answer.content).get("version")
        if version is not None:
            answer["ETag"] = etag_of(version)
    return answer
