"""`make test`: everything that continuous integration runs, in order, with a summary.

    python -m config.tooling.checks [--only NAME]

All checks run, also after one failed; exits non-zero when any did. Nothing is left out because something is missing.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from config.tooling import machine, postgresql
from config.tooling.processes import adopt_orphans, end_descendants, end_with_parent

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TEST_PROCESSES = 2
GRACE_SECONDS = 10
# Shaped like the real ones, used by nobody.
PRODUCTION = {
    "SECRET_KEY": "not-a-secret-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOP",
    "ALLOWED_HOSTS": "schakel.example.org",
    "FIELD_ENCRYPTION_KEYS": "bm90LWEtc2VjcmV0LWJ1dC1vbmx5LWZvci10ZXN0cyE=",
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
}
TESTING = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}


@dataclass
class Check:
    name: str
    command: list
    environment: dict = field(default_factory=dict)
    needs_postgresql: bool = False


def python(*arguments):
    return [sys.executable, *arguments]


def pytest(*arguments):
    return [
        BIN / "pytest",
        "-q",
        "-n",
        str(TEST_PROCESSES),
        "--dist",
        "loadgroup",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]


CHECKS = [
    Check("lint", [BIN / "ruff", "check", "."]),
    Check("format", [BIN / "ruff", "format", "--check", "."]),
    Check("imports", [BIN / "lint-imports"]),
    Check("migrations", python("manage.py", "makemigrations", "--check", "--dry-run"), TESTING),
    Check("translations", python("-m", "config.tooling.translations", "check")),
    Check("deploy", python("manage.py", "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
    Check("migration-linter", python("manage.py", "lintmigrations"), TESTING, needs_postgresql=True),
    # The server that a browser looks at has threads with connections of their own, and a test ends by emptying the
    # database: SQLite 3.40 sometimes ends the process on that. PostgreSQL does not mind.
    Check("sqlite", pytest("-m", "not browser")),
    Check("postgresql", pytest("-m", "not once"), needs_postgresql=True),
]


@dataclass
class Result:
    check: Check
    passed: bool
    seconds: float
    closing_line: str  # what the check said last; pytest's own count


def run(check, environment):
    """Run one check, its output shown as it comes."""
    print(f"\n── {check.name} " + "─" * (70 - len(check.name)), flush=True)
    started = time.monotonic()
    closing_line = ""
    with subprocess.Popen(
        check.command,
        cwd=REPOSITORY,
        env=environment | check.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=end_with_parent,
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            closing_line = line.strip() or closing_line
    return Result(check, process.returncode == 0, time.monotonic() - started, closing_line)


def summary(results):
    lines = [f"{'passed' if one.passed else 'FAILED'}  {one.check.name:<17}{one.seconds:6.0f} s" for one in results]
    tests = [f"{one.check.name}: {one.closing_line}" for one in results if one.check.command[0] == BIN / "pytest"]
    return "\n".join(["── summary " + "─" * 63, *lines, *tests])


def stop(number, _frame):
    raise SystemExit(128 + number)


def main(only):
    names = [check.name for check in CHECKS]
    if only and only not in names:
        sys.exit(f"There is no check {only!r}; there are {', '.join(names)}.")
    chosen = [check for check in CHECKS if only in (None, check.name)]
    signal.signal(signal.SIGTERM, stop)
    adopt_orphans()
    lacking = machine.complete()
    if lacking:
        sys.exit("\n".join(["Cannot test here:", *lacking]))
    # What someone set for an installation of their own must not decide what a test finds.
    clean = {
        name: value for name, value in os.environ.items() if name not in {*PRODUCTION, "DATABASE_URL", "SMTP_URL"}
    }
    clean["CHROMIUM_BIN"] = machine.chromium()
    results = []
    try:
        for check in chosen:
            with ExitStack() as stack:
                environment = dict(clean)
                if check.needs_postgresql:
                    environment["DATABASE_URL"] = stack.enter_context(postgresql.cluster())
                results.append(run(check, environment))
    except KeyboardInterrupt:
        print("\nStopped.")
        sys.exit(130)
    finally:
        end_descendants(GRACE_SECONDS)
        print(f"\n{summary(results)}", flush=True)
    sys.exit(0 if all(one.passed for one in results) else 1)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(arguments[1] if arguments[:1] == ["--only"] and len(arguments) > 1 else None)
