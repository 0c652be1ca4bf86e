"""Many rows of the outbox with one statement: a log without history, for which `bulk_update` costs milliseconds."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.db import connection as database

from integrations.hub.models import Delivery


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
