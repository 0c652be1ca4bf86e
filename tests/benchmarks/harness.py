"""Measures one subject in one database, in this process: see README.md beside it. Prints one line of JSON.

DATABASE_URL=… python -m tests.benchmarks.harness SUBJECT SIZE
"""

import gc
import importlib
import json
import statistics
import sys
import threading
import time
from pathlib import Path

ROUNDS = 5
SHORTEST_ROUND_SECONDS = 0.05
MOST_REPEATS = 200
SAMPLE_SECONDS = 0.002


def equal(work, answer, best):
    assert answer == best, f"ours and limit answer differently: {answer!r:.200} and {best!r:.200}"


class Subject:
    """The functions of a subject's file, with the defaults of those it leaves out."""

    def __init__(self, name, size):
        self.module = importlib.import_module(f"tests.benchmarks.{name}")
        self.work = getattr(self.module, "prepare", lambda size: None)(size)
        self.reset = getattr(self.module, "reset", None)
        self.check = getattr(self.module, "check", equal)

    def once(self, side, repeats=1):
        """Run "ours" or "limit"; returns (seconds a time, the last answer)."""
        if self.reset:
            self.reset(self.work)
        function = getattr(self.module, side)
        gc.collect()
        started = time.perf_counter()
        for _ in range(repeats):
            answer = function(self.work)
        return (time.perf_counter() - started) / repeats, answer

    def repeats(self):
        if self.reset:
            return 1
        seconds, _answer = self.once("limit")
        return max(1, min(MOST_REPEATS, round(SHORTEST_ROUND_SECONDS / max(seconds, 1e-6))))


def anonymous_megabytes():
    """Memory of this process that is its own: pages that SQLite maps from its file do not count."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("This kernel does not say how much memory is anonymous.")


class PeakMemory:
    """Context manager: `megabytes` is the highest anonymous memory inside, above what it was at the beginning."""

    def __enter__(self):
        gc.collect()
        self.idle = self.highest = anonymous_megabytes()
        self.over = threading.Event()
        self.sampler = threading.Thread(target=self.sample)
        self.sampler.start()
        return self

    def sample(self):
        while not self.over.wait(SAMPLE_SECONDS):
            self.highest = max(self.highest, anonymous_megabytes())

    def __exit__(self, *failure):
        self.over.set()
        self.sampler.join()
        self.highest = max(self.highest, anonymous_megabytes())

    @property
    def megabytes(self):
        return self.highest - self.idle


def measure(name, size):
    """Returns the figures of a subject as a dict. Raises AssertionError when the work was not what it should be."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    subject = Subject(name, size)
    _seconds, best = subject.once("limit")
    with PeakMemory() as memory:
        _seconds, answer = subject.once("ours")
    subject.check(subject.work, answer, best)
    if subject.reset:
        subject.reset(subject.work)
    with CaptureQueriesContext(connection) as queries:
        subject.module.ours(subject.work)
    repeats = subject.repeats()
    ratios, ours_seconds = [], []
    for number in range(ROUNDS):
        order = ("ours", "limit") if number % 2 == 0 else ("limit", "ours")
        seconds = {side: subject.once(side, repeats)[0] for side in order}
        ratios.append(seconds["ours"] / seconds["limit"])
        ours_seconds.append(seconds["ours"])
    budgets = {key: getattr(subject.module, key, None) for key in ("RATIO", "QUERIES", "GROWTH", "MEMORY_MB")}
    return {
        "ratio": statistics.median(ratios),
        "low": min(ratios),
        "high": max(ratios),
        "queries": len(queries),
        "memory": memory.megabytes,
        "seconds": statistics.median(ours_seconds),
        "budgets": budgets,
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
