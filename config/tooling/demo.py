"""`make demo`: Schakel with a small fictional administration, in the foreground.

    python -m config.tooling.demo PORT

Web server, worker and simulators run in this process group; Ctrl-C ends them all, grandchildren included. When one of
them ends by itself the others are stopped too, and this says which. The simulators take the ports after PORT.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from config.tooling.processes import adopt_orphans, end_descendants, end_with_parent
from config.tooling.translations import compile_catalogues

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
GRACE_SECONDS = 20
START_SECONDS = 60
WIDEST_NAME = 12
FINANCE = "integrations.finance.simulators"
ADDRESSES = "integrations.addresses.simulators"


@dataclass
class Part:
    """One program of the demonstration; `port` is None for one that listens to nobody."""

    name: str
    command: list
    port: int | None = None
    environment: dict = field(default_factory=dict)
    process: subprocess.Popen | None = None


def vendor_addresses(port):
    """Where the vendors are, for those who talk to them."""
    return {
        "CONNECTION_INSIDE_HOSTS": f"{HOST}:{port + 1}",
        "PDOK_URL": f"http://{HOST}:{port + 2}/bzk/locatieserver/search/v3_1",
    }


def parts(port):
    """The programs, in the order of starting: the vendors, on the ports after the product's own, come first."""
    exact_online, pdok = port + 1, port + 2
    records = ["--data", str(data_folder() / "exact-online.sqlite3")]
    return [
        Part(
            "exact-online",
            python("-m", f"{FINANCE}.exact_online", "--port", str(exact_online), *records),
            exact_online,
        ),
        Part("pdok", python("-m", f"{ADDRESSES}.pdok", "--port", str(pdok)), pdok),
        Part("web", gunicorn(), port, {"BIND": f"{HOST}:{port}"}),
        Part("worker", python("manage.py", "qcluster")),
    ]


def python(*arguments):
    return [sys.executable, *arguments]


def gunicorn():
    return [BIN / "gunicorn", "-c", "python:config.web_server"]


def data_folder():
    return Path(os.environ.get("DATA_DIR") or REPOSITORY / "data")


def is_free(port):
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except OSError:
            return False
        return True


def refuse_taken_ports(demonstration, port):
    taken = [str(part.port) for part in demonstration if part.port and not is_free(part.port)]
    if taken:
        sys.exit(
            f"Port {' and '.join(taken)} of this machine is taken; is a demonstration running already?\n"
            f"Choose another with: make demo PORT={port + 100}"
        )


def prepare():
    """Bring database and translations up to date."""
    print("Preparing the database …", flush=True)
    compile_catalogues()
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def load(demonstration):
    """Load the fictional administration where there is none yet, and sign in at the vendors, which answer by now.

    Returns what `load_demo` says: who can log in, and how.
    """
    from django.core.management import call_command
    from django.db import connections

    logins = StringIO()
    call_command("load_demo", exact_online_url=f"http://{HOST}:{demonstration[0].port}", stdout=logins)
    connections.close_all()
    return logins.getvalue()


def start(part):
    part.process = subprocess.Popen(
        part.command,
        cwd=REPOSITORY,
        env=os.environ | part.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=end_with_parent,
    )
    threading.Thread(target=show, args=(part,), daemon=True).start()


def show(part):
    for line in part.process.stdout:
        print(f"{part.name:<{WIDEST_NAME}} │ {line}", end="", flush=True)


def ended(demonstration):
    return next((part for part in demonstration if part.process and part.process.poll() is not None), None)


def wait_until_listening(demonstration):
    """Returns when every port answers, or when a program ended before its port did. Raises TimeoutError."""
    deadline = time.monotonic() + START_SECONDS
    for part in demonstration:
        while part.port and not ended(demonstration):
            try:
                socket.create_connection((HOST, part.port), timeout=1).close()
                break
            except OSError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{part.name} does not answer on port {part.port}.") from error
                time.sleep(0.1)


class Stopped(Exception):
    """Somebody asked the demonstration to end."""


def stop(_number, _frame):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # once is enough: the second Ctrl-C must not cut the ending short
    raise Stopped


def welcome(port, demonstration, logins):
    lines = [f"Schakel is at http://localhost:{port}/ — Ctrl-C stops it."]
    lines += [
        f"  {part.name}: http://localhost:{part.port}/" for part in demonstration if part.port not in (None, port)
    ]
    print("\n" + "\n".join([*lines, logins.rstrip()]) + "\n", flush=True)


def main(port):
    demonstration = parts(port)
    refuse_taken_ports(demonstration, port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    adopt_orphans()
    status = 0
    try:
        os.environ.update(vendor_addresses(port))
        prepare()
        vendors, ours = demonstration[:2], demonstration[2:]
        for part in vendors:
            start(part)
        wait_until_listening(vendors)
        logins = "" if ended(vendors) else load(demonstration)
        for part in ours:
            start(part)
        wait_until_listening(demonstration)
        if not ended(demonstration):
            welcome(port, demonstration, logins)
        while not (gone := ended(demonstration)):
            time.sleep(0.2)
        print(f"\n{gone.name} ended by itself (exit status {gone.process.returncode}); stopping the rest.", flush=True)
        status = 1
    except Stopped:
        print("\nStopping …", flush=True)
    except TimeoutError as error:
        print(f"\n{error} Stopping.", flush=True)
        status = 1
    finally:
        end_descendants(GRACE_SECONDS)
    sys.exit(status)


if __name__ == "__main__":
    try:
        chosen = int(sys.argv[1])
    except (IndexError, ValueError):
        sys.exit("Say on which port: make demo PORT=8000")
    main(chosen)
