"""Strong ETags: the version of one record in full form. If-Match as RFC 9110 13.1.1: a weak one never matches."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crm.core.api.problems import Problem

_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag_of(version: int) -> str:
    return f'"{version}"'


def held_to(request: HttpRequest, current: int, *, required: bool) -> int | None:
    """The version that a change is held to: the record's own one when If-Match names it.

    None when there is no If-Match and none is needed. Raises Problem: 428 without one that is needed, 412 when it
    names another version.
    """
    given = request.headers.get("If-Match", "").strip()
    if not given:
        if required:
            raise Problem("if_match_required", _("Send the ETag of what you read in If-Match."))
        return None
    strong = {value for weak, value in _TAG.findall(given) if not weak}
    if given == "*" or str(current) in strong:
        return current
    raise Problem("changed_meanwhile", _("Read it again, and change what you read."))


def is_known(request: HttpRequest, version: int) -> bool:
    """Whether If-None-Match says that the caller has this version; the comparison there is weak."""
    given = request.headers.get("If-None-Match", "").strip()
    return given == "*" or str(version) in {value for _weak, value in _TAG.findall(given)}
