"""The vocabulary: every word of the index in the memory of this process.

A snapshot never changes once made; threads share it. `reading.vocabulary` keeps it up to date.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

GRACE_SECONDS = 60
HOLES_AT_MOST = 20
# at the first reading only the holes near the end are asked for again one by one: see `Vocabulary.unsettled`
YOUNG_IDS = 10_000
# small additions are kept beside the sorted whole and merged into it above this number
SIDE_AT_MOST = 2_000
FEW = 100

FIRST_BYTES = 16
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_AFTER_EVERY_LETTER = "\U0010ffff"


class Segment:
    """Words in alphabetical order with their ids and uses, and the same grouped by length. Never changes."""

    def __init__(self, rows: Iterable[tuple[int, str, int]]):
        rows = sorted(rows, key=lambda row: (row[1], row[0]))
        self.texts = [text for _id, text, _uses in rows]
        self.ids = np.array([row[0] for row in rows], dtype=np.int64)
        self.uses = np.array([row[2] for row in rows], dtype=np.int64)
        self._by_id = np.argsort(self.ids)
        # UTF-8 sorts as its letters do, so the first bytes are in order too
        self._first_bytes = np.array([text.encode()[:FIRST_BYTES] for text in self.texts], dtype=f"S{FIRST_BYTES}")
        # the same by length: those of `length` stand from `_length_starts[length]` up to the next
        lengths = np.array([len(text) for text in self.texts], dtype=np.int32)
        self._by_length = np.argsort(lengths, kind="stable").astype(np.int32)
        self._texts_by_length = [self.texts[i] for i in self._by_length]
        longest = int(lengths.max(initial=0))
        self._length_starts = np.searchsorted(lengths[self._by_length], np.arange(longest + 2)).tolist()

    def __len__(self) -> int:
        return len(self.texts)

    def rows(self) -> Iterator[tuple[int, str, int]]:
        return zip(self.ids.tolist(), self.texts, self.uses.tolist(), strict=True)

    def exact(self, text: str) -> range:
        return self._from(bisect_left(self.texts, text), lambda found: found == text)

    def _from(self, start: int, fits) -> range:
        end = start
        while end < len(self.texts) and fits(self.texts[end]):
            end += 1
        return range(start, end)

    def beginning(self, prefix: str) -> range:
        start = bisect_left(self.texts, prefix)
        if start == len(self.texts) or not self.texts[start].startswith(prefix):
            return range(0)
        return range(start, bisect_left(self.texts, prefix + _AFTER_EVERY_LETTER, lo=start))

    def beginnings(self, prefixes: list[str]) -> np.ndarray:
        """Positions of the words that begin with one of these; some twice. Over `FIRST_BYTES` it finds none."""
        sought = [prefix.encode() for prefix in prefixes]
        sought = [prefix for prefix in sought if len(prefix) <= FIRST_BYTES]
        if not sought:
            return np.empty(0, dtype=np.int32)
        starts = np.searchsorted(self._first_bytes, np.array(sought))
        ends = np.searchsorted(self._first_bytes, np.array([prefix + b"\xff" for prefix in sought]))
        found = [np.arange(starts[i], ends[i], dtype=np.int32) for i in np.flatnonzero(ends > starts).tolist()]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int32)

    def near(self, text: str, edits: int) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the words within so many edits, and how many (optimal string alignment)."""
        last = len(self._length_starts) - 1
        start = self._length_starts[min(max(len(text) - edits, 0), last)]
        end = self._length_starts[min(len(text) + edits + 1, last)]
        if start == end:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint8)
        fitting = self._texts_by_length[start:end]
        row = cdist([text], fitting, scorer=OSA.distance, score_cutoff=edits, dtype=np.uint8)[0]
        hits = np.flatnonzero(row <= edits)
        return self._by_length[start + hits], row[hits]

    def text_of(self, word_id: int) -> str | None:
        at = int(np.searchsorted(self.ids, word_id, sorter=self._by_id))
        if at == len(self.ids):
            return None
        position = int(self._by_id[at])
        return self.texts[position] if int(self.ids[position]) == word_id else None


@dataclass(frozen=True)
class Moment:
    """When the words were read: `seconds` (monotonic), and the transactions of that time.

    Every transaction below `oldest` was over, and one that began later is not below `next`. Both 0 on SQLite, which
    lets in one writer at a time.
    """

    seconds: float = 0.0
    oldest: int = 0
    next: int = 0

    def settled(self, now: Moment) -> bool:
        """Whether all that was being written at this moment is committed or gone by `now`.

        A number is taken a little before the transaction that writes it has its own: hence the grace.
        """
        return now.oldest >= self.next and now.seconds - self.seconds > GRACE_SECONDS


@dataclass(frozen=True)
class Hole:
    """Ids that were not there: from `low` up to and including `high`, first missed at `since`."""

    low: int
    high: int
    since: Moment


