"""`make demo` as somebody would use it: start, look, stop, start again; and when one of its programs breaks."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 180
STOP_SECONDS = 40

pytestmark = [pytest.mark.slow, pytest.mark.once]


def free_ports():
    """The first of three ports in a row that nobody uses."""
    for port in range(23000, 60000, 10):
        sockets = [socket.socket() for _ in range(3)]
        try:
            for place, one in enumerate(sockets):
                one.bind(("127.0.0.1", port + place))
            return port
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise LookupError("No three free ports in a row.")


def demonstration(folder, port):
    clean = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    return subprocess.Popen(
        [sys.executable, "-m", "config.tooling.demo", str(port)],
        cwd=REPOSITORY,
        env=clean | {"DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process, sought):
    """Lines of output up to the one that matches, or to the end."""
    lines = []
    deadline = time.monotonic() + START_SECONDS
    for line in process.stdout:
        lines.append(line)
        if re.search(sought, line) or time.monotonic() > deadline:
            break
    return lines


def still_running(folder):
    """Command lines of the processes that were started for the demonstration in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"DATA_DIR={folder}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def status_of(port, path="/"):
    """What it answers; the parts start side by side, and on a busy machine one listens later than another."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                return answer.status
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_demo_keeps_its_data_and_leaves_nothing_running_however_it_ends(tmp_path):
    port = free_ports()
    database = tmp_path / "schakel.sqlite3"

    first = demonstration(tmp_path, port)
    opened = read_until(first, "Q Cluster .* running")
    found = [status_of(port, "/accounts/login/"), status_of(port + 1), status_of(port + 2)]
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=STOP_SECONDS)

    assert f"Schakel is at http://localhost:{port}/ — Ctrl-C stops it.\n" in opened, "".join(opened)
    assert found == [200, 200, 200]
    assert (first.returncode, still_running(tmp_path)) == (0, [])

    kept = database.stat().st_ino
    second = demonstration(tmp_path, port)
    opened_again = read_until(second, "Q Cluster .* running")
    web = re.search(r"Listening at: \S+ \((\d+)\)", "".join(opened_again))
    os.kill(int(web[1]), signal.SIGKILL)
    said, _nothing = second.communicate(timeout=STOP_SECONDS)

    assert [line for line in opened if line.startswith("  ")] == [
        line for line in opened_again if line.startswith("  ")
    ]
    assert database.stat().st_ino == kept
    assert "web ended by itself (exit status -9); stopping the rest." in said
    assert (second.returncode, still_running(tmp_path)) == (1, [])
