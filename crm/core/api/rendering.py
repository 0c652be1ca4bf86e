"""JSON in and out by orjson: fast, and strict about what it reads (UTF-8, no NaN, no nesting without end)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer


def dumps(data: Any) -> bytes:
    return orjson.dumps(data, default=_other, option=orjson.OPT_NON_STR_KEYS)


def _other(value: Any) -> Any:
    if isinstance(value, Decimal | Promise | UUID):
        return str(value)
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    raise TypeError(type(value).__name__)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(self, data, accepted_media_type=None, renderer_context=None) -> bytes:
        return b"" if data is None else dumps(data)


class ProblemRenderer(JsonRenderer):
    media_type = "application/problem+json"
    format = "problem"


class JsonParser(BaseParser):
    """Raises ParseError for what is no JSON, for nesting deeper than 1,000 and for anything but an object."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None) -> dict[str, Any]:
        try:
            data = orjson.loads(stream.read())
        except orjson.JSONDecodeError as wrong:
            raise ParseError(_("The body is not JSON that can be read.")) from wrong
        if not isinstance(data, dict):
            raise ParseError(_("The body is to be one JSON object."))
        return data


class MergePatchParser(JsonParser):
    """RFC 7396, which a PATCH may call its body."""

    media_type = "application/merge-patch+json"
