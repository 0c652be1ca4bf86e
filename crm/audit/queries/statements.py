"""SQL that is written once per process, and rows as the database gave them.

Django compiles a queryset anew each time it is asked: of a page of the log that was most of the time. Here the same is
compiled once; of `visible_to` the result is kept per user and what that user may.
"""

# Names of tables and columns are quoted and come from the models, keys are whole numbers, the rest are parameters.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.audit.records import has_administration, history_of, last_rows, parents_of, places, uses_of, visible_keys
from crm.core.models import ChangeSet

# stands in a compiled statement where the keys of a page go; no key of ours is negative
_KEYS = -987_654_321


def rare(condition: str) -> str:
    """A condition on an index that few rows meet.

    SQLite knows how many rows a value has on average. Where one import wrote all of a table it would read the whole
    table for acts that wrote nothing in it, and where next to nothing was undone all acts for what undid one.
    """
    return f"likelihood({condition}, 0.00001)" if connection.vendor == "sqlite" else condition


def listed(keys: Iterable[int]) -> str:
    """Keys as SQL. Not parameters: SQLite takes only so many of those."""
    return ", ".join(str(int(key)) for key in keys)


class Columns:
    """The columns of a model in their order, and how what the database gave becomes a value."""

    def __init__(self, model: type[models.Model]):
        self.model = model
        self.fields = model._meta.concrete_fields
        self.attnames = [f.attname for f in self.fields]
        self.index = {name: at for at, name in enumerate(self.attnames)}
        self.table = connection.ops.quote_name(model._meta.db_table)
        self._converters = {}
        for at, one in enumerate(self.fields):
            expression = one.get_col(model._meta.db_table)
            both = connection.ops.get_db_converters(expression) + expression.get_db_converters(connection)
            if both:
                self._converters[at] = (both, expression)

    @cache  # noqa: B019  there is one of each, for as long as the process lives
    def select(self, alias: str) -> str:
        return ", ".join(f"{alias}.{connection.ops.quote_name(f.column)}" for f in self.fields)

    def value(self, at: int, raw: Any) -> Any:
        """What a model would have in this column."""
        if at in self._converters:
            functions, expression = self._converters[at]
            for convert in functions:
                raw = convert(raw, expression, connection)
        return raw

    def instance(self, raw: tuple) -> models.Model:
        """To read, not to save: without what `Recorded` remembers of a row that it loads."""
        values = list(raw)
        for at in self._converters:
            values[at] = self.value(at, raw[at])
        row = self.model(*values)
        row._state.adding, row._state.db = False, connection.alias
        return row


@cache
def columns_of(model: type[models.Model]) -> Columns:
    return Columns(model)


class Line:
    """A history row: the attributes of its model, made when they are asked. A model object costs ten times as much."""

    __slots__ = ("change_set", "columns", "history_user", "raw")

    def __init__(self, columns: Columns, raw: tuple):
        self.columns, self.raw, self.change_set, self.history_user = columns, raw, None, None

    def __getattr__(self, name: str) -> Any:
        try:
            at = self.columns.index[name]
        except KeyError:
            raise AttributeError(name) from None
        return self.columns.value(at, self.raw[at])

    def differs(self, other: Line) -> set[str]:
        """The attributes that the database holds another value of."""
        pairs = zip(self.columns.attnames, self.raw, other.raw, strict=True)
        return {name for name, mine, its in pairs if mine != its}

    @property
    def instance(self) -> models.Model:
        """The record as it was then, as simple-history makes it."""
        return self.columns.instance(self.raw).instance


@cache
def _lines_sql(model: type) -> str:
    columns = columns_of(history_of(model))
    return (
        f"SELECT {columns.select('h')}, {columns.select('p')} FROM {columns.table} h LEFT JOIN {columns.table} p"
        " ON h.history_type = '~' AND p.history_id = (SELECT MAX(b.history_id)"
        f" FROM {columns.table} b WHERE b.id = h.id AND b.history_id < h.history_id) WHERE h.history_id IN "
    )


def lines_of(model: type, history_ids: Iterable[int]) -> dict[int, tuple[Line, Line | None]]:
    """history id -> the row, and of a changed one the row of the same record before it; one query."""
    columns = columns_of(history_of(model))
    width, key = len(columns.attnames), columns.index["history_id"]
    with connection.cursor() as cursor:
        cursor.execute(f"{_lines_sql(model)} ({listed(history_ids)})")
        return {
            row[key]: (Line(columns, row[:width]), Line(columns, row[width:]) if row[width + key] else None)
            for row in cursor.fetchall()
        }


