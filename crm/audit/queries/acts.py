"""The mutation log: acts of everybody, newest first, as far as this user may see what they wrote.

A page is one of change sets, not of history rows: an import of 5,000 rows is one line, and no table is read further
than the acts of the page. See "the log pages over acts" in the README.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from crm.audit.queries.entries import Entry, entries_of
from crm.audit.queries.statements import acts_read, lines_of, listed, name_users, visible_of
from crm.audit.queries.unions import all_of, rows_counted, rows_first, rows_written
from crm.audit.records import any_of, history_of, parents_of, parts_of, plain_rows, recorded_models, visible_keys
from crm.core.models import ChangeSet, Door

LIMIT = 25
# what an act shows of itself on the page; the rest is one click away
SHOWN_ROWS = 4
# of an act that wrote more of one model, no more is counted
COUNTED = 1_000
# acts with more rows of one model are read by a query of their own
_LARGE = 50
# an explicit list of acts is worth its query up to here
_FEW = 5_000
_CHUNK, _MOST_IN_CHUNK = 32, 500
# acts looked at for one page, before it says how far it came
LOOKED_AT = 3_000


@dataclass(frozen=True)
class Asked:
    """What the log is narrowed to. Days are those on which an act began, both inclusive; `record`: (model, key) of
    one record with all that hangs under it."""

    since: date | None = None
    until: date | None = None
    user: int | None = None
    door: str = ""
    model: type | None = None
    kind: str = ""
    record: tuple[type, int] | None = None

    @property
    def of_rows(self) -> bool:
        """Whether something is asked of what an act wrote, not only of the act."""
        return bool(self.model or self.kind or self.record)


@dataclass(frozen=True)
class LoggedAct:
    """An act with what this user may see of it. `kinds`: "+", "~", "-" -> how many rows; `more`: there are more than
    were counted. `undone`: whether a later act named it as what it undid."""

    change_set: ChangeSet
    kinds: dict[str, int]
    more: bool
    entries: list[Entry] = field(default_factory=list)
    undone: bool = False
    # all but the first row are of models that hang under something
    left_are_parts: bool = False

    @property
    def who(self) -> str:
        return str(self.change_set.actor or "")

    @property
    def rows(self) -> int:
        return sum(self.kinds.values())

    @property
    def left(self) -> int:
        """Rows that are not among `entries`."""
        return self.rows - len(self.entries)

    @property
    def subjects(self) -> list[str]:
        """What it was about, by name, each once, as far as it is shown."""
        return list(dict.fromkeys(entry.under for entry in self.entries if entry.under))

    @property
    def subject(self) -> str:
        """The one thing it was about; "" when it was about several, or more than is shown."""
        if self.deleted and not self.deleted.is_part and self.left_are_parts:
            return self.deleted.under
        return self.subjects[0] if len(self.subjects) == 1 and not self.left else ""

    @property
    def summary(self) -> str:
        """How much it wrote, in words."""
        if self.rows == 1 and self.kinds.get("~"):
            if not (fields := len(self.entries[0].changes)):
                return ""
            return ngettext("%(n)d field", "%(n)d fields", fields) % {"n": fields}
        texts = {
            "+": ngettext("%(n)d new", "%(n)d new", self.kinds.get("+", 0)),
            "~": ngettext("%(n)d changed", "%(n)d changed", self.kinds.get("~", 0)),
            "-": ngettext("%(n)d deleted", "%(n)d deleted", self.kinds.get("-", 0)),
        }
        return ", ".join(texts[kind] % {"n": self.kinds[kind]} for kind in "+~-" if self.kinds.get(kind))

    @property
    def deleted(self) -> Entry | None:
        """The record that an act of deleting took away: the first, which is the one that the others hung under."""
        return self.entries[0] if set(self.kinds) == {"-"} and self.entries else None

    @property
    def from_outside(self) -> bool:
        """Another system is the source: what it said is changed there."""
        return self.change_set.door == Door.COUPLING


@dataclass(frozen=True)
class ActPage:
    """`older` and `newer`: cursors, "" where there is nothing. `looked_until`: the page is not full because so many
    acts were looked at in vain; `older` goes on from there."""

    acts: list[LoggedAct]
    older: str = ""
    newer: str = ""
    looked_until: datetime | None = None


@dataclass
class _Seen:
    """Of one act: (model, history id, key, kind) of the rows that are visible. `named`: a later act undid it."""

    change_set: ChangeSet
    rows: list[tuple[type, int, int, str]] = field(default_factory=list)
    more: bool = False
    named: bool = False


def acts(user, asked: Asked, *, before: str = "", after: str = "", limit: int = LIMIT) -> ActPage:
    """A page of the log. `before`, `after`: a cursor of an earlier page; one that makes no sense: the newest.

    Queries: the acts, what they wrote, which of it is visible; and the fixed number of `entries_of` per model on the
    page. With hidden acts between the shown ones the first three are asked again, until 3,000 acts were looked at.
    """
    mark = _mark(after or before)
    forward = bool(after and mark)
    found, last, exhausted = _walk(user, asked, mark, forward, limit + 1)
    page = found[:limit]
    further = len(found) > limit
    if forward:
        page.reverse()
    shown = _detailed(page, user)
    if forward:
        return ActPage(shown, _cursor_of(page[-1]) if page else before, _cursor_of(page[0]) if further else "")
    cut = None if exhausted or further else last
    older = _cursor_of(page[-1]) if further else _cursor(cut) if cut else ""
    newer = _cursor_of(page[0]) if mark and page else ""
    return ActPage(shown, older, newer, timezone.localtime(cut.opened_at) if cut else None)


# -------------------------------------------------------------------------------------------- which acts


def _walk(user, asked: Asked, mark, forward: bool, wanted: int) -> tuple[list[_Seen], ChangeSet | None, bool]:
    """Acts of which something is visible, from a place in the log; the last one looked at; whether that was all."""
    conditions = _conditions(asked)
    # of one record the index finds the acts; what many acts write is met soon by walking, so that is tried first
    listed_acts = bool(asked.record)
    few = _acts_with(_of_period(asked), conditions, asked) if listed_acts else None
    found: list[_Seen] = []
    looked, size = 0, max(_CHUNK, wanted)
    last: ChangeSet | None = None
    while len(found) < wanted:
        chunk, named = acts_read(*_narrowed(asked, few, mark, forward), forward, size)
        seen = _visible(chunk, conditions, user)
        for one in seen:
            one.named = one.change_set.pk in named
        found += seen
        if len(chunk) < size:
            return found, last, True
        last, looked = chunk[-1], looked + len(chunk)
        mark = (last.opened_at, last.pk)
        if looked >= LOOKED_AT:
            return found, last, False
        if looked >= _MOST_IN_CHUNK and asked.of_rows and not listed_acts and len(found) < wanted:
            few, listed_acts = _acts_with(_of_period(asked), conditions, asked), True
        size = min(size * 4, _MOST_IN_CHUNK)
    return found, last, False


def _narrowed(asked: Asked, few: list[int] | None, mark, forward: bool) -> tuple[list[str], list]:
    """What acts (`c`) have to be, as SQL with its parameters. The place in the log is written so that the index on
    the moment is used (design/performance.md 6)."""
    where, params = [], []
    moment = connection.ops.adapt_datetimefield_value
    if asked.since:
        where.append("c.opened_at >= %s")
        params.append(moment(_midnight(asked.since)))
    if asked.until:
        where.append("c.opened_at < %s")
        params.append(moment(_midnight(asked.until + timedelta(days=1))))
    if asked.user:
        where.append("c.actor_id = %s")
        params.append(asked.user)
    if asked.door:
        where.append("c.door = %s")
        params.append(asked.door)
    if few is not None:
        where.append(f"c.id IN ({listed(few)})" if few else "c.id IS NULL")
    if mark is not None:
        edge = ">" if forward else "<"
        where.append(f"c.opened_at {edge}= %s AND (c.opened_at {edge} %s OR c.id {edge} %s)")
        params += [moment(mark[0]), moment(mark[0]), mark[1]]
    return where, params


def _of_period(asked: Asked) -> QuerySet:
    """The acts of a period."""
    rows = ChangeSet.objects.all()
    if asked.since:
        rows = rows.filter(opened_at__gte=_midnight(asked.since))
    if asked.until:
        rows = rows.filter(opened_at__lt=_midnight(asked.until + timedelta(days=1)))
    return rows


def _conditions(asked: Asked) -> dict[type, Q]:
    """model -> what its history rows have to be."""
    wanted: dict[type, Q] = {model: Q() for model in recorded_models()}
    if asked.record:
        model, pk = asked.record
        wanted = {model: Q(id=pk)} | {part: any_of(names, pk) for part, names in parts_of(model)}
    if asked.model:
        wanted = {asked.model: wanted[asked.model]} if asked.model in wanted else {}
    if asked.kind:
        wanted = {model: condition & Q(history_type=asked.kind) for model, condition in wanted.items()}
    return wanted


def _acts_with(base: QuerySet, conditions: dict[type, Q], asked: Asked) -> list[int] | None:
    """The acts that wrote such rows, when they are few; None: so many that walking the log finds them soon enough."""
    bounds = {}
    if asked.since:
        # one period, not half of all there is: to find the ends the acts between are read
        bounds = base.order_by().aggregate(first=Min("pk"), last=Max("pk"))
        if bounds["first"] is None:
            return []
    branches = []
    for model, condition in conditions.items():
        rows = history_of(model).objects.filter(condition)
        if bounds:
            rows = rows.filter(change_set_id__gte=bounds["first"], change_set_id__lte=bounds["last"])
        branches.append(rows.order_by().values_list("change_set_id").distinct()[: _FEW + 1])
    ids = {pk for (pk,) in all_of(branches)} if branches else set()
    return None if len(ids) > _FEW else sorted(ids - {None})


def _mark(cursor: str) -> tuple[datetime, int] | None:
    moment, _line, pk = cursor.rpartition("_")
    try:
        when, key = datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None
    return (when, key) if timezone.is_aware(when) else None


def _cursor(change_set: ChangeSet) -> str:
    return f"{change_set.opened_at.isoformat()}_{change_set.pk}"


def _cursor_of(seen: _Seen) -> str:
    return _cursor(seen.change_set)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --------------------------------------------------------------------------------------- what they wrote


def _visible(chunk: list[ChangeSet], conditions: dict[type, Q], user) -> list[_Seen]:
    """Of these acts, in their order, those of which this user may see something."""
    acts = [act.pk for act in chunk]
    written, many = rows_first(acts, conditions, max(COUNTED, 4 * len(acts)))
    large: list[tuple[type, int]] = []
    if many:
        counts = rows_counted(acts, {model: conditions[model] for model in many})
        small: dict[type, list[int]] = {}
        for (model, act), number in counts.items():
            if number <= _LARGE:
                small.setdefault(model, []).append(act)
            else:
                large.append((model, act))
        written += rows_written(small, conditions)
    keys: dict[type, set[int]] = {}
    for model, _act, _history_id, pk, _kind in written:
        keys.setdefault(model, set()).add(pk)
    visible = visible_of(keys, user)
    seen = {act.pk: _Seen(act) for act in chunk}
    for model, act, history_id, pk, kind in written:
        if pk in visible[model]:
            seen[act].rows.append((model, history_id, pk, kind))
    for model, act in large:
        rows, more = _rows_of_large(model, act, conditions[model], user)
        seen[act].rows += rows
        seen[act].more |= more
    return [one for one in seen.values() if one.rows]


def _rows_of_large(model: type, act: int, condition: Q, user) -> tuple[list[tuple[type, int, int, str]], bool]:
    """The first thousand visible rows of one model in an act that wrote many, and whether there are more."""
    rows = history_of(model).objects.filter(condition, change_set_id=act).order_by("history_id")
    first = list(rows.values_list("history_id", "id", "history_type")[: COUNTED + 1])
    keys = {pk for _history_id, pk, _kind in first}
    if visible_of({model: keys}, user)[model] == keys:
        return [(model, *row) for row in first[:COUNTED]], len(first) > COUNTED
    if not user.is_superuser and hasattr(model._default_manager.all(), "visible_to"):
        # what one may not see does not use up the thousand; of what is gone that is told below
        live = Exists(plain_rows(model).filter(pk=OuterRef("id")))
        mine = Exists(model._default_manager.visible_to(user).filter(pk=OuterRef("id")))
        rows = rows.filter(Q(mine) | ~Q(live))
    found: list[tuple[type, int, int, str]] = []
    after = 0
    while len(found) <= COUNTED:
        some = list(rows.filter(history_id__gt=after).values_list("history_id", "id", "history_type")[: COUNTED + 1])
        seen = visible_keys(model, {pk for _history_id, pk, _kind in some}, user)
        found += [(model, history_id, pk, kind) for history_id, pk, kind in some if pk in seen]
        if len(some) <= COUNTED:
            break
        after = some[-1][0]
    return found[:COUNTED], len(found) > COUNTED


# ------------------------------------------------------------------------------------------ what is shown


def _detailed(page: list[_Seen], user) -> list[LoggedAct]:
    """With old and new of the first rows of each act."""
    if not page:
        return []
    order = {model: number for number, model in enumerate(recorded_models())}
    wanted: dict[type, list[int]] = {}
    for one in page:
        one.rows.sort(key=lambda row: (order[row[0]], row[1]))
        for model, history_id, _pk, _kind in one.rows[:SHOWN_ROWS]:
            wanted.setdefault(model, []).append(history_id)
    loaded = {model: lines_of(model, history_ids) for model, history_ids in wanted.items()}
    rows = []
    for one in page:
        for model, history_id, _pk, _kind in one.rows[:SHOWN_ROWS]:
            line = loaded[model][history_id][0]
            line.change_set = one.change_set
            rows.append((model, line))
    name_users([line for _model, line in rows])
    before = {m: {pk: old for pk, (_line, old) in lines.items() if old is not None} for m, lines in loaded.items()}
    seen = {model: {line.id for line, _old in lines.values()} for model, lines in loaded.items()}
    entries: dict[int, list[Entry]] = {}
    for entry in entries_of(rows, user, seen=seen, before=before):
        entries.setdefault(entry.change_set.pk, []).append(entry)
    undone = _undone([one.change_set.pk for one in page if one.named], user)
    return [
        LoggedAct(
            one.change_set,
            dict(Counter(kind for _model, _history_id, _pk, kind in one.rows)),
            one.more,
            entries[one.change_set.pk],
            one.change_set.pk in undone,
            all(parents_of(row[0]) for row in one.rows[1:]),
        )
        for one in page
    ]


def _undone(acts: list[int], user) -> set[int]:
    """Those of which a later act undid something that this user may see."""
    if not acts:
        return set()
    later = list(ChangeSet.objects.filter(reverts_id__in=acts, action="audit.undo").order_by("-pk")[:_MOST_IN_CHUNK])
    if not later:
        return set()
    every = dict.fromkeys(recorded_models(), Q())
    return {one.change_set.reverts_id for one in _visible(later, every, user)}


def up_to(asked: Asked, day: date | None) -> Asked:
    """As it was known on another day: nothing newer."""
    if day is None or (asked.until and asked.until <= day):
        return asked
    return replace(asked, until=day)
