"""The one statement of a stage."""

# ruff: noqa: S608 - names come quoted from the models, ids are integers, everything else is a parameter

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from crm.core.field_classes import FINANCIAL, PUBLIC
from crm.relations.models import SearchKey, WordUse
from crm.relations.search import keys
from crm.relations.search.terms import Term

ROWS_PER_STAGE = 500


@dataclass(frozen=True)
class Reach:
    """What of the keys may be looked in. `classes`: field classes; `visible_books`: relations of which financial
    data may be read, None: all that are visible; `administrations`: where the numbers in the books may be read."""

    classes: frozenset[str] = frozenset({PUBLIC})
    financial_visible: QuerySet | None = None
    financial_administrations: QuerySet | Collection[int] | None = None


# how a key stands in the column of a term: below zero, the source and whether it is a beginning
_SOURCE_NUMBER = {source: number for number, source in enumerate(keys.SOURCES, start=1)}


def _key_code(source: str, beginning: bool) -> int:
    return -(2 * _SOURCE_NUMBER[source] + beginning)


def key_of(code: int) -> tuple[str, bool]:
    number, beginning = divmod(-code, 2)
    return keys.SOURCES[number - 1], bool(beginning)


class Statement:
    """Builds and runs the one statement of a stage: rows of (relation, what fitted term 1, term 2 …).

    The rarest term drives, the others join on the relation; what is visible is a condition inside it, before the
    limit. Rows come in the order of all columns, so that both databases cut at the same one.
    """

    def __init__(self, alias: str, visible: QuerySet, reach: Reach):
        self.connection = connections[alias]
        self.visible = visible
        self.reach = reach
        self.sqlite = self.connection.vendor == "sqlite"
        quote = self.connection.ops.quote_name
        self.uses = quote(WordUse._meta.db_table)
        self.keys = quote(SearchKey._meta.db_table)
        self._visible: tuple[str, list] | None = None

    def run(self, terms: Sequence[Term]) -> list[tuple[int, ...]]:
        """Rows with their columns in the order of `terms`."""
        order = sorted(range(len(terms)), key=lambda i: (not terms[i].lookups, terms[i].uses, i))
        try:
            sql, params = self._build([terms[i] for i in order])
        except EmptyResultSet:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        if len(order) == 1:
            return rows
        column = [1 + order.index(i) for i in range(len(terms))]
        return [(row[0], *(row[c] for c in column)) for row in rows]

    def _build(self, terms: Sequence[Term]) -> tuple[str, list]:
        tables, conditions, params, columns = [], [], [], []
        late_params: list = []
        for number, term in enumerate(terms):
            name = f"t{number}"
            columns.append(f"{name}.word_id")
            if term.lookups:
                table, table_params = self._keys_and_words(term)
                tables.append(f"({table}) {name}")
                params += table_params
            else:
                tables.append(f"{self.uses} {name}")
                condition, word_params = self._words(f"{name}.word_id", term.fitting[0], joined=number > 0)
                conditions.append(condition)
                late_params += word_params
            if number:
                conditions.append(f"{name}.relation_id = t0.relation_id")
        order = f"ORDER BY t0.relation_id, {', '.join(columns)}"
        # SQLite takes the tables of a CROSS JOIN in the order written
        select = f"SELECT t0.relation_id, {', '.join(columns)} FROM {' CROSS JOIN '.join(tables)}"
        if self.sqlite:
            condition, visible_params = self._is_visible(f"t{len(terms) - 1}.relation_id")
            sql = f"{select} WHERE {' AND '.join([*conditions, condition])} {order} LIMIT {ROWS_PER_STAGE}"
        else:
            condition, visible_params = self._is_visible("f.relation_id")
            where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
            sql = f"SELECT * FROM ({select} {where} {order} OFFSET 0) f WHERE {condition} LIMIT {ROWS_PER_STAGE}"
        return sql, [*params, *late_params, *visible_params]

    def _is_visible(self, column: str) -> tuple[str, list]:
        """Asked last, of what fits every term. Compiled once.

        Of the first table SQLite would ask it for every row. PostgreSQL would join with what is visible, and read
        half of all relations for some rows in their order: a subquery that gives a value is asked row by row.
        """
        if self._visible is None:
            if self.sqlite:
                self._visible = self._among(self.visible, column)
            else:
                sql, params = self.visible.order_by().values("pk").query.sql_with_params()
                one = f'SELECT TRUE FROM ({sql}) AS "one" WHERE "one"."pk" = {column} LIMIT 1'
                self._visible = (f"({one})", list(params))
        return self._visible

    def _words(self, column: str, ids: np.ndarray, *, joined: bool) -> tuple[str, list]:
        listed = ",".join(map(str, ids.tolist()))
        if not self.sqlite:
            return f"{column} = ANY(%s::bigint[])", [f"{{{listed}}}"]
        # Of a joined table SQLite would look up every word for every row; `+ 0` makes it look up the relation and
        # compare. On PostgreSQL it costs six times as much: design/performance.md 7.
        plain = f"{column} + 0" if joined and len(ids) > 8 else column
        return f"{plain} IN ({listed or 'NULL'})", []

    def _keys_and_words(self, term: Term) -> tuple[str, list]:
        selects, params = [], []
        for lookup in term.lookups:
            for beginning in (False, True):
                sources = lookup.beginning if beginning else lookup.whole
                if not sources or (beginning and not term.beginnings_of_keys):
                    continue
                case = " ".join(f"WHEN '{s}' THEN {_key_code(s, beginning)}" for s in sources)
                listed = ", ".join(f"'{s}'" for s in sources)
                if beginning:
                    where = "value > %s AND value < %s"
                    params += [lookup.value, lookup.value + "\U0010ffff"]
                else:
                    where = "value = %s"
                    params.append(lookup.value)
                readable, readable_params = self._readable()
                selects.append(
                    f"SELECT relation_id, CASE source {case} END AS word_id FROM {self.keys}"
                    f" WHERE {where} AND source IN ({listed}) AND {readable}"
                )
                params += readable_params
        if term.ids:
            condition, word_params = self._words("word_id", term.fitting[0], joined=False)
            selects.append(f"SELECT relation_id, word_id FROM {self.uses} WHERE {condition}")
            params += word_params
        return " UNION ALL ".join(selects), params

    def _readable(self) -> tuple[str, list]:
        """The condition on a key that this user may find by it."""
        plain = sorted(self.reach.classes - {FINANCIAL})
        listed = ", ".join(["%s"] * len(plain)) or "NULL"
        condition, params = f"field_class IN ({listed})", list(plain)
        if FINANCIAL in self.reach.classes:
            financial, financial_params = self._financial()
            condition = f"({condition} OR field_class = '{FINANCIAL}' AND {financial})"
            params += financial_params
        return condition, params

    def _financial(self) -> tuple[str, list]:
        conditions, params = [], []
        if self.reach.financial_visible is not None:
            try:
                condition, params = self._among(self.reach.financial_visible, "relation_id")
            except EmptyResultSet:
                return "1 = 0", []
            conditions.append(condition)
        ours, our_params = self._administrations()
        conditions.append(f"(scope = 0 OR {ours})")
        return f"({' AND '.join(conditions)})", [*params, *our_params]

    def _administrations(self) -> tuple[str, list]:
        allowed = self.reach.financial_administrations
        if isinstance(allowed, QuerySet):
            try:
                sql, params = allowed.order_by().query.sql_with_params()
            except EmptyResultSet:
                return "1 = 0", []
            return f"scope IN ({sql})", list(params)
        ids = sorted(int(pk) for pk in allowed or ())
        return (f"scope IN ({', '.join(map(str, ids))})", []) if ids else ("1 = 0", [])

    def _among(self, relations: QuerySet, column: str) -> tuple[str, list]:
        """`column` is the id of one of these relations. Raises EmptyResultSet when there are none for sure."""
        sql, params = relations.order_by().values("pk").query.sql_with_params()
        if self.sqlite:
            # SQLite makes the whole list of an IN before it looks at the first row; so ask for the one row, which it
            # takes along into the inner statement
            return f'EXISTS (SELECT 1 FROM ({sql}) AS "one" WHERE "one"."pk" = {column})', list(params)
        return f"{column} IN ({sql})", list(params)
