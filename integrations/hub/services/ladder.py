"""When to try again, and when to stop trying: the figures of design/reliability.md A 5 and 6. Pure."""

from datetime import timedelta
from random import Random

LADDER_SECONDS = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600)
THEN_EVERY_SECONDS = 12 * 3600
GIVE_UP_AFTER = timedelta(hours=72)
JITTER = 0.2

BREAKER_FAILURES = 5
PROBE_MINUTES = (1, 2, 4, 8, 16, 30)


def wait_before_next_try(tries, *, key, retry_after_seconds=None):
    """Time until the next try of a row that failed `tries` times; ±20 % so that rows do not come back together.

    The jitter follows from the row's key and try: the same in every process. The vendor's own `Retry-After` wins when
    it is longer.
    """
    seconds = LADDER_SECONDS[tries - 1] if tries <= len(LADDER_SECONDS) else THEN_EVERY_SECONDS
    seconds *= 1 + Random(f"{key} {tries}").uniform(-JITTER, JITTER)
    return timedelta(seconds=max(seconds, retry_after_seconds or 0))


def gives_up(first_tried_at, next_try_at):
    """Whether the next try would fall past 72 hours after the first."""
    return next_try_at - first_tried_at > GIVE_UP_AFTER


def breaker_wait(probes):
    """How long the breaker stays open after this many probes failed (0: it just opened)."""
    return timedelta(minutes=PROBE_MINUTES[min(probes, len(PROBE_MINUTES) - 1)])
