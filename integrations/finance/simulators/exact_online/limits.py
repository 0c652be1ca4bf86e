"""The limits of the contract, section 6: calls per minute and day, and errors per endpoint per hour."""

import threading
from collections import defaultdict, deque

PER_MINUTE = 60
PER_DAY = 5000
ERRORS_PER_HOUR = 10
COUNTED = frozenset({400, 401, 403, 404})


class Limits:
    """`on`: whether too many are refused; the headers are there either way. `now()`: seconds since the epoch."""

    def __init__(self, *, on, now):
        self.on = on
        self._now = now
        self._lock = threading.Lock()
        self._used = {}
        self._errors = defaultdict(deque)

    def take(self):
        """(headers, allowed): one call more. When the minute is full only the minute's headers are there."""
        with self._lock:
            minute = self._window("minute", 60, PER_MINUTE)
            day = self._window("day", 86400, PER_DAY)
            allowed = not self.on or (minute["left"] > 0 and day["left"] > 0)
            if allowed:
                for window in (minute, day):
                    self._used[window["name"]][1] += 1
                    window["left"] = max(window["left"] - 1, 0)
            headers = _headers("X-RateLimit-Minutely", minute)
            if allowed or minute["left"] > 0:
                headers |= _headers("X-RateLimit", day)
            return headers, allowed

    def use_up_the_day(self):
        """As if 5,000 calls were made today."""
        with self._lock:
            self._window("day", 86400, PER_DAY)
            self._used["day"][1] = PER_DAY

    def blocked(self, endpoint):
        with self._lock:
            return self.on and len(self._recent(endpoint)) >= ERRORS_PER_HOUR

    def note(self, endpoint, status):
        if status in COUNTED:
            with self._lock:
                self._recent(endpoint).append(self._now())

    def errors(self):
        with self._lock:
            return {endpoint: len(self._recent(endpoint)) for endpoint in list(self._errors)}

    def _window(self, name, seconds, limit):
        start = self._now() // seconds * seconds
        if self._used.get(name, [None])[0] != start:
            self._used[name] = [start, 0]
        left = max(limit - self._used[name][1], 0)
        return {"name": name, "limit": limit, "left": left, "reset": int((start + seconds) * 1000)}

    def _recent(self, endpoint):
        errors = self._errors[endpoint]
        while errors and self._now() - errors[0] >= 3600:
            errors.popleft()
        return errors


def _headers(prefix, window):
    values = {"Limit": window["limit"], "Remaining": window["left"], "Reset": window["reset"]}
    return {f"{prefix}-{name}": str(value) for name, value in values.items()}
