import os
import stat
import subprocess
import sys
from pathlib import Path

import environ
import pytest

from config.databases import database
from config.local_keys import kept_key
from config.tooling.checks import PRODUCTION

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.once


def start_production(**changes):
    clean = {name: value for name, value in os.environ.items() if name not in PRODUCTION}
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.conf import settings; settings.DEBUG; print(settings.SESSION_COOKIE_NAME)",
        ],
        cwd=REPOSITORY,
        env={name: value for name, value in (clean | PRODUCTION | changes).items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_production_starts_with_what_it_needs():
    result = start_production()

    assert (result.returncode, result.stdout.strip()) == (0, "__Host-sessionid")


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "FIELD_ENCRYPTION_KEYS"])
def test_production_refuses_to_start_without(name):
    result = start_production(**{name: None})

    last_line = result.stderr.strip().splitlines()[-1]
    assert result.returncode == 1
    assert "before these variables are set" in last_line
    assert name in last_line


def test_production_refuses_a_key_that_is_none():
    result = start_production(FIELD_ENCRYPTION_KEYS="too-short")

    assert "FIELD_ENCRYPTION_KEYS holds something that is not a Fernet key" in result.stderr
    assert "too-short" not in result.stderr.splitlines()[-1]


def test_database_sqlite_waits_its_turn_and_keeps_what_it_said():
    found = database(environ.Env.db_url_config("sqlite:///x"), statement_timeout_seconds=1, idle_timeout_seconds=1)

    assert found["OPTIONS"] == {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    }


def test_database_postgresql_ends_what_takes_too_long():
    address = environ.Env.db_url_config("postgres://me@host/x?options=-c%20work_mem%3D8MB")

    found = database(address, statement_timeout_seconds=60, idle_timeout_seconds=30)

    assert found["OPTIONS"]["options"] == (
        "-c work_mem=8MB -c statement_timeout=60s -c idle_in_transaction_session_timeout=30s -c synchronous_commit=on"
    )


def test_local_key_is_kept_and_only_its_owner_reads_it(tmp_path):
    first = kept_key(tmp_path / "data", "secret-key")
    second = kept_key(tmp_path / "data", "secret-key")

    kept = tmp_path / "data" / "secret-key"
    assert first == second == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret-key"]
