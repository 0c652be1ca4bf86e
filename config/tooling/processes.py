"""Processes that end together: with their parent, and with everything they started. Linux."""

import ctypes
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(with_signal=signal.SIGTERM):
    """In a child, before it becomes another program: get `with_signal` when the parent is gone, even by SIGKILL."""
    _libc.prctl(PR_SET_PDEATHSIG, with_signal)


def adopt_orphans():
    """Become the parent of every descendant whose own parent ends, so that none escapes `descendants`."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


def children_by_parent():
    """All processes of the machine: {parent's id: [children's ids]}."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    return children


def descendants():
    """Process ids of all that this process started, directly or not."""
    children = children_by_parent()
    found, ask = [], [os.getpid()]
    while ask:
        below = children.get(ask.pop(), [])
        found.extend(below)
        ask.extend(below)
    return found


def signal_each(processes, number):
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def reap():
    """Take note of every child that ended; gives [(process id, exit status)]."""
    ended = []
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if process == 0:
            return ended
        ended.append((process, os.waitstatus_to_exitcode(status)))


def end_descendants(grace_seconds):
    """Ask what this process started to end; what is left after `grace_seconds`, grandchildren included, is killed."""
    signal_each(children_by_parent().get(os.getpid(), []), signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline:
        reap()
        if not descendants():
            return
        time.sleep(0.1)
    while left := descendants():
        signal_each(left, signal.SIGKILL)
        reap()
        time.sleep(0.05)