def name_users(lines: Iterable[Line]) -> None:
    """Who wrote a row, where its change set does not say so; no query where all of them do."""
    unnamed = [one for one in lines if one.history_user_id and not (one.change_set and one.change_set.actor_id)]
    if unnamed:
        users = get_user_model()._base_manager.in_bulk({one.history_user_id for one in unnamed})
        for one in unnamed:
            one.history_user = users.get(one.history_user_id)


@cache
def _acts_sql() -> str:
    """The one that undid it as a subquery with a limit: of EXISTS PostgreSQL makes a list of all that ever undid."""
    acts, users = columns_of(ChangeSet), columns_of(get_user_model())
    return (
        f"SELECT {acts.select('c')}, (SELECT l.id FROM {acts.table} l WHERE {rare('l.reverts_id = c.id')}"
        f" AND l.action = 'audit.undo' LIMIT 1), {users.select('u')}"
        f" FROM {acts.table} c LEFT JOIN {users.table} u ON u.id = c.actor_id"
    )


def acts_read(where: list[str], params: list, forward: bool, limit: int) -> tuple[list[ChangeSet], set[int]]:
    """Change sets with their actors, by their moment; and the keys of those that a later one undid something of."""
    acts, users = columns_of(ChangeSet), columns_of(get_user_model())
    width, direction = len(acts.attnames), "ASC" if forward else "DESC"
    narrowed = f" WHERE {' AND '.join(where)}" if where else ""
    order = f" ORDER BY c.opened_at {direction}, c.id {direction} LIMIT {limit:d}"
    with connection.cursor() as cursor:
        cursor.execute(f"{_acts_sql()}{narrowed}{order}", params)
        rows = cursor.fetchall()
    actors: dict[int, models.Model] = {}
    found, named = [], set()
    for row in rows:
        act = acts.instance(row[:width])
        if act.actor_id is not None:
            if act.actor_id not in actors:
                actors[act.actor_id] = users.instance(row[width + 1 :])
            act.actor = actors[act.actor_id]
        else:
            act.actor = None
        found.append(act)
        if row[width]:
            named.add(act.pk)
    return found, named


# -------------------------------------------------------------------------------------------- who sees what


def visible_of(wanted: dict[type, set[int]], user) -> dict[type, set[int]]:
    """model -> of these keys, those that this user may see, as `visible_keys` says it: one query for what is there
    and visible; what that does not answer is hidden or gone, and asked further."""
    if user.is_superuser and user.is_active:
        return dict(wanted)
    found: dict[type, set[int]] = {model: set() for model in wanted}
    order, asking = list(wanted), Asking(user)
    branches, params = [], []
    for number, model in enumerate(order):
        rule = rule_of(model, asking)
        if rule is not None and wanted[model]:
            before, after, values_before, values_after = rule
            branches.append(f"SELECT {number}, v.* FROM ({before}{listed(wanted[model])}{after}) v")
            params += [*values_before, *values_after]
    if branches:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(branches), params)
            for number, pk in cursor.fetchall():
                found[order[number]].add(pk)
    for model, ids in wanted.items():
        if left := ids - found[model]:
            found[model] |= visible_keys(model, left, user)
    return found


def visible_rows(model: type, ids: Iterable[int], user) -> dict[int, models.Model]:
    """key -> the record, of those that are there and visible to this user; one query."""
    columns = columns_of(model)
    if user.is_superuser and user.is_active:
        sql, params = f"SELECT {columns.select('r')} FROM {columns.table} r WHERE r.id IN ({listed(ids)})", []
    else:
        rule = rule_of(model, Asking(user))
        if rule is None:
            return {}
        before, after, values_before, values_after = rule
        sql = f"SELECT {columns.select('r')} FROM {columns.table} r WHERE r.id IN ({before}{listed(ids)}{after})"
        params = [*values_before, *values_after]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[columns.index["id"]]: columns.instance(row) for row in cursor.fetchall()}


class Asking:
    """A user as a key: two are the same when no rule that follows from user and rights can tell them apart."""

    __slots__ = ("key", "user")

    def __init__(self, user):
        rights = rights_of(user)
        granted = tuple((right, frozenset(rights.administrations(right))) for right in (None, *Right.values))
        self.user = user
        self.key = (user.pk, user.version, user.kind, user.is_active, user.is_superuser, granted)


