"""Taking rows out: at once as an answer, or in the background into a file that waits for who asked. Always logged.

A large export is a job that keeps what it read beside the file, a piece at a time; the file is made of that after
the last piece, outside any transaction, so that nobody waits for a lock meanwhile.
"""

from __future__ import annotations

import logging
import os
import pickle  # our own pieces, in our own folder, for as long as the job lives
import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from crm.core import jobs
from crm.core.jobs import Chunk, Job, JobState, job_kind
from crm.exchange import kinds, layouts, writing
from crm.exchange.columns import Column
from crm.exchange.layouts import Layout, write_layout
from crm.exchange.models import ExportLog, ExportRules
from crm.exchange.vcards import MEDIA_TYPE as VCARD_TYPE
from crm.exchange.vcards import write_vcards
from crm.exchange.writing import UnableToWrite

logger = logging.getLogger(__name__)

AT_ONCE_ROWS = 2_000
PIECE_ROWS = 2_000
KEPT_HOURS = 24
IN_MEMORY_BYTES = 1024 * 1024
JOB_KIND = "exchange.export"
VCARD = "vcard"
FORMS = {
    "csv": gettext_lazy("CSV"),
    "xlsx": gettext_lazy("Excel (XLSX)"),
    "json": gettext_lazy("JSON"),
    "xml": gettext_lazy("XML"),
    VCARD: gettext_lazy("vCard"),
}
_SUFFIXES = {VCARD: "vcf"}


class UnableToExport(ValidationError):
    """Nothing was taken out; the message says why and what to do."""


@dataclass(frozen=True)
class Order:
    """What somebody asks to take out. `asked` is the source's own description of which rows; `columns` names.

    `administration`: of which one, for a kind that is kept per administration; 0 for all. `layout`: the key of a
    ready file, "" for free choice; then the file is CSV in the layout's columns.
    """

    source: str
    asked: str
    kind: str
    form: str
    columns: tuple[str, ...]
    on: date
    language: str = "nl"
    layout: str = ""
    administration: int = 0

    @classmethod
    def of(cls, params: dict[str, Any]) -> Order:
        """Out of what a job keeps."""
        return cls(**params | {"on": date.fromisoformat(params["on"]), "columns": tuple(params["columns"])})

    def params(self) -> dict[str, Any]:
        return asdict(self) | {"on": self.on.isoformat(), "columns": list(self.columns)}


def chosen_rows(user, order: Order) -> QuerySet:
    """The rows that this user takes out with it. Raises KeyError for no such source or kind."""
    subjects = kinds.source(order.source).subjects(user, order.asked, on=order.on)
    kind = kinds.kind(order.kind)
    rows = kind.narrow(user, subjects, on=order.on)
    if kind.per_administration and order.administration:
        rows = rows.filter(administration=order.administration)
    return rows


def needs_reason(count: int) -> bool:
    return count > ExportRules.current().reason_above


def columns_of(user, order: Order) -> list[Column]:
    """The columns of the file for this user. Raises UnableToExport without one that they may read."""
    kind = kinds.kind(order.kind)
    if order.layout:
        names = [column.source for column in layout_of(order).columns(order.kind) if column.source]
    else:
        names = kind.vcard if order.form == VCARD else order.columns
    columns = kind.chosen_columns(user, names)
    if not columns:
        raise UnableToExport(_("Choose at least one column."))
    return columns


def layout_of(order: Order) -> Layout:
    """Raises UnableToExport for a layout that is not of this kind."""
    found = next((one for one in layouts.layouts(order.kind) if one.key == order.layout), None)
    if found is None or order.form != "csv":
        raise UnableToExport(_("There is no such ready file of this."))
    return found


def file_name(order: Order) -> str:
    """Of ASCII letters only, so that no header and no disk minds it."""
    stem = re.sub(r"[^a-z0-9]+", "-", f"{order.kind} {order.layout}".lower()).strip("-") or "export"
    return f"{stem}-{order.on:%Y%m%d}.{_SUFFIXES.get(order.form, order.form)}"


def media_type(form: str) -> str:
    return VCARD_TYPE if form == VCARD else writing.MEDIA_TYPES[form]


# ---------------------------------------------------------------------------------------------------- asking


