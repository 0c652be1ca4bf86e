"""The base of every endpoint: who asks, what of it may be read, and the record as JSON.

Lists and records are read with `values_list`, never as objects (design/performance.md 6); a serializer checks what
comes in and describes what goes out; what changes goes through a service, in `add`, `change` and `remove`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crm.core.actor_rights import rights_of
from crm.core.api.etags import etag_of, held_to, is_known
from crm.core.api.one_time import once_only
from crm.core.api.paging import beyond, limit_of, seal, unseal
from crm.core.api.parameters import Asked, Expansion, Parameter, Row, day_of, key_of, words_of
from crm.core.api.problems import Problem, json_response
from crm.core.api.rendering import JsonParser, MergePatchParser
from crm.core.api.schema import ApiSchema
from crm.core.field_classes import PUBLIC, classes_of
from crm.core.recorded import ChangedMeanwhile, Recorded

MOST_BYTES = 1_000_000
LONGEST_PARAMETER = 500
# how often a PATCH without If-Match begins again when somebody else saved in between
TRIES = 3
OF_A_RECORD = frozenset({"fields", "expand", "on"})
OF_A_LIST = OF_A_RECORD | {"limit", "cursor", "order"}


class ApiEndpoint:
    """Mixin of every endpoint: sizes, parameters, language and headers."""

    parser_classes = (JsonParser, MergePatchParser)
    http_method_names = ("get", "head", "post", "put", "patch", "delete")

    def initial(self, request: Request, *args, **kwargs) -> None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise Problem("too_large", _("At most %(most)d bytes at a time.") % {"most": MOST_BYTES})
        super().initial(request, *args, **kwargs)
        if request.auth is not None and not request.headers.get("Accept-Language"):
            translation.activate(request.user.language)
        for name, values in request.query_params.lists():
            for value in (name, *values):
                if "\0" in value or len(value) > (2_000 if name == "cursor" else LONGEST_PARAMETER):
                    raise Problem("bad_parameter", _("A parameter is too long or holds a NUL."))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request._request, "rate_headers", {}).items():
            response[name] = value
        response.setdefault("Cache-Control", "no-store")
        return response


class RecordEndpoint(ApiEndpoint, GenericViewSet, ABC):
    """The records of one model. A subclass names them and calls the services; without `add` there is no POST, and
    so on (`routes` looks which there are)."""

    resource: ClassVar[str] = ""
    model: ClassVar[type[Recorded]]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    expansions: ClassVar[tuple[Expansion, ...]] = ()
    # name → columns of which the last tells rows apart, an index has them so; the first is the usual one
    orders: ClassVar[dict[str, tuple[str, ...]]] = {"id": ("id",)}
    dated: ClassVar[bool] = False
    # what is chosen when a record is made, and then stays
    fixed: ClassVar[frozenset[str]] = frozenset()
    schema = ApiSchema()

    add: ClassVar[Callable[..., Recorded] | None] = None
    # given together with `add`: the administrations whose rights count for a record that is to be made; raises Problem
    homes_of_new: ClassVar[Callable[..., set[int]] | None] = None
    change: ClassVar[Callable[..., Recorded] | None] = None
    remove: ClassVar[Callable[..., None] | None] = None

    # ------------------------------------------------------------------------------------------------ reading

    def visible(self, user, asked: Asked) -> QuerySet:
        rows = self.model.objects.visible_to(user)
        return rows.on(asked.on) if self.dated and asked.on else rows

    @abstractmethod
    def homes(self, ids: Sequence[int]) -> dict[int, set[int]]:
        """id → the administrations whose rights count for this record; asked where rights differ between them."""

    def list(self, request: Request) -> Response:
        known = OF_A_LIST | {one.name for one in self.parameters} | self.more_parameters()
        asked = self.asked(request, known)
        rows, onward = self.page(request, self.narrowed(request, asked), asked)
        self.complete(rows, request.user, asked)
        return Response({"results": [self.shown(row, asked) for row in rows], "next": onward})

    def more_parameters(self) -> frozenset[str]:
        return frozenset()

    def retrieve(self, request: Request, pk: str) -> Response:
        asked = self.asked(request, OF_A_RECORD)
        row = self.one(request.user, pk, asked)
        if not asked.full:
            return Response(self.shown(row, asked))
        tag = {"ETag": etag_of(row["version"])}
        if is_known(request, row["version"]):
            return Response(status=304, headers=tag)
        return Response(self.shown(row, asked), headers=tag)

    def one(self, user, pk: Any, asked: Asked) -> Row:
        rows = self.read(self.visible(user, asked).filter(pk=key_of(pk)), asked)
        if not rows:
            raise Problem("not_found")
        self.complete(rows, user, asked)
        return rows[0]

    def asked(self, request: Request, known: Iterable[str]) -> Asked:
        given = request.query_params
        if unknown := sorted(set(given) - set(known)):
            names = {"names": ", ".join(unknown)[:200]}
            raise Problem("unknown_parameter", _("There is no parameter %(names)s here.") % names)
        if doubled := sorted(name for name in given if len(given.getlist(name)) > 1):
            raise Problem("bad_parameter", _("Given more than once: %(names)s.") % {"names": ", ".join(doubled)[:200]})
        return self.asked_of(
            fields=words_of(given.get("fields")),
            expand=words_of(given.get("expand")) or (),
            on=day_of(given.get("on")),
        )

    def asked_of(self, *, fields: tuple[str, ...] | None = None, expand: tuple[str, ...] = (), on=None) -> Asked:
        columns = self.columns()
        known = {one.name for one in self.expansions}
        if wrong := sorted(set(fields or ()) - set(columns)) + sorted(set(expand) - known):
            raise Problem("unknown_field", _("There is no field %(names)s here.") % {"names": ", ".join(wrong)[:200]})
        names = tuple(name for name in columns if fields is None or name in fields)
        full = fields is None and not expand
        return Asked(names=names, expand=expand, on=on, today=timezone.localdate(), full=full)

    def columns(self) -> dict[str, str]:
        """name → what `values_list` calls it."""
        return _columns_of(self.serializer_class)

    def get_queryset(self) -> QuerySet:
        """Not asked: reading goes through `visible`."""
        return self.model.objects.none()

    def narrowed(self, request: Request, asked: Asked) -> QuerySet:
        rows, rights = self.visible(request.user, asked), rights_of(request.user)
        for one in self.parameters:
            raw = request.query_params.get(one.name)
            if raw is None:
                rows = self.without(rows, one, asked)
                continue
            if not one.allowed(rights):
                raise Problem("hidden_field", _("You may not filter on %(name)s.") % {"name": one.name})
            rows = one.narrow(rows, raw, user=request.user, on=asked.day)
        return rows

    def without(self, rows: QuerySet, parameter: Parameter, asked: Asked) -> QuerySet:
        """What the list shows while this filter is not given."""
        return rows

    def page(self, request: Request, rows: QuerySet, asked: Asked) -> tuple[list[Row], str | None]:
        given = request.query_params
        order, size = given.get("order", next(iter(self.orders))), limit_of(given.get("limit"))
        down = order.startswith("-")
        columns = self.orders.get(order.removeprefix("-"))
        if columns is None:
            offered = {"names": ", ".join(self.orders)}
            raise Problem("bad_parameter", _("order is one of %(names)s, with - in front from the end.") % offered)
        place = f"{self.resource} {order}"
        if "cursor" in given:
            rows = rows.filter(beyond(columns, unseal(given["cursor"], of=place), down=down))
        rows = rows.order_by(*(f"-{name}" if down else name for name in columns))
        found = self.read(rows[: size + 1], asked, *columns)
        onward = None
        if len(found) > size:
            found = found[:size]
            onward = self.onward(request, seal([found[-1][name] for name in columns], of=place))
        return found, onward

    def onward(self, request: Request, cursor: str) -> str:
        kept = {**request.query_params.dict(), "cursor": cursor}
        return request.build_absolute_uri(f"{request.path}?{urlencode(kept)}")

    def read(self, rows: QuerySet, asked: Asked, *more: str) -> list[Row]:
        """The rows as dicts: what was asked, the id, the version and the columns in `more`."""
        columns = self.columns()
        needed = [name for one in self.expansions if one.name in asked.expand for name in one.needs]
        names = tuple(dict.fromkeys((*asked.names, "id", "version", *more, *needed)))
        sources = [columns.get(name, name) for name in names]
        return [dict(zip(names, found, strict=True)) for found in rows.values_list(*sources)]

    def complete(self, rows: list[Row], user, asked: Asked) -> None:
        """Take out what this user may not read, and bring along what was to be expanded."""
        self.hide(rows, user, asked.names)
        for one in self.expansions:
            if one.name in asked.expand and rows:
                one.fill(rows, user, asked.day)

    def hide(self, rows: list[Row], user, names: Iterable[str]) -> None:
        rights, classes = rights_of(user), classes_of(self.model)
        of = {name: classes.get(name, PUBLIC) for name in names}
        everywhere, somewhere = rights.readable_classes(), rights.readable_classes(rights.administrations())
        doubtful = {name for name, key in of.items() if key not in everywhere}
        if not doubtful or not rows:
            return
        asked_per_row = any(of[name] in somewhere for name in doubtful)
        homes = self.homes([row["id"] for row in rows]) if asked_per_row else {}
        for row in rows:
            for name in doubtful - rights.readable(self.model, homes.get(row["id"], ())):
                row.pop(name, None)

    def shown(self, row: Row, asked: Asked) -> Row:
        return {name: row[name] for name in (*asked.names, *asked.expand) if name in row}

    # ------------------------------------------------------------------------------------------------ writing

    def create(self, request: Request) -> HttpResponse:
        """Made once per Idempotency-Key: the second request gets the answer of the first."""
        self.asked(request, ())
        return once_only(request, lambda: self._create(request))

    def _create(self, request: Request) -> HttpResponse:
        values = self.checked(request)
        self.refuse_closed(values, self.homes_of_new(values), request.user)
        record = self.add(request.user, values)
        row = self.shown(self.one(request.user, record.pk, self.asked_of()), self.asked_of())
        answer = json_response(row, 201)
        answer["Location"] = request.build_absolute_uri(f"{request.path}{record.pk}/")
        return answer

    def update(self, request: Request, pk: str) -> Response:
        """Everything is replaced: what is not named gets its standard value."""
        return self._changed(request, pk, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Only what is named is written."""
        return self._changed(request, pk, partial=True)

    def _changed(self, request: Request, pk: str, *, partial: bool) -> Response:
        self.asked(request, ())
        for attempt in range(TRIES):
            record = self.editable(request.user, pk)
            held = held_to(request, record.version, required=not partial)
            values = self.values_for(record, request, partial=partial)
            try:
                if values:
                    record = self.change(record, version=record.version, **values)
                break
            except ChangedMeanwhile:
                if held is not None or attempt == TRIES - 1:
                    raise
        row = self.one(request.user, record.pk, self.asked_of())
        return Response(self.shown(row, self.asked_of()), headers={"ETag": etag_of(row["version"])})

    def values_for(self, record: Recorded, request: Request, *, partial: bool) -> Row:
        values = self.checked(request, partial=partial)
        for name in self.fixed & set(values):
            if values.pop(name) != self.value_of(record, name):
                said = _("This is chosen when a record is made, and stays.")
                raise Problem("validation_failed", errors={name: [("fixed", said)]})
        homes = self.homes([record.pk])[record.pk]
        self.refuse_closed(values, homes, request.user)
        if not partial:
            open_ = rights_of(request.user).changeable(self.model, homes)
            for name, field_ in self.get_serializer().fields.items():
                if not field_.read_only and name not in {*values, *self.fixed} and name in open_:
                    values[name] = self.standard(name)
        return values

    def value_of(self, record: Recorded, name: str) -> Any:
        return getattr(record, name)

    def standard(self, name: str) -> Any:
        return self.model._meta.get_field(name).get_default()

    def destroy(self, request: Request, pk: str) -> Response:
        self.asked(request, ())
        record = self.editable(request.user, pk)
        held_to(request, record.version, required=True)
        self.remove(record, version=record.version)
        return Response(status=204)

    def editable(self, user, pk: Any) -> Recorded:
        """The record to change; 404 when it is not visible, 403 when it may only be read."""
        rows, key = self.model.objects, key_of(pk)
        found = rows.editable_by(user).filter(pk=key).first()
        if found is None:
            raise Problem("forbidden" if rows.visible_to(user).filter(pk=key).exists() else "not_found")
        return found

    def checked(self, request: Request, *, partial: bool = False) -> Row:
        """The body as values of the model. Raises what becomes a problem per field."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        if unknown := sorted(set(request.data) - set(serializer.fields)):
            said = _("There is no such field.")
            raise Problem("validation_failed", errors={name[:100]: [("unknown", said)] for name in unknown})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def refuse_closed(self, values: Row, homes: set[int], user) -> None:
        """Raises Problem for fields that this user may not change in these administrations."""
        closed = set(values) & set(classes_of(self.model)) - rights_of(user).changeable(self.model, homes)
        if closed:
            said = _("You may not change this.")
            raise Problem("field_not_changeable", errors={name: [("closed", said)] for name in sorted(closed)})


@cache
def _columns_of(serializer_class: type) -> dict[str, str]:
    return {name: one.source.replace(".", "__") for name, one in serializer_class().fields.items()}
