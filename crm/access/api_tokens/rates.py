"""How many requests a token may make a minute: counted in the cache, so over all processes."""

import time

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

WINDOW_SECONDS = 60


class TokenRate(BaseThrottle):
    """`settings.API_REQUESTS_PER_MINUTE` per token, told in RateLimit-Limit, -Remaining and -Reset (seconds)."""

    def allow_request(self, request, view) -> bool:
        if request.auth is None:
            return True
        now = int(time.time())
        self.left_seconds = WINDOW_SECONDS - now % WINDOW_SECONDS
        key = f"api rate {request.auth.pk} {now // WINDOW_SECONDS}".replace(" ", ":")
        used = 1 if cache.add(key, 1, 2 * WINDOW_SECONDS) else cache.incr(key)
        most = settings.API_REQUESTS_PER_MINUTE
        request._request.rate_headers = {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(most - used, 0)),
            "RateLimit-Reset": str(self.left_seconds),
        }
        return used <= most

    def wait(self) -> float:
        return self.left_seconds
