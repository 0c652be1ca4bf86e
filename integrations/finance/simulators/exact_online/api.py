"""The vendor's side of every call under /api/v1: from method, path, query and body to an answer."""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, unquote, urlsplit

from .entities import ENTITIES, Refused
from .odata import BadRequest, Filter, selected

PATH = re.compile(
    r"/api/v1/(?P<division>\d+|current)/(?P<entity>[A-Za-z/]+?)(?:\(guid'(?P<id>[0-9a-fA-F-]{36})'\))?/?"
)
DIVISIONS = ("system/Divisions", "hrm/Divisions")
USER = "Boekhouding (simulator)"


@dataclass
class Reply:
    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict = field(default_factory=dict)


def json_reply(status, data, **headers):
    return Reply(status, json.dumps(data, ensure_ascii=False, default=float).encode(), headers=headers)


def error_reply(status, words):
    """An error in the vendor's form; for 4xx the words stand in the header Reason too (ASCII there)."""
    reply = json_reply(status, {"error": {"code": "", "message": {"lang": "", "value": words}}})
    if 400 <= status < 500:
        reply.headers["Reason"] = words.encode("ascii", "replace").decode()
    return reply


class Vendor:
    """`answer(method, target, body, base_url, token)` is one call of the API; `token` None when there was none."""

    def __init__(self, store, authority, limits, *, division):
        self._store = store
        self._authority = authority
        self._limits = limits
        self._division = division

    def answer(self, method, target, body, *, base_url, token):
        parts = urlsplit(target)
        match = PATH.fullmatch(unquote(parts.path))
        endpoint = match["entity"] if match else parts.path
        headers, allowed = self._limits.take()
        if not allowed:
            reply = error_reply(429, "Too many requests")
        elif self._limits.blocked(endpoint):
            reply = error_reply(429, "Too many errors on this endpoint; blocked for an hour")
        elif token is None or not self._authority.accepts(token):
            reply = error_reply(401, "Unauthorized - Token expired")
        elif match is None:
            reply = error_reply(404, "Resource not found")
        else:
            reply = self._routed(method, match, parts, body, base_url)
        self._limits.note(endpoint, reply.status)
        reply.headers |= headers
        return reply

    def _routed(self, method, match, parts, body, base_url):
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if match["division"] == "current":
            if match["entity"] != "Me" or method != "GET":
                return error_reply(404, "Resource not found")
            return json_reply(200, {"d": {"results": [{"CurrentDivision": self._division, "UserName": USER}]}})
        if int(match["division"]) != self._division:
            return error_reply(403, "Forbidden - no access to this division")
        if match["entity"] in DIVISIONS and method == "GET":
            rows = [{"Code": self._division, "Description": "Vereniging De Proeftuin"}]
            return json_reply(200, {"d": {"results": rows}})
        entity = ENTITIES.get(match["entity"])
        if entity is None:
            return error_reply(404, "Resource not found")
        if method not in entity.verbs:
            return error_reply(403, "Forbidden - not supported here")
        try:
            return self._done(method, entity, (match["id"] or "").lower(), query, body, parts.path, base_url)
        except BadRequest as error:
            return error_reply(400, f"Bad Request - {error}")
        except Refused as error:
            return error_reply(500, str(error))

    def _done(self, method, entity, id, query, body, path, base_url):
        if method == "GET":
            return self._one(entity, id, query) if id else self._list(entity, query, path, base_url)
        if method == "DELETE":
            return Reply(204) if id and self._store.delete(entity, id) else error_reply(404, "Resource not found")
        data = _object(body)
        if method == "POST" and not id:
            row = self._store.create(entity, data)
            uri = f"{base_url}/api/v1/{self._division}/{entity.path}(guid'{row['ID']}')"
            return json_reply(201, {"d": {"__metadata": {"uri": uri}} | selected(row, entity.kinds, entity.kinds)})
        if method == "PUT" and id:
            return Reply(204) if self._store.change(entity, id, data) else error_reply(404, "Resource not found")
        return error_reply(404, "Resource not found")

    def _one(self, entity, id, query):
        rows = self._store.having(entity.table or entity.path, "ID", id)
        if not rows:
            return error_reply(404, "Resource not found")
        return json_reply(200, {"d": selected(rows[0], _names(entity, query), entity.kinds)})

    def _list(self, entity, query, path, base_url):
        if entity.select_required and "$select" not in query and query.get("$top") != "1":
            raise BadRequest("Please add a $select or a $top=1 statement to the query string")
        names = _names(entity, query)
        wanted = Filter(query["$filter"], entity.kinds) if query.get("$filter") else None
        rows = self._store.matching(entity, wanted)
        if entity.path.startswith("sync/"):
            rows.sort(key=lambda row: row["Timestamp"])
        key = "HID" if "HID" in entity.kinds else "ID"
        start = query.get("$skiptoken", "").removeprefix("guid'").removesuffix("'")
        if start:
            at = next((number for number, row in enumerate(rows) if row[key] == start), None)
            if at is None:
                raise BadRequest("The skiptoken is not valid any more")
            rows = rows[at + 1 :]
        if query.get("$top"):
            if not query["$top"].isdigit():
                raise BadRequest("Invalid $top")
            rows = rows[: int(query["$top"])]
        page = rows[: entity.page]
        envelope = {"results": [selected(row, names, entity.kinds) for row in page]}
        if len(rows) > len(page):
            kept = {name: query[name] for name in ("$select", "$filter") if name in query}
            kept["$skiptoken"] = f"guid'{page[-1][key]}'"
            envelope["__next"] = f"{base_url}{path}?" + "&".join(
                f"{name}={quote(text)}" for name, text in kept.items()
            )
        return json_reply(200, {"d": envelope})


def write_as_somebody_else(store, target, body):
    """Make the record of a create as another user would have, just before it arrives (the scenario "duplicate")."""
    match = PATH.fullmatch(unquote(urlsplit(target).path))
    entity = ENTITIES.get(match["entity"]) if match else None
    if entity and "POST" in entity.verbs:
        data = _object(body)
        if entity.path == "crm/Accounts":
            data["Remarks"] = "Al gemaakt door een collega"
        store.create(entity, data)


def _names(entity, query):
    names = [name.strip() for name in query.get("$select", "").split(",") if name.strip()] or list(entity.kinds)
    unknown = [name for name in names if name not in entity.kinds]
    if unknown:
        raise BadRequest(f"No property '{unknown[0]}' exists")
    return names


def _object(body):
    try:
        return json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise BadRequest("The request body is no JSON") from error
