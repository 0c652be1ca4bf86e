"""One question to all history tables at once, in SQL: a query per table would be dozens for a page."""

# Names of tables and columns are quoted and come from the models, keys are whole numbers, the rest are parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from functools import cache

from django.db import connection
from django.db.models import Q, QuerySet

from crm.audit.queries.statements import listed, rare
from crm.audit.records import history_of, recorded_models
from crm.core.models import ChangeSet


def models_of(change_set: ChangeSet) -> list[type]:
    """The models of which a change set wrote something, visible or not; one query for all of them."""
    branches = " UNION ALL ".join(
        f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {_table(model)} WHERE change_set_id = {change_set.pk:d})"
        for number, model in enumerate(recorded_models())
    )
    with connection.cursor() as cursor:
        cursor.execute(branches)
        return [recorded_models()[number] for (number,) in cursor.fetchall()]


def rows_first(
    acts: list[int], conditions: dict[type, Q], most: int
) -> tuple[list[tuple[type, int, int, int, str]], set[type]]:
    """(model, act, history id, key, kind) of what these acts wrote, of all the tables in one query; and the models of
    which they wrote more than `most` rows together, that are not among these."""
    if not acts or not conditions:
        return [], set()
    models = list(conditions)
    ids = listed(acts)
    branches, params = [], []
    for number, (model, condition) in enumerate(conditions.items()):
        where, values = _where(model, condition)
        branches.append(_first_rows(model, number, ids, where, most + 1))
        params += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(branches), params)
        rows = cursor.fetchall()
    many = {number for number, found in Counter(row[0] for row in rows).items() if found > most}
    found = [(models[number], *row) for number, *row in rows if number not in many]
    return found, {models[number] for number in many}


def _first_rows(model: type, number: int, ids: str, where: str, most: int) -> str:
    return (
        f"SELECT * FROM (SELECT {number}, change_set_id, history_id, id, history_type FROM {_table(model)}"
        f" WHERE {rare(f'change_set_id IN ({ids})')}{where} LIMIT {most}) t{number}"
    )


def rows_counted(acts: list[int], conditions: dict[type, Q]) -> dict[tuple[type, int], int]:
    """(model, act) -> rows, of all the tables in one query."""
    if not acts or not conditions:
        return {}
    ids = listed(acts)
    branches, params = [], []
    for number, (model, condition) in enumerate(conditions.items()):
        where, values = _where(model, condition)
        table = _table(model)
        branches.append(
            f"SELECT {number}, change_set_id, COUNT(*) FROM {table} WHERE {rare(f'change_set_id IN ({ids})')}{where}"
            " GROUP BY change_set_id"
        )
        params += values
    models = list(conditions)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(branches), params)
        return {(models[number], act): rows for number, act, rows in cursor.fetchall()}


def rows_written(acts: dict[type, list[int]], conditions: dict[type, Q]) -> list[tuple[type, int, int, int, str]]:
    """(model, act, history id, key, kind) of all that these acts wrote, in one query."""
    branches, params = [], []
    models = list(acts)
    for number, model in enumerate(models):
        where, values = _where(model, conditions[model])
        table = _table(model)
        ids = listed(acts[model])
        branches.append(
            f"SELECT {number}, change_set_id, history_id, id, history_type FROM {table}"
            f" WHERE {rare(f'change_set_id IN ({ids})')}{where}"
        )
        params += values
    if not branches:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(branches), params)
        return [(models[number], *row) for number, *row in cursor.fetchall()]


def _where(model: type, condition: Q) -> tuple[str, list]:
    """A condition of `_conditions` as SQL: equalities, joined by AND and OR."""
    if not condition:
        return "", []
    parts, params = [], []
    for child in condition.children:
        if isinstance(child, Q):
            inner, values = _where(model, child)
            parts.append(f"({inner.removeprefix(' AND ')})")
            params += values
        else:
            column = history_of(model)._meta.get_field(child[0]).column
            parts.append(f"{connection.ops.quote_name(column)} = %s")
            params.append(child[1])
    return " AND " + f"({f' {condition.connector} '.join(parts)})", params


def all_of(branches: list[QuerySet]) -> list[tuple]:
    """Querysets with an order and a limit of their own, in one query; Django refuses that on SQLite."""
    texts, params = [], []
    for rows in branches:
        sql, values = rows.query.sql_with_params()
        texts.append(f"SELECT * FROM ({sql}) AS branch")
        params += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(texts), params)
        return cursor.fetchall()


@cache
def _table(model: type) -> str:
    return connection.ops.quote_name(history_of(model)._meta.db_table)