Rule = tuple[str, str, list, list] | None
_rules: dict[tuple, Rule] = {}
_MOST_RULES = 2_000
_MISSING: Any = object()


def rule_of(model: type, asking: Asking) -> Rule:
    """What stands before and after the keys in the query for the visible ones among them, with the parameters of both;
    None when this user sees none, or nobody asks.

    Kept per user and rights, unless the rule asked the database something while it was written: then it follows from
    more than those (how people sign in is for who has a right in every administration there is).
    """
    key = (model, asking.key)
    kept = _rules.get(key, _MISSING)
    if kept is _MISSING:
        asked: list[str] = []

        def note(execute, sql, params, many, context):
            asked.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            rule = _compiled(model, asking.user)
        if asked:
            return rule
        if len(_rules) >= _MOST_RULES:
            _rules.clear()
        _rules[key] = rule
        return rule
    return kept


def _compiled(model: type, user) -> Rule:
    rows = model._default_manager.filter(pk__in=[_KEYS])
    if not hasattr(rows, "visible_to"):
        return None
    try:
        sql, params = rows.visible_to(user).order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
    at = params.index(_KEYS)
    pieces = sql.split("%s")
    return "%s".join(pieces[: at + 1]), "%s".join(pieces[at + 1 :]), list(params[:at]), list(params[at + 1 :])


# -------------------------------------------------------------------------------------------- where things lie


def lying(rows: dict[type, dict[int, Any]]) -> dict[type, dict[int, set[int]]]:
    """model -> key -> the administrations in which a record lies: what `places` says, of all models in one query."""
    own = {model: found for model, found in rows.items() if has_administration(model)}
    above: dict[type, set[int]] = {}
    for model, found in rows.items():
        for key in () if model in own else parents_of(model):
            ids = {getattr(row, key.attname) for row in found.values()} - {None}
            above.setdefault(key.related_model._meta.concrete_model, set()).update(ids)
    above = {model: ids for model, ids in above.items() if has_administration(model)}
    lies = {model: {pk: {row.administration_id} for pk, row in found.items()} for model, found in own.items()}
    lies_above = _lying_live(above, lies)
    for model, found in rows.items():
        if model in own:
            continue
        keys = [(key.attname, key.related_model._meta.concrete_model) for key in parents_of(model)]
        if keys and all(parent in above for _attname, parent in keys):
            lies[model] = {
                pk: set().union(*(lies_above[parent].get(getattr(row, name), ()) for name, parent in keys))
                for pk, row in found.items()
            }
        else:
            lies[model] = places(model, found)
    return lies


def _lying_live(above: dict[type, set[int]], own: dict[type, dict[int, set[int]]]) -> dict[type, dict[int, set[int]]]:
    """model -> key -> administrations, of records by their key as they are now. Adds to `own` where those are used."""
    found: dict[type, dict[int, set[int]]] = {model: {} for model in above}
    order = list(dict.fromkeys((*own, *above)))
    used: dict[tuple[int, int], set[int]] = {}
    branches = []
    for number, model in enumerate(order):
        if ids := above.get(model):
            table = columns_of(model).table
            branches.append(f"SELECT {number}, 0, id, administration_id FROM {table} WHERE id IN ({listed(ids)})")
        ids = set(own.get(model, ())) | above.get(model, set())
        for other, attname in uses_of(model) if ids else ():
            table, column = columns_of(other).table, connection.ops.quote_name(other._meta.get_field(attname).column)
            branches.append(
                f"SELECT {number}, 1, {column}, administration_id FROM {table} WHERE {column} IN ({listed(ids)})"
            )
    if branches:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(branches))
            for number, of_use, pk, administration in cursor.fetchall():
                if of_use:
                    used.setdefault((number, pk), set()).add(administration)
                else:
                    found[order[number]][pk] = {administration}
    for number, model in enumerate(order):
        if gone := above.get(model, set()) - set(found.get(model, ())):
            # what a part hung under went with it: where it last lay
            found[model] |= places(model, last_rows(model, gone))
        for those in (own.get(model, {}), found.get(model, {})):
            for pk, where in those.items():
                where |= used.get((number, pk), set())
    return found
