"""How Exact Online says that it is enough, and how we stop before it does.

Source: the contract, section 6. Per app and division 60 calls a minute and 5,000 a day; ten errors (400, 401, 403,
404) per key, user, division and endpoint within an hour block that endpoint for an hour, longer on repetition.
"""

import threading
from collections import deque

from integrations.hub.answers import epoch_millis_seconds, retry_after_seconds
from integrations.hub.errors import TemporaryError

CALLS_PER_MINUTE = 60
CALLS_PER_DAY = 5000
COUNTED_ERRORS = frozenset({400, 401, 403, 404})
ERRORS_PER_HOUR = 9  # one less than the vendor's, so that the tenth is never ours
HOUR_SECONDS = 3600.0
WITHOUT_ANY_WORD_SECONDS = 60.0


def seconds_to_wait(answer, now):
    """How long a refused call should wait. `Retry-After` first, then the window that is used up: the minute's headers
    are the only ones present when the minute limit was hit; resets are epoch milliseconds UTC."""
    told = retry_after_seconds(answer, now)
    if told is not None or answer.status != 429:
        return told
    for window in ("x-ratelimit-minutely", "x-ratelimit"):
        if answer.headers.get(f"{window}-remaining", "").strip() == "0":
            seconds = epoch_millis_seconds(answer.headers.get(f"{window}-reset"), now)
            if seconds is not None:
                return seconds
    return WITHOUT_ANY_WORD_SECONDS


class ErrorBudget:
    """Counts the errors per endpoint of the last hour in this process. The hub sees every status too
    (`HttpClient(after_call=…)`) and can count over processes; this is the first brake."""

    def __init__(self):
        self._lock = threading.Lock()
        self._errors = {}

    def check(self, endpoint, now):
        """Raises TemporaryError("error_budget") until the oldest counted error is an hour old."""
        with self._lock:
            errors = self._recent(endpoint, now)
            if len(errors) >= ERRORS_PER_HOUR:
                wait = HOUR_SECONDS - (now - errors[0]).total_seconds()
                raise TemporaryError("error_budget", retry_after_seconds=wait)

    def note(self, endpoint, status, now):
        if status in COUNTED_ERRORS:
            with self._lock:
                self._recent(endpoint, now).append(now)

    def _recent(self, endpoint, now):
        errors = self._errors.setdefault(endpoint, deque())
        while errors and (now - errors[0]).total_seconds() >= HOUR_SECONDS:
            errors.popleft()
        return errors
