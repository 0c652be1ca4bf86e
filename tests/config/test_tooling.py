"""The programs behind make: nothing they start outlives them, and they say plainly what is in the way."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.tooling import machine

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.once
# Starts a child with a grandchild that both ignore SIGTERM, says who they are, and ends everything or waits.
FAMILY = '''
import os, signal, subprocess, sys, time
from config.tooling.processes import adopt_orphans, end_descendants, end_with_parent
adopt_orphans()
stubborn = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""
child = """
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print(grandchild.pid, flush=True)
grandchild.wait()
"""
command = [sys.executable, "-c", child, stubborn]
started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
print(started.pid, started.stdout.readline().strip(), started.stdout.readline().strip(), flush=True)
end_descendants(1) if sys.argv[1] == "end" else time.sleep(60)
'''


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until_gone(processes, seconds=10):
    deadline = time.monotonic() + seconds
    while any(map(alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [process for process in processes if alive(process)]


def family(what):
    return subprocess.Popen([sys.executable, "-c", FAMILY, what], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def test_processes_end_with_their_stubborn_grandchildren():
    with family("end") as parent:
        child, grandchild, _up = parent.stdout.readline().split()
        parent.wait(20)

    assert until_gone([child, grandchild]) == []


def test_processes_child_ends_when_its_parent_is_killed():
    with family("wait") as parent:
        child, grandchild, _up = parent.stdout.readline().split()
        parent.kill()
    try:
        assert until_gone([child]) == []
    finally:
        os.kill(int(grandchild), signal.SIGKILL)


def test_demo_names_the_port_that_is_taken_and_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "config.tooling.demo", str(port)], cwd=REPOSITORY, capture_output=True, text=True
        )

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"Port {port} of this machine is taken; is a demonstration running already?\n"
        f"Choose another with: make demo PORT={port + 100}\n"
    )


def test_machine_tells_what_it_could_not_get(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM_BIN", raising=False)

    lacking = machine.complete()

    assert "Chromium is missing. As root: apt-get install chromium; else set CHROMIUM_BIN to a Chromium." in lacking
