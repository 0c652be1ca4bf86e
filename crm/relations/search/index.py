"""Keeps words and keys equal to the relations: set-wise, in the transaction of the change."""

# ruff: noqa: S608 - names come quoted from the models, values are parameters

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.db import connection, models, transaction

from crm.core.field_classes import classes_of
from crm.relations.folding import fold, index_words, initials_word
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Employment,
    FinancialNumber,
    Identifier,
    PhoneNumber,
    Relation,
    SearchKey,
    Word,
    WordUse,
)
from crm.relations.search import keys

# relations per round; a round holds their words and keys in memory
ROUND = 5_000

NAME_COLUMNS = (
    "initials",
    "given_name",
    "prefix",
    "family_name",
    "partner_prefix",
    "partner_family_name",
    "legal_name",
    "trade_name",
)
# places that people know by two names, in the form of `folding.fold`
PLACES_BY_TWO_NAMES = {
    "den haag": "gravenhage",
    "'s-gravenhage": "haag",
    "den bosch": "hertogenbosch",
    "'s-hertogenbosch": "bosch",
}


@dataclass(frozen=True)
class KeySource:
    """A column that gives a key. `owner` is the field with the relation, `kind` the source itself or, with
    `kind_column`, the field that names it; `scope` the field with the administration to which it is confined."""

    model: type[models.Model]
    owner: str
    column: str
    kind: str = ""
    kind_column: str = ""
    scope: str = ""

    @property
    def field_class(self) -> str:
        return classes_of(self.model)[self.column]

    def sql(self, number: int, chosen: str) -> str:
        """SELECT relation, number of this source, kind, value, scope, no field class."""
        quote = connection.ops.quote_name

        def name(field_name: str) -> str:
            return quote(self.model._meta.get_field(field_name).column)

        kind = name(self.kind_column) if self.kind_column else f"'{self.kind}'"
        scope = name(self.scope) if self.scope else "0"
        value = f"CAST({name(self.column)} AS varchar(300))"
        return (
            f"SELECT {name(self.owner)}, {number}, {kind}, {value}, {scope}, ''"
            f" FROM {quote(self.model._meta.db_table)} WHERE {name(self.owner)} {chosen} AND {value} <> ''"
        )


RELATION_KEYS = tuple(
    KeySource(Relation, "id", column, kind)
    for column, kind in (
        ("number", keys.NUMBER),
        ("email", keys.EMAIL),
        ("phone", keys.PHONE),
        ("mobile", keys.PHONE),
        ("website", keys.WEBSITE),
    )
)
ATTACHED_KEYS = (
    KeySource(EmailAddress, "relation", "email", keys.EMAIL),
    KeySource(PhoneNumber, "relation", "number", keys.PHONE),
    KeySource(BankAccount, "relation", "iban", keys.IBAN),
    KeySource(Identifier, "relation", "value", kind_column="kind"),
    KeySource(FinancialNumber, "relation", "number", keys.FINANCIAL_NUMBER, scope="administration"),
    # the address or phone at work finds the person and the organisation
    *(
        KeySource(Employment, owner, column, kind)
        for owner in ("person", "organisation")
        for column, kind in (("email", keys.EMAIL), ("phone", keys.PHONE), ("mobile", keys.PHONE))
    ),
)

Key = tuple[str, str, int, str]  # value, source, scope, field class


@dataclass
class Entry:
    """What one relation is found by."""

    words: set[str] = field(default_factory=set)
    keys: set[Key] = field(default_factory=set)

    def add_key(self, source: str, value: object, scope: int, field_class: str) -> None:
        stored = keys.stored(source, str(value))
        if stored:
            self.keys.add((stored, source, scope, field_class))


def refresh(relation_ids: Iterable[int]) -> None:
    """Make the words and keys of these relations what their rows say now, in the current transaction.

    Of what did not change nothing is written. 2 queries per 5,000 relations when all is right already, at most 9.
    """
    ids = sorted(set(relation_ids))
    for start in range(0, len(ids), ROUND):
        with transaction.atomic(savepoint=False):
            _refresh_round(ids[start : start + ROUND])


def rebuild_all(chunk: int = ROUND) -> int:
    """Refresh every relation, a transaction per `chunk`, and recount. Returns how many relations there are."""
    done, last = 0, 0
    while True:
        ids = list(Relation.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:chunk])
        if not ids:
            break
        refresh(ids)
        done, last = done + len(ids), ids[-1]
    recount()
    return done