def export_now(user, order: Order, *, reason: str = "") -> tuple[BinaryIO, ExportLog]:
    """Write the file and the line of the log; returns the open file, at its beginning.

    Raises UnableToExport: nothing to take out, too many rows for at once, a reason missing, no room in this form.
    """
    rows, count = _counted(user, order, reason)
    if count > AT_ONCE_ROWS:
        raise UnableToExport(_("That is too much for at once."))
    columns = columns_of(user, order)
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  the answer closes it
    kind = kinds.kind(order.kind)
    try:
        written = _write(order, target, columns, kind.rows(user, rows, on=order.on, columns=columns))
    except UnableToWrite as refused:
        target.close()
        raise UnableToExport(str(refused)) from refused
    log = _logged(user, order, columns, written, reason)
    target.seek(0)
    return target, log


@transaction.atomic
def export_later(user, order: Order, *, reason: str = "") -> ExportLog:
    """Start a job that makes the file; its line of the log leads to it. Raises UnableToExport as `export_now`."""
    _rows, count = _counted(user, order, reason)
    columns = columns_of(user, order)
    log = _logged(user, order, columns, count, reason)
    log.job = jobs.start(
        JOB_KIND, params=order.params() | {"log": log.pk}, actor=user, total=count, reason=log.words[:200]
    )
    log.save(update_fields=["job"])
    return log


def _counted(user, order: Order, reason: str) -> tuple[QuerySet, int]:
    kind = kinds.kind(order.kind)
    if not kind.offered_to(user):
        raise UnableToExport(_("You may not take this out."))
    if order.form == VCARD and not kind.vcard:
        raise UnableToExport(_("Of this there are no vCards."))
    rows = chosen_rows(user, order)
    count = rows.order_by().count()
    if not count:
        raise UnableToExport(_("There is nothing to take out."))
    if not reason.strip() and needs_reason(count):
        raise UnableToExport(_("Say what you need so many rows for."), code="reason")
    return rows, count


def _logged(user, order: Order, columns: Sequence[Column], count: int, reason: str) -> ExportLog:
    return ExportLog.objects.create(
        user=user,
        kind=order.kind,
        form=order.form,
        columns=[column.name for column in columns],
        count=count,
        words=kinds.source(order.source).words(user, order.asked),
        reason=reason.strip(),
        layout=order.layout,
        name=file_name(order),
    )


def log_export(user, *, kind: str, form: str, columns: Sequence[str], count: int, words: str) -> ExportLog:
    """The line of the log for rows that go out by another door than this one."""
    return ExportLog.objects.create(user=user, kind=kind, form=form, columns=list(columns), count=count, words=words)


def _write(order: Order, target: BinaryIO, columns: Sequence[Column], rows: Iterator) -> int:
    with override(order.language):
        if order.layout:
            return write_layout(target, layout_of(order), order.kind, columns, rows)
        if order.form == VCARD:
            return write_vcards(target, columns, rows)
        return writing.write(order.form, target, columns, rows, name=order.kind)


def schema(user, order: Order) -> bytes:
    """The XSD of the XML that this order gives."""
    with override(order.language):
        return writing.xsd(columns_of(user, order), name=order.kind)


# ------------------------------------------------------------------------------------------ in the background


def _folder() -> Path:
    settings.EXPORT_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings.EXPORT_FOLDER


def _ids_path(job: Job) -> Path:
    return _folder() / f"{job.pk}.ids"


def _pieces_path(job: Job) -> Path:
    return _folder() / f"{job.pk}.pieces"


@job_kind(JOB_KIND, label=gettext_lazy("Export"))
def export_piece(job: Job) -> Chunk:
    """Read a piece of the rows; what this user may read is asked again for each.

    The mark says how many rows are read and how long the file of pieces was then: what a killed worker wrote
    after that is cut off.
    """
    params = dict(job.params)
    log_pk = params.pop("log")
    order = Order.of(params)
    if not kinds.kind(order.kind).offered_to(job.actor):
        raise jobs.UnableToRun(_("You may not take this out."))
    rows = chosen_rows(job.actor, order)
    at, length = job.mark.get("at", 0), job.mark.get("length", 0)
    if not at:
        keys = list(rows.values_list("pk", flat=True))
        _ids_path(job).write_bytes(pickle.dumps(keys))
    else:
        keys = pickle.loads(_ids_path(job).read_bytes())  # noqa: S301  our own, see above
    piece = keys[at : at + PIECE_ROWS]
    columns = columns_of(job.actor, order)
    kind = kinds.kind(order.kind)
    found = list(kind.rows(job.actor, rows.filter(pk__in=piece), on=order.on, columns=columns))
    with _opened_at(_pieces_path(job), length) as pieces:
        pickle.dump(([column.name for column in columns], found), pieces)
        length = pieces.tell()
    more = at + len(piece) < len(keys)
    if not more:
        transaction.on_commit(lambda: make_file(log_pk))
    return Chunk(
        done=len(piece),
        mark={"at": at + len(piece), "length": length},
        more=more,
        total=len(keys),
    )


