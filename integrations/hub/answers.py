"""An HTTP answer, and the table that turns it into one of our kinds of failure.

Success is only what the vendor's format says: right status, right content type, parseable. HTML, empty, truncated or
unparseable answers with status 200 are failures (reliability paper, A 7).
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

from integrations.hub.errors import CouplingError, PermanentError, TemporaryError

MAX_RETRY_AFTER_SECONDS = 7 * 24 * 3600.0
TEMPORARY_STATUSES = frozenset({408, 425, 429})


class UnreadableAnswer(ValueError):
    """The answer is not what the format promises; the message is a slug."""


@dataclass(frozen=True)
class Answer:
    """Headers have lower-case names. `data` is what the reader made of the body (None before and for empty ones)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    data: object = field(default=None, repr=False)

    @property
    def content_type(self):
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


def read_json(answer):
    """The parsed JSON body; numbers with a fraction are Decimal, never float. Raises UnreadableAnswer."""
    kind = answer.content_type
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnreadableAnswer("not_json")
    if not answer.body.strip():
        raise UnreadableAnswer("empty_answer")
    try:
        return json.loads(answer.body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("broken_json") from error


def json_or_none(answer):
    """The parsed body of an answer that may be anything, such as an error page; None when it is no JSON."""
    try:
        return read_json(answer)
    except UnreadableAnswer:
        return None


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


@dataclass(frozen=True)
class Rule:
    """One row of a connector's table: answers with this status for which `matches` holds are this kind of failure."""

    statuses: frozenset[int] | range
    kind: type[CouplingError]
    code: str
    matches: Callable[[Answer], bool] = lambda answer: True


DEFAULT_RULES = (
    Rule(frozenset({429}), TemporaryError, "too_many_calls"),
    Rule(frozenset({408, 425}), TemporaryError, "vendor_not_ready"),
    Rule(range(500, 600), TemporaryError, "vendor_down"),
    Rule(frozenset({401}), PermanentError, "not_logged_in"),
    Rule(frozenset({403}), PermanentError, "not_permitted"),
    Rule(frozenset({404, 410}), PermanentError, "not_found"),
    Rule(range(400, 500), PermanentError, "refused"),
)


def retry_after_seconds(answer, now):
    """Seconds to wait according to `Retry-After` (seconds or an HTTP date), at most a week; None without it."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def epoch_millis_seconds(value, now):
    """Seconds from `now` until an epoch in milliseconds (a header's text); None when it is no such number."""
    try:
        moment = datetime.fromtimestamp(int(value) / 1000, UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return min(max((moment - now).total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)


def plain_words(answer):
    """The vendor's words when a connector knows no better: the body when it is text, nothing for an HTML page."""
    if answer.content_type in ("application/json", "text/plain", "application/problem+json"):
        return answer.text
    return ""


@dataclass(frozen=True)
class Dialect:
    """How one vendor speaks: its table (asked before the defaults), its words, its way of telling how long to wait."""

    rules: tuple[Rule, ...] = ()
    words: Callable[[Answer], str] = plain_words
    retry_after: Callable[[Answer, datetime], float | None] = retry_after_seconds

    def failure(self, answer, *, now, secrets=()):
        """The error for an answer whose status is not success."""
        for rule in (*self.rules, *DEFAULT_RULES):
            if answer.status in rule.statuses and rule.matches(answer):
                return rule.kind(
                    rule.code,
                    vendor_words=self.words(answer),
                    retry_after_seconds=self.retry_after(answer, now),
                    status=answer.status,
                    secrets=secrets,
                )
        return TemporaryError(
            "unexpected_answer", vendor_words=self.words(answer), status=answer.status, secrets=secrets
        )


PLAIN = Dialect()
