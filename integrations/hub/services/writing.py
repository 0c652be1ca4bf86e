"""Many rows of the hub's logs with one statement. They have no history, and Django's `bulk_create` and `bulk_update`
take milliseconds, in which the sending threads wait for the interpreter.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.db import connection as database
from django.db import models

from integrations.hub.models import Delivery, ExternalLink, RunEntry

ENTRY_FIELDS = ("run", "topic", "subject", "outcome", "number", "changes", "notes", "code", "answer", "at")
LINK_KEY = ("connection", "topic", "subject")
LINK_FIELDS = (
    "external_id",
    "vendor_number",
    "parts",
    "delivered_hash",
    "delivered_payload",
    "delivered_at",
    "withdrawn_at",
)


def insert_entries(entries: Sequence[RunEntry]) -> None:
    _insert(RunEntry, entries, ENTRY_FIELDS)


def keep_links(links: Sequence[ExternalLink]) -> None:
    """Insert them, or write over what is known of the same connection, topic and record."""
    _insert(ExternalLink, links, (*LINK_KEY, *LINK_FIELDS), LINK_KEY)


def _insert(model, rows, names, key=()):
    if rows:
        sql, fields = _insert_sql(model, names, key, len(rows))
        with database.cursor() as cursor:
            cursor.execute(sql, [_stored(getattr(row, field.attname), field) for row in rows for field in fields])


@cache
def _insert_sql(model, names, key, count):
    """(the statement for so many rows, their fields). At most a group's worth: few different statements."""
    fields = [model._meta.get_field(name) for name in names]
    row = f"({', '.join(['%s'] * len(fields))})"
    columns = [field.column for field in fields]
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"  # noqa: S608 — names of our models; values are parameters
    if key:
        known = ", ".join(model._meta.get_field(name).column for name in key)
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns[len(key) :])
        sql += f" ON CONFLICT ({known}) DO UPDATE SET {changes}"
    return sql, fields


def _stored(value, field):
    return json.dumps(value) if isinstance(field, models.JSONField) and value is not None else _plain(value)


def update_rows(rows: Sequence[Delivery], names: tuple[str, ...], *, held_by: str = "") -> set[int]:
    """Write these fields of these rows; returns the keys that were written.

    `held_by`: only where that worker still holds the row in flight.
    """
    if not rows:
        return set()
    values = [{"id": row.pk} | {name: _plain(getattr(row, name)) for name in names} for row in rows]
    with database.cursor() as cursor:
        held = [held_by] if held_by else []
        cursor.execute(_update_sql(names, database.vendor, bool(held_by)), [json.dumps(values), *held])
        return {pk for (pk,) in cursor.fetchall()}


@cache
def _update_sql(names, vendor, held):
    fields = [Delivery._meta.get_field(name) for name in names]
    if vendor == "postgresql":
        columns = ", ".join(f"{field.column} {field.db_type(database)}" for field in fields)
        source = f"jsonb_to_recordset(CAST(%s AS jsonb)) AS v(id bigint, {columns})"
        values = {field.column: f"v.{field.column}" for field in fields}
        key, returned = "v.id", "d.id"
    else:
        source = "json_each(%s) AS v"
        values = {field.column: f"json_extract(v.value, '$.{field.column}')" for field in fields}
        key, returned = "json_extract(v.value, '$.id')", "id"  # SQLite knows no alias there
    changes = ", ".join(f"{column} = {value}" for column, value in values.items())
    mine = " AND d.in_flight AND d.state = 'sending' AND d.claimed_by = %s" if held else ""
    return f"""UPDATE hub_delivery AS d SET {changes} FROM {source} WHERE d.id = {key}{mine} RETURNING {returned}"""  # noqa: S608 — names of this model; values are parameters


def _plain(value):
    if isinstance(value, datetime):
        return str(database.ops.adapt_datetimefield_value(value))
    return value