def recount() -> None:
    """Count the uses of every word again and drop the words that nobody has any more; nightly, and after `demo_data`.

    A word may be the name of somebody who was erased, so it goes. Searches that still know it find nothing by it.
    """
    quote = connection.ops.quote_name
    word, use = quote(Word._meta.db_table), quote(WordUse._meta.db_table)
    counted = f"(SELECT COUNT(*) FROM {use} u WHERE u.word_id = {word}.id)"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {word} SET uses = {counted} WHERE uses <> {counted}")
        cursor.execute(f"DELETE FROM {word} WHERE uses = 0")


def forget(relation_ids: Iterable[int]) -> None:
    """Take relations out of the index, before the bulk door deletes them."""
    chosen, params = _chosen(sorted(set(relation_ids)))
    quote = connection.ops.quote_name
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for model in (WordUse, SearchKey):
            cursor.execute(f"DELETE FROM {quote(model._meta.db_table)} WHERE relation_id {chosen}", params)


def _refresh_round(ids: list[int]) -> None:
    wanted, stored, word_ids = _wanted_and_stored(ids)
    new_words = [(pk, text) for pk in ids for text in sorted(wanted[pk].words - stored[pk].words)]
    old_words = [(pk, text) for pk in ids for text in stored[pk].words - wanted[pk].words]
    new_keys = [(pk, key) for pk in ids for key in sorted(wanted[pk].keys - stored[pk].keys)]
    old_keys = [(pk, key) for pk in ids for key in stored[pk].keys - wanted[pk].keys]
    if old_words:
        _delete(WordUse, ("relation_id", "word_id"), [(relation, word_ids[text]) for relation, text in old_words])
    if new_words:
        _add_words(new_words, word_ids)
        _insert(WordUse, ("relation_id", "word_id"), [(relation, word_ids[text]) for relation, text in new_words])
    columns = ("relation_id", "value", "source", "scope")
    if old_keys:
        _delete(SearchKey, columns, [(relation, *key[:3]) for relation, key in old_keys])
    if new_keys:
        _insert(SearchKey, (*columns, "field_class"), [(relation, *key) for relation, key in new_keys])


# ------------------------------------------------------------------- what the rows say, and what the tables hold


def _wanted_and_stored(ids: list[int]) -> tuple[dict[int, Entry], dict[int, Entry], dict[str, int]]:
    """(what these relations are to be found by, what the tables hold of it, the ids of the words they hold)."""
    entries: dict[int, Entry] = defaultdict(Entry)
    stored: dict[int, Entry] = defaultdict(Entry)
    word_ids: dict[str, int] = {}
    key_columns = [key.column for key in RELATION_KEYS]
    classes = [key.field_class for key in RELATION_KEYS]
    chosen, params = _chosen(ids)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        columns = ", ".join(map(quote, ("id", *NAME_COLUMNS, *key_columns)))
        cursor.execute(f"SELECT {columns} FROM {quote(Relation._meta.db_table)} WHERE id {chosen}", params)
        for relation, *values in cursor.fetchall():
            entry = entries[relation]
            entry.words.update(_name_words(*values[: len(NAME_COLUMNS)]))
            for key, field_class, value in zip(RELATION_KEYS, classes, values[len(NAME_COLUMNS) :], strict=True):
                if value not in ("", None):
                    entry.add_key(key.kind, value, 0, field_class)
        statement, repeats = _attached(chosen)
        cursor.execute(statement, params * repeats)
        attached_classes = [key.field_class for key in ATTACHED_KEYS]
        address_class = classes_of(Address)["postcode"]
        for relation, number, kind, value, scope, field_class in cursor.fetchall():
            if number == _WORD:
                word_ids[value] = scope
                stored[relation].words.add(value)
            elif number == _KEY:
                stored[relation].keys.add((value, kind, scope, field_class))
            elif number == _CITY:
                entries[relation].words.update(_place_words(value))
            elif number == _ADDRESS:
                entries[relation].add_key(keys.ADDRESS, value, 0, address_class)
            else:
                entries[relation].add_key(kind, value, scope, attached_classes[number])
    return entries, stored, word_ids


def _name_words(
    initials: str,
    given_name: str,
    prefix: str,
    family_name: str,
    partner_prefix: str,
    partner_family_name: str,
    legal_name: str,
    trade_name: str,
) -> set[str]:
    words = {initials_word(initials)} if initials else set()
    for name in (
        given_name,
        f"{prefix} {family_name}" if family_name else "",
        f"{partner_prefix} {partner_family_name}" if partner_family_name else "",
        legal_name,
        trade_name,
    ):
        if name:
            words.update(index_words(name))
    return words - {""}


