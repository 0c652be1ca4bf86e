"""How Schakel opens its database: the options without which SQLite or PostgreSQL would lose or block work."""

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"

SQLITE_BUSY_SECONDS = 20
CONNECTION_AGE_SECONDS = 60


def database(address, *, statement_timeout_seconds, idle_timeout_seconds):
    """Complete what `environ.Env.db_url` made of DATABASE_URL.

    SQLite: without IMMEDIATE a transaction that reads and then writes is refused at once when another one wrote
    meanwhile, however long the timeout. Django itself switches foreign keys on.
    PostgreSQL: a statement, or a transaction in which nothing happens, ends after the given number of seconds.
    """
    options = dict(address.get("OPTIONS", {}))
    if address["ENGINE"] == SQLITE:
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": SQLITE_BUSY_SECONDS,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        }
        return address | {"OPTIONS": options}
    server = {
        "statement_timeout": f"{statement_timeout_seconds}s",
        "idle_in_transaction_session_timeout": f"{idle_timeout_seconds}s",
        "synchronous_commit": "on",
    }
    options["options"] = " ".join(
        [options.get("options", ""), *(f"-c {name}={value}" for name, value in server.items())]
    ).strip()
    return address | {"OPTIONS": options, "CONN_MAX_AGE": CONNECTION_AGE_SECONDS, "CONN_HEALTH_CHECKS": True}
