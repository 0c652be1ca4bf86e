"""A database in one piece, copied while others go on writing; and put back into an empty one.

SQLite by its own online back-up, PostgreSQL by `pg_dump` in a snapshot that the digests are read in too.
"""

import os
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from crm.exchange.backup import digests
from crm.exchange.backup.digests import Digests

WHERE_DEBIAN_KEEPS = "/usr/lib/postgresql"


class UnableToCopy(Exception):
    """The copy or the restore could not be made; the message says why and what to do."""


@dataclass(frozen=True)
class Content:
    """What was in the database at the moment of the copy."""

    tables: Digests
    files: frozenset[str]  # names of stored files that rows point to, relative to MEDIA_ROOT


def database_of(settings: dict):
    """The database of an entry of Django's DATABASES."""
    if settings["ENGINE"].endswith("sqlite3"):
        return Sqlite(Path(settings["NAME"]))
    return Postgresql(
        settings["NAME"], settings["HOST"] or "", str(settings["PORT"] or ""), settings["USER"], settings["PASSWORD"]
    )


def _file_columns() -> list[tuple[str, str]]:
    """(table, column) of every field that holds the name of a stored file; of history the file may be gone."""
    return sorted(
        {
            (model._meta.db_table, field.column)
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and not model._meta.proxy
            for field in model._meta.concrete_fields
            if isinstance(field, models.FileField)
        }
    )


def _stored_files(read, tables: Digests) -> frozenset[str]:
    names = set()
    for table, column in _file_columns():
        if table in tables:
            names.update(row[0] for row in read(f'SELECT DISTINCT "{column}" FROM "{table}"') if row[0])  # noqa: S608
    return frozenset(names)


@dataclass(frozen=True)
class Sqlite:
    path: Path
    kind = "sqlite"

    def copy(self, target: Path) -> Content:
        """Under WAL the copy reads one snapshot and stands in nobody's way."""
        with closing(sqlite3.connect(self.path, timeout=20)) as source, closing(sqlite3.connect(target)) as made:
            source.backup(made, pages=-1)
            made.execute("PRAGMA journal_mode=DELETE")
        return self._content(target)

    def content(self) -> Content:
        return self._content(self.path)

    def _content(self, path: Path) -> Content:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            broken = connection.execute("PRAGMA quick_check").fetchone()[0]
            if broken != "ok":
                raise UnableToCopy(_("The database is damaged: %(words)s") % {"words": broken})
            tables = digests.of_sqlite(connection)
            return Content(tables, _stored_files(connection.execute, tables))

    def is_empty(self) -> bool:
        if not self.path.exists() or self.path.stat().st_size == 0:
            return True
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0

    def load(self, dump: Path) -> None:
        """Beside its place first: a restore that is killed leaves no half database."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f"{self.path.name}.restoring")
        shutil.copyfile(dump, beside)
        for leftover in ("-wal", "-shm"):
            self.path.with_name(self.path.name + leftover).unlink(missing_ok=True)
        os.replace(beside, self.path)

    @contextmanager
    def scratch(self, folder: Path) -> Iterator["Sqlite"]:
        """An empty database beside this one, gone afterwards."""
        yield Sqlite(folder / "scratch.sqlite3")


@dataclass(frozen=True)
class Postgresql:
    name: str
    host: str
    port: str
    user: str
    password: str
    kind = "postgresql"

    def copy(self, target: Path) -> Content:
        """`pg_dump` and the digests see the same snapshot."""
        with self._connect() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]
            options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            self._run("pg_dump", *options, f"--file={target}", self.name)
            return self._content(connection)

    def content(self) -> Content:
        with self._connect() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return self._content(connection)

    def _content(self, connection) -> Content:
        tables = digests.of_postgresql(connection)
        return Content(tables, _stored_files(lambda sql: connection.execute(sql).fetchall(), tables))

    def is_empty(self) -> bool:
        with self._connect() as connection:
            found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
            return found.fetchone()[0] == 0

    def load(self, dump: Path) -> None:
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        self._run("pg_restore", *options, f"--dbname={self.name}", str(dump))

    @contextmanager
    def scratch(self, folder: Path) -> Iterator["Postgresql"]:
        """An empty database on the same server, gone afterwards. The user of the database has to be allowed to make
        one; otherwise UnableToCopy says so."""
        import psycopg

        name = f"schakel_verify_{uuid.uuid4().hex[:12]}"
        with self._connect(autocommit=True) as connection:
            try:
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
            except psycopg.errors.InsufficientPrivilege as error:
                text = _("Checking a back-up makes a database for the moment: give %(user)s the right CREATEDB.")
                raise UnableToCopy(text % {"user": self.user}) from error
            try:
                yield replace(self, name=name)
            finally:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _connect(self, **options):
        """A connection of our own: the time limits of the web do not hold for a copy of everything."""
        import psycopg

        told = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        given = {name: value for name, value in told.items() if value}
        return psycopg.connect(
            dbname=self.name,
            options="-c statement_timeout=0 -c idle_in_transaction_session_timeout=0",
            **given,
            **options,
        )

    def _run(self, program: str, *arguments: str) -> None:
        variables = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password}
        environment = os.environ | {name: value for name, value in variables.items() if value}
        environment["PGOPTIONS"] = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
        done = subprocess.run(
            [_program(program), *arguments], env=environment, capture_output=True, text=True, errors="replace"
        )
        if done.returncode:
            told = done.stderr.strip()[-500:]
            raise UnableToCopy(_("%(program)s stopped: %(words)s") % {"program": program, "words": told})


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None and Path(WHERE_DEBIAN_KEEPS).is_dir():
        kept = sorted(Path(WHERE_DEBIAN_KEEPS).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
        found = str(kept[-1]) if kept else None
    if found is None:
        raise UnableToCopy(_("%(program)s is not installed here (package postgresql-client).") % {"program": name})
    return found
