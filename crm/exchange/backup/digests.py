"""What a database holds, table by table: how many rows, and one hash over all of them.

Two databases of the same kind are equal when these are. Read in one snapshot, a row at a time.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class TableDigest:
    rows: int
    digest: str  # SHA-256, hexadecimal


Digests = dict[str, TableDigest]


def differences(one: Digests, other: Digests) -> list[str]:
    """Names of tables that are not equal, or only in one of the two."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def of_sqlite(connection) -> Digests:
    """`connection`: of Python's sqlite3, on a file that nobody writes to."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        )
    ]
    return {name: _of_sqlite_table(connection, name) for name in names}


def _of_sqlite_table(connection, name: str) -> TableDigest:
    table = _quoted(name)
    keys = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
    order = ", ".join(_quoted(key) for key in keys) or "rowid"
    digest, count = hashlib.sha256(), 0
    for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608  names of the catalogue
        digest.update(repr(row).encode())
        count += 1
    return TableDigest(count, digest.hexdigest())


def of_postgresql(connection) -> Digests:
    """`connection`: of psycopg, in a transaction that keeps its snapshot. Rows go by as the text of COPY."""
    for setting, value in (("TimeZone", "UTC"), ("DateStyle", "ISO"), ("bytea_output", "hex")):
        connection.execute("SELECT set_config(%s, %s, false)", [setting, value])
    names = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
    ).fetchall()
    return {name: _of_postgresql_table(connection, name) for (name,) in names}


def _of_postgresql_table(connection, name: str) -> TableDigest:
    table = _quoted(name)
    keys = connection.execute(
        "SELECT a.attname, a.attcollation <> 0 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
        " AND a.attnum = ANY(i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY 1",
        [table],
    ).fetchall()
    # another server may sort texts in another order
    order = ", ".join(_quoted(key) + (' COLLATE "C"' if is_text else "") for key, is_text in keys)
    order = order or 't::text COLLATE "C"'
    digest, count = hashlib.sha256(), 0
    statement = f"COPY (SELECT * FROM {table} t ORDER BY {order}) TO STDOUT"  # noqa: S608  names of the catalogue
    with connection.cursor().copy(statement) as rows:
        for row in rows:
            digest.update(row)
            count += bytes(row).count(b"\n")  # COPY writes a line per row, and line ends in values as \n
    return TableDigest(count, digest.hexdigest())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