def _place_words(city: str) -> set[str]:
    """Of a place the article ('s) is left out, and its other name goes along."""
    words = {word for word in index_words(city) if len(word) > 1}
    other = PLACES_BY_TWO_NAMES.get(fold(city))
    return words | {other} if other else words


_CITY, _ADDRESS, _WORD, _KEY = -1, -2, -3, -4


def _attached(chosen: str) -> tuple[str, int]:
    """One statement for all that hangs under a relation and all it is found by now, and how often it takes the ids."""
    quote = connection.ops.quote_name
    address = quote(Address._meta.db_table)
    number = "CAST(house_number AS varchar(10))"
    selects = [
        f"SELECT relation_id, {_CITY}, '', CAST(city AS varchar(300)), 0, '' FROM {address}"
        f" WHERE relation_id {chosen} AND city <> ''",
        f"SELECT relation_id, {_ADDRESS}, '',"
        f" CAST(postcode || COALESCE({number}, '') || house_letter || house_addition AS varchar(300)), 0, ''"
        f" FROM {address} WHERE relation_id {chosen} AND postcode <> ''",
        *(key.sql(at, chosen) for at, key in enumerate(ATTACHED_KEYS)),
        # of a word its id stands where a key has its scope
        f"SELECT u.relation_id, {_WORD}, '', w.text, u.word_id, '' FROM {quote(WordUse._meta.db_table)} u"
        f" JOIN {quote(Word._meta.db_table)} w ON w.id = u.word_id WHERE u.relation_id {chosen}",
        f"SELECT relation_id, {_KEY}, source, value, scope, field_class"
        f" FROM {quote(SearchKey._meta.db_table)} WHERE relation_id {chosen}",
    ]
    return " UNION ALL ".join(selects), len(selects)


# --------------------------------------------------------------------------------------------- what is written


def _add_words(new_words: Sequence[tuple[int, str]], word_ids: dict[str, int]) -> None:
    """Complete `word_ids` with the words of these (relation, word); makes the words that nobody had.

    In alphabetical order, so that two transactions that make the same words wait for each other and never both.
    """
    uses = Counter(text for _relation, text in new_words)
    missing = sorted(text for text in uses if text not in word_ids)
    if not missing:
        return
    word_ids.update(_ids_of(missing))
    missing = [text for text in missing if text not in word_ids]
    if missing:
        _insert(Word, ("text", "uses"), [(text, uses[text]) for text in missing])
        word_ids.update(_ids_of(missing))


def _ids_of(texts: list[str]) -> dict[str, int]:
    quote = connection.ops.quote_name
    chosen, params = _chosen(texts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT text, id FROM {quote(Word._meta.db_table)} WHERE text {chosen}", params)
        return dict(cursor.fetchall())


def _chosen(values: Sequence[int] | Sequence[str]) -> tuple[str, list]:
    """The condition "is one of these", however many, with one parameter."""
    if connection.vendor == "postgresql":
        return ("= ANY(%s::text[])" if values and isinstance(values[0], str) else "= ANY(%s::bigint[])"), [
            list(values)
        ]
    return "IN (SELECT value FROM json_each(%s))", [json.dumps(list(values))]


@cache
def _array_types(model: type[models.Model], columns: tuple[str, ...]) -> list[str]:
    fields = {f.column: f for f in model._meta.concrete_fields}
    return ["bigint[]" if fields[c].get_internal_type() != "CharField" else "text[]" for c in columns]


def _insert(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[tuple]) -> None:
    """Add rows; those that are there already (from another transaction) stay as they are."""
    table = connection.ops.quote_name(model._meta.db_table)
    listed = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}" for kind in _array_types(model, columns))
            cursor.execute(
                f"INSERT INTO {table} ({listed}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",
                [list(values) for values in zip(*rows, strict=True)],
            )
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks}) ON CONFLICT DO NOTHING", rows)


def _delete(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[tuple]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}" for kind in _array_types(model, columns))
            same = " AND ".join(f"{table}.{c} = gone.{c}" for c in columns)
            cursor.execute(
                f"DELETE FROM {table} USING unnest({arrays}) AS gone({', '.join(columns)}) WHERE {same}",
                [list(values) for values in zip(*rows, strict=True)],
            )
        else:
            same = " AND ".join(f"{c} = %s" for c in columns)
            cursor.executemany(f"DELETE FROM {table} WHERE {same}", rows)