@dataclass(frozen=True)
class Vocabulary:
    """A snapshot: the sorted whole, and beside it what came later."""

    segments: tuple[Segment, ...] = ()
    last: tuple[int, str] | None = None
    holes: tuple[Hole, ...] = ()
    read_at: float = field(default_factory=time.monotonic)
    # of the first reading, while something was being written: all ids so far, read once more when that is over
    unsettled: Hole | None = None

    def __len__(self) -> int:
        return sum(len(segment) for segment in self.segments)

    def exact(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """(ids, uses) of a word: one, or none."""
        return self._ranges((segment, segment.exact(text)) for segment in self.segments)

    def beginning(self, prefix: str) -> tuple[np.ndarray, np.ndarray]:
        """(ids, uses) of every word that begins so."""
        return self._ranges((segment, segment.beginning(prefix)) for segment in self.segments)

    def near(self, text: str, edits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(ids, uses, distances) of every word within so many edits."""
        found = [(segment, *segment.near(text, edits)) for segment in self.segments]
        return (
            _joined([segment.ids[positions] for segment, positions, _ in found]),
            _joined([segment.uses[positions] for segment, positions, _ in found]),
            _joined([distances for _, _, distances in found]),
        )

    def slipped_beginning(self, prefix: str) -> tuple[np.ndarray, np.ndarray]:
        """(ids, uses) of every word that begins with `prefix` after one slip in it."""
        slips = sorted(one_slip(prefix)) if len(prefix) < FIRST_BYTES else []
        found = [(segment, segment.beginnings(slips)) for segment in self.segments]
        return (
            _joined([segment.ids[positions] for segment, positions in found]),
            _joined([segment.uses[positions] for segment, positions in found]),
        )

    def text_of(self, word_id: int) -> str:
        for segment in self.segments:
            text = segment.text_of(word_id)
            if text is not None:
                return text
        raise KeyError(word_id)

    def _ranges(self, ranges) -> tuple[np.ndarray, np.ndarray]:
        found = [(segment, where) for segment, where in ranges if where]
        return (
            _joined([segment.ids[where.start : where.stop] for segment, where in found]),
            _joined([segment.uses[where.start : where.stop] for segment, where in found]),
        )

    def with_rows(self, rows: list[tuple[int, str, int]], *, now: Moment) -> Vocabulary:
        """A snapshot that knows these words too; this one when there is nothing new to know."""
        rows = self._unknown(rows)
        ids = sorted(row[0] for row in rows)
        holes = self._open(set(ids), now)
        if not rows:
            return self if holes == self.holes else replace(self, holes=holes)
        known = self.last[0] if self.last else 0
        holes += tuple(_holes_between([known, *(i for i in ids if i > known)], now))
        unsettled = self.unsettled
        if not self.segments:
            holes = tuple(hole for hole in holes if hole.high > ids[-1] - YOUNG_IDS)
            unsettled = Hole(0, ids[-1], now) if now.oldest < now.next else None
        last = max([*rows, *([self.last] if self.last else [])], key=lambda row: row[0])
        return Vocabulary(
            self._segments_with(rows), (last[0], last[1]), _at_most(HOLES_AT_MOST, holes), self.read_at, unsettled
        )

    def _unknown(self, rows: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
        if len(rows) <= FEW:
            return [row for row in rows if all(segment.text_of(row[0]) is None for segment in self.segments)]
        known = {word_id for segment in self.segments for word_id in segment.ids.tolist()}
        return [row for row in rows if row[0] not in known]

    def _open(self, filled: set[int], now: Moment) -> tuple[Hole, ...]:
        """The holes that may still be filled, without what was filled now."""
        left: list[Hole] = []
        for hole in self.holes:
            if hole.since.settled(now):
                continue
            inside = sorted(i for i in filled if hole.low <= i <= hole.high)
            left.extend(_holes_between([hole.low - 1, *inside, hole.high + 1], hole.since))
        return tuple(left)

    def _segments_with(self, rows) -> tuple[Segment, ...]:
        if not self.segments:
            return (Segment(rows),)
        main, *side = self.segments
        rows = [*(row for segment in side for row in segment.rows()), *rows]
        if len(rows) <= SIDE_AT_MOST:
            return (main, Segment(rows))
        return (Segment([*main.rows(), *rows]),)


def _holes_between(ids: list[int], since: Moment) -> Iterator[Hole]:
    for low, high in pairwise(ids):
        if high - low > 1:
            yield Hole(low + 1, high - 1, since)


def _at_most(number: int, holes: tuple[Hole, ...]) -> tuple[Hole, ...]:
    """The holes as so many ranges: neighbours with the fewest words between them are taken together, none is dropped.

    A range that was taken together is as young as its youngest part; the words in it are read again and not added.
    """
    holes = tuple(sorted(holes, key=lambda hole: hole.low))
    if len(holes) <= number:
        return holes
    between = [(right.low - left.high, at) for at, (left, right) in enumerate(pairwise(holes))]
    joined = {at for _words, at in sorted(between)[: len(holes) - number]}
    ranges = [holes[0]]
    for at, hole in enumerate(holes[1:]):
        if at in joined:
            since = max(ranges[-1].since, hole.since, key=lambda moment: (moment.next, moment.seconds))
            ranges[-1] = Hole(ranges[-1].low, hole.high, since)
        else:
            ranges.append(hole)
    return tuple(ranges)


def _joined(arrays: list[np.ndarray]) -> np.ndarray:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)


def one_slip(text: str) -> set[str]:
    """Every text that is one letter left out, added, changed or swapped away from this one."""
    slips = set()
    for i in range(len(text) + 1):
        head, tail = text[:i], text[i:]
        slips.update(head + letter + tail for letter in _ALPHABET)
        if tail:
            slips.add(head + tail[1:])
            slips.update(head + letter + tail[1:] for letter in _ALPHABET)
        if len(tail) > 1:
            slips.add(head + tail[1] + tail[0] + tail[2:])
    slips.discard(text)
    return slips