def _opened_at(path: Path, length: int) -> BinaryIO:
    """Open for writing after its first `length` bytes, with nothing behind them."""
    opened = path.open("r+b" if path.exists() else "w+b")
    opened.truncate(length)
    opened.seek(length)
    return opened


def _pieces(path: Path, names: list[str]) -> Iterator[tuple]:
    """The rows that were kept. A piece that was read when fewer columns were open holds nothing in the others."""
    size = path.stat().st_size
    with path.open("rb") as pieces:
        while pieces.tell() < size:
            kept, rows = pickle.load(pieces)  # noqa: S301  our own, see above
            if kept == names:
                yield from rows
            else:
                where = [kept.index(name) if name in kept else None for name in names]
                yield from (tuple(None if at is None else row[at] for at in where) for row in rows)


def make_file(log_pk: int) -> bool:
    """Make the file of an export whose rows were all read; false when there is nothing to make. Again is harmless."""
    log = ExportLog.objects.select_related("job", "job__actor").filter(pk=log_pk, file="").first()
    if log is None or log.job is None or log.job.state != JobState.DONE or not _pieces_path(log.job).exists():
        return False
    job = log.job
    order = Order.of({name: value for name, value in job.params.items() if name != "log"})
    columns = columns_of(job.actor, order)
    made = _folder() / f"{secrets.token_urlsafe(24)}.export"
    unfinished = made.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as target:
            names = [column.name for column in columns]
            written = _write(order, target, columns, _pieces(_pieces_path(job), names))
            target.flush()
            os.fsync(target.fileno())
    except UnableToWrite as refused:
        unfinished.unlink(missing_ok=True)
        Job.objects.filter(pk=job.pk).update(message=str(refused), state=JobState.FAILED)
        _forget_pieces(job)
        return False
    unfinished.rename(made)
    log.file, log.count = made.name, written
    log.expires_at = timezone.now() + timedelta(hours=KEPT_HOURS)
    log.save(update_fields=["file", "count", "expires_at"])
    _forget_pieces(job)
    return True


def _forget_pieces(job: Job) -> None:
    for path in (_ids_path(job), _pieces_path(job)):
        path.unlink(missing_ok=True)


def make_left_files() -> int:
    """Make the files that a killed worker left unmade; returns how many."""
    left = ExportLog.objects.filter(file="", job__state=JobState.DONE, expires_at=None)
    made = 0
    for pk in left.values_list("pk", flat=True)[:20]:
        try:
            made += make_file(pk)
        except OSError:
            # no room, or the one that was slow has made it meanwhile; the next time says
            logger.warning("The file of export %s could not be made yet", pk, exc_info=True)
    return made


def opened_file(log: ExportLog, *, now: datetime) -> BinaryIO | None:
    """The file, while it may be fetched; None when it is over or gone."""
    if not log.is_ready(now):
        return None
    try:
        opened = (_folder() / Path(log.file).name).open("rb")
    except FileNotFoundError:
        return None
    if log.fetched_at is None:
        ExportLog.objects.filter(pk=log.pk).update(fetched_at=now)
    return opened


def remove_old_files(*, now: datetime) -> int:
    """Remove what nobody may fetch any more, and what a job that stopped left behind; returns how many files."""
    kept = set(ExportLog.objects.filter(expires_at__gt=now).exclude(file="").values_list("file", flat=True))
    oldest = (now - timedelta(hours=KEPT_HOURS)).timestamp()
    removed = 0
    for path in _folder().iterdir():
        over = path.name not in kept if path.suffix == ".export" else path.stat().st_mtime < oldest
        # one that is being made now is in no line of the log yet
        if over and path.stat().st_mtime < now.timestamp() - 600:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def may_export(user) -> bool:
    """Whether there is anywhere that this user takes lists out."""
    return user.is_superuser or bool(kinds.exporting_administrations(user))
