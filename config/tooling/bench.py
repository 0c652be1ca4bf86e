"""`make bench`: the benchmarks of tests/benchmarks on SQLite and PostgreSQL.

    python -m config.tooling.bench [--size 100000] [--only search,card] [--db sqlite|pg]

Every subject is measured at `size` and at a tenth of it (growth). A failed check or a broken budget of queries fails
the run; a clock never does.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from config.tooling import machine, postgresql
from config.tooling.checks import PRODUCTION, stop
from config.tooling.processes import adopt_orphans, end_descendants, end_with_parent

REPOSITORY = Path(__file__).resolve().parents[2]
SUBJECTS = REPOSITORY / "tests" / "benchmarks"
SIZE = 100_000
SEED = 1
GRACE_SECONDS = 5
COLUMNS = "{subject:<28}{database:<8}{size:>9}{ratio:>8}{low:>8}{high:>8}{queries:>9}{memory:>8}{growth:>8}{verdict}"


def subjects():
    """The files with an `ours()`; what several of them share lies beside them."""
    return sorted(path.stem for path in SUBJECTS.glob("*.py") if "\ndef ours(" in path.read_text())


class SqliteBench:
    """Databases as files: a filled one per size, a copy per subject."""

    name = "sqlite"

    def __init__(self, folder):
        self.folder = folder

    def address(self, database):
        return f"sqlite:///{self.folder / database}.sqlite3"

    def create(self, database):
        return self.address(database)

    def copy(self, database, copy):
        run(["-c", ANALYSE_AND_CLOSE], self.address(database))
        shutil.copy(self.folder / f"{database}.sqlite3", self.folder / f"{copy}.sqlite3")
        return self.address(copy)

    def drop(self, database):
        for path in self.folder.glob(f"{database}.sqlite3*"):
            path.unlink()


class PostgresqlBench:
    """Databases of one server: a filled one per size, a copy per subject."""

    name = "pg"

    def __init__(self, server):
        self.server = server

    def address(self, database):
        return f"{self.server.rpartition('/')[0]}/{database}"

    def sql(self, statement):
        import environ
        import psycopg

        settings = environ.Env.db_url_config(self.server)
        with psycopg.connect(
            host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"], autocommit=True
        ) as connection:
            connection.execute(statement)

    def create(self, database):
        self.sql(f'CREATE DATABASE "{database}"')
        return self.address(database)

    def copy(self, database, copy):
        self.sql(f'CREATE DATABASE "{copy}" TEMPLATE "{database}"')
        return self.address(copy)

    def drop(self, database):
        self.sql(f'DROP DATABASE "{database}" WITH (FORCE)')


ANALYSE_AND_CLOSE = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
    if connection.vendor == "sqlite":
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
connection.close()
"""


@contextmanager
def benches(wanted, folder):
    """The databases asked for, one after the other as (sqlite, pg); both when `wanted` is None."""
    made = []
    if wanted in (None, "sqlite"):
        made.append(SqliteBench(folder))
    if wanted in (None, "pg"):
        with postgresql.cluster() as server:
            yield [*made, PostgresqlBench(server)]
            return
    yield made


def run(arguments, address, **options):
    """Run this Python on the database at `address`, with keys of its own."""
    environment = (
        os.environ | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings.local", "DATABASE_URL": address}
    )
    environment |= {"POSTGRES_STATEMENT_TIMEOUT_SECONDS": "0"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        text=True,
        preexec_fn=end_with_parent,
        **options,
    )


def fill(bench, size):
    database = f"relations-{size}"
    address = bench.create(database)
    print(f"Making {size} relations on {bench.name} …", file=sys.stderr, flush=True)
    for command in (
        ["migrate", "--verbosity=0"],
        ["createcachetable"],
        ["demo_data", "--relations", str(size), "--seed", str(SEED)],
    ):
        run(["manage.py", *command], address, stdout=subprocess.DEVNULL)
    run(["-c", ANALYSE_AND_CLOSE], address)
    return database


def measure(bench, database, subject, size):
    """The figures of a subject, or None where its own check refused them (shown on standard error)."""
    address = bench.copy(database, "subject")
    try:
        done = run(["-m", "tests.benchmarks.harness", subject, str(size)], address, stdout=subprocess.PIPE)
    except subprocess.CalledProcessError:
        return None
    finally:
        bench.drop("subject")
    return json.loads(done.stdout.splitlines()[-1])


def line(subject, bench, size, figures, growth):
    budgets = figures["budgets"]
    over = [
        name.lower()
        for name, value in (
            ("RATIO", figures["ratio"]),
            ("QUERIES", figures["queries"]),
            ("GROWTH", growth),
            ("MEMORY_MB", figures["memory"]),
        )
        if budgets[name] is not None and value is not None and value > budgets[name]
    ]
    return COLUMNS.format(
        subject=subject,
        database=bench.name,
        size=size,
        ratio=f"{figures['ratio']:.2f}",
        low=f"{figures['low']:.2f}",
        high=f"{figures['high']:.2f}",
        queries=figures["queries"],
        memory=f"{figures['memory']:.0f}",
        growth="–" if growth is None else f"{growth:.2f}",
        verdict=f"  over: {', '.join(over)}" if over else "",
    ), "queries" in over


def measure_all(chosen, size, wanted, folder):
    """Print a line per subject and database. Returns whether all work was done as it should be."""
    sound = True
    header = {
        name: name for name in ("subject", "database", "size", "ratio", "low", "high", "queries", "memory", "growth")
    }
    print(COLUMNS.format(**header, verdict=""), flush=True)
    with benches(wanted, folder) as databases:
        for bench in databases:
            small, large = fill(bench, size // 10), fill(bench, size)
            for subject in chosen:
                before = measure(bench, small, subject, size // 10)
                figures = measure(bench, large, subject, size)
                if figures is None or before is None:
                    print(f"{subject:<28}{bench.name:<8}{size:>9}  failed", flush=True)
                    sound = False
                    continue
                text, broken = line(subject, bench, size, figures, figures["seconds"] / before["seconds"])
                print(text, flush=True)
                sound = sound and not broken
            for database in (small, large):
                bench.drop(database)
    return sound


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--size", type=int, default=SIZE, help="relations; growth is measured from a tenth of it")
    options.add_argument("--only", help="subjects, separated by commas")
    options.add_argument("--db", choices=["sqlite", "pg"], help="one of the databases; both without")
    chosen = options.parse_args()
    only = chosen.only.split(",") if chosen.only else subjects()
    unknown = set(only) - set(subjects())
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(subjects()) or 'none'}.")
    lacking = [] if chosen.db == "sqlite" else [text for text in machine.complete() if text.startswith("PostgreSQL")]
    if lacking:
        sys.exit("\n".join(lacking))
    signal.signal(signal.SIGTERM, stop)
    adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="schakel-bench-"))
    os.environ["DATA_DIR"] = str(folder / "data")
    try:
        sound = measure_all(only, chosen.size, chosen.db, folder)
    finally:
        end_descendants(GRACE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
