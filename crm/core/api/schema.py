"""The description in OpenAPI 3.1: what drf-spectacular cannot see of our endpoints, told once for all of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

PROBLEM = {"$ref": "#/components/schemas/Problem"}
# method → statuses that a problem may have there
REFUSALS = {
    "get": (400, 401, 403, 404, 405, 406, 429),
    "post": (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429),
    "put": (400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429),
    "patch": (400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429),
    "delete": (400, 401, 403, 404, 405, 406, 409, 412, 422, 428, 429),
}
KEY_SCHEMA = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


class ApiSchema(AutoSchema):
    def get_operation(self, *args, **kwargs) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        self._say_answers(operation)
        return operation

    def _say_answers(self, operation: dict[str, Any]) -> None:
        answers, act = operation["responses"], getattr(self.view, "action", "")
        for status in REFUSALS[self.method.lower()]:
            answers[str(status)] = {
                "description": _("Refused"),
                "content": {"application/problem+json": {"schema": PROBLEM}},
            }
        brought = {one.name: one.schema for one in getattr(self.view, "expansions", ()) if one.schema}
        if act == "retrieve" and brought:
            content = answers["200"]["content"]["application/json"]
            content["schema"] = {"allOf": [content["schema"], {"type": "object", "properties": brought}]}
        if act == "list" and "200" in answers:
            row = answers["200"]["content"]["application/json"]["schema"]
            row = row["items"] if row.get("type") == "array" else row
            if brought:
                row = {"allOf": [row, {"type": "object", "properties": brought}]}
            page = {
                "type": "object",
                "properties": {
                    "results": {"type": "array", "items": row},
                    "next": {"type": ["string", "null"], "format": "uri"},
                },
                "required": ["results", "next"],
            }
            answers["200"]["content"] = {"application/json": {"schema": page}}
        if act in ("retrieve", "update", "partial_update", "create"):
            for status in ("200", "201"):
                if status in answers:
                    answers[status].setdefault("headers", {})["ETag"] = {"schema": {"type": "string"}}
        if act == "retrieve":
            answers["304"] = {"description": _("The caller has this version already")}

    def get_filter_backends(self):
        return []

    def _is_list_view(self, serializer=None) -> bool:
        return getattr(self.view, "action", "") == "list"

    def get_override_parameters(self) -> list[OpenApiParameter]:
        view, act = self.view, getattr(self.view, "action", "")
        found = []

        def query(name, description, schema=None):
            found.append(OpenApiParameter(name, schema or {"type": "string"}, description=str(description)))

        def header(name, description, required):
            found.append(
                OpenApiParameter(
                    name, {"type": "string"}, OpenApiParameter.HEADER, required=required, description=description
                )
            )

        if act in ("list", "retrieve"):
            query("fields", _("Only these fields, with commas between them"))
            names = [one.name for one in view.expansions]
            query("expand", _("Bring along, with commas between them: %(names)s") % {"names": ", ".join(names) or "–"})
            query("on", _("The day that is asked about; without it today"), {"type": "string", "format": "date"})
        if act == "list":
            query("limit", _("Rows on a page"), {"type": "integer", "minimum": 1, "maximum": 200, "default": 50})
            query("cursor", _("From `next` of the page before"))
            choices = [sign + name for name in view.orders for sign in ("", "-")]
            query("order", _("In which order"), {"type": "string", "enum": choices})
            for one in view.parameters:
                query(one.name, one.description, one.schema)
            if "search" in view.more_parameters():
                query("search", _("Words, forgiving typing errors; best fit first, 200 at most"))
        if act == "create":
            header("Idempotency-Key", _("Made up by the caller, new for each record: sent again, it makes none"), True)
        if act in ("update", "destroy"):
            header("If-Match", _("The ETag of what was read"), True)
        if act == "partial_update":
            header("If-Match", _("The ETag of what was read; without it only what is named is written"), False)
        if act in ("retrieve", "update", "partial_update", "destroy"):
            found.append(OpenApiParameter("id", KEY_SCHEMA, OpenApiParameter.PATH, required=True))
        return found


def finish(result: dict[str, Any], generator, request, public) -> dict[str, Any]:
    """A hook of the description: the problem, and no field of an answer is sure to be there (rights, `fields`)."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.items():
        if not name.endswith("Request"):
            schema.pop("required", None)
    error = {
        "type": "object",
        "properties": {"code": {"type": "string"}, "detail": {"type": "string"}},
        "required": ["code", "detail"],
    }
    schemas["Problem"] = {
        "type": "object",
        "description": _("What was refused and why: RFC 9457"),
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string"},
            "reference": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "array", "items": error}},
        },
        "required": ["type", "title", "status", "detail", "code", "reference"],
    }
    return result
