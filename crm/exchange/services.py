"""Making, checking and putting back a back-up of the whole installation."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.access.rights import Right
from crm.attention.services import raise_item
from crm.core.after_restore import steps
from crm.exchange.backup import archive
from crm.exchange.backup.archive import SUFFIX, Made, Manifest
from crm.exchange.backup.databases import UnableToCopy, database_of
from crm.exchange.backup.sealed import UnreadableBackup, key_bytes
from crm.exchange.models import Backup, ExportRules, FileLayout

VERIFY_AFTER = timedelta(days=30)
KEYS_ARE_MISSING = gettext_noop(
    "There is no key to seal a back-up with. Make one with “manage.py backup new-key”, put it in BACKUP_KEYS, and keep"
    " it somewhere else than the back-ups: without it nobody opens them."
)


class UnableToRestore(Exception):
    """Nothing was put back; the message says why."""


def keys() -> list[str]:
    """The keys of back-ups, the newest first. Raises UnableToCopy without one, or with one that is none."""
    if not settings.BACKUP_KEYS:
        raise UnableToCopy(_(KEYS_ARE_MISSING))
    for key in settings.BACKUP_KEYS:
        try:
            key_bytes(key)
        except ValueError as error:
            raise UnableToCopy(_("BACKUP_KEYS holds something that “manage.py backup new-key” did not make.")) from (
                error
            )
    return settings.BACKUP_KEYS


def begin_backup(act: str) -> bool:
    """Start `manage.py backup <act>` as a process of its own, which outlives who started it. False without a key."""
    if not settings.BACKUP_KEYS:
        return False
    subprocess.Popen(
        [sys.executable, settings.BASE_DIR / "manage.py", "backup", act],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True


def create_backup(*, now: datetime, folder: Path | None = None) -> Made:
    """Make a back-up while everybody works on, keep the log of it, and remove what is older than the number to keep.

    Raises UnableToCopy; then the log says so and whoever manages the settings is asked to look.
    """
    folder = folder or settings.BACKUP_FOLDER
    log = Backup.objects.create(act=Backup.Act.CREATE, began_at=now)
    try:
        made = archive.create(_own_database(), Path(settings.MEDIA_ROOT), folder, key=keys()[0], now=now)
    except (UnableToCopy, OSError) as error:
        _close(log, ok=False, message=str(error), ended_at=now)
        _ask_to_look(gettext_noop("No back-up was made"), str(error), on=now.date())
        raise UnableToCopy(str(error)) from error
    missing = made.manifest.missing_files
    message = _("%(count)d stored files are missing: %(names)s") % {
        "count": len(missing),
        "names": ", ".join(missing[:10]),
    }
    _close(
        log,
        ok=True,
        message=message if missing else "",
        ended_at=now,
        name=made.path.name,
        sha256=made.sha256,
        size=made.bytes,
        **_counts(made.manifest),
    )
    _forget_old(folder)
    return made


def verify_backup(path: Path, *, now: datetime) -> Manifest:
    """Put a back-up back in a place of its own, and compare rows and digests of every table and every file.

    Returns what is in it. Raises UnreadableBackup or UnableToCopy; then the log says so and somebody is asked to look.
    """
    log = Backup.objects.create(act=Backup.Act.VERIFY, began_at=now, name=path.name)
    try:
        manifest = _verified(path)
    except (UnreadableBackup, UnableToCopy, OSError) as error:
        _close(log, ok=False, message=str(error), ended_at=now)
        _ask_to_look(gettext_noop("A back-up cannot be put back"), f"{path.name}: {error}", on=now.date())
        raise UnreadableBackup(str(error)) from error
    _close(log, ok=True, ended_at=now, size=path.stat().st_size, **_counts(manifest))
    return manifest


def _verified(path: Path) -> Manifest:
    with tempfile.TemporaryDirectory(prefix=archive.UNFINISHED, dir=_room()) as made:
        folder = Path(made)
        unpacked = archive.unpack(path, folder / "unpacked", keys=keys())
        own = _own_database()
        if unpacked.manifest.kind != own.kind:
            raise UnableToCopy(_other_kind(unpacked.manifest.kind, own.kind))
        with own.scratch(folder) as scratch:
            scratch.load(unpacked.dump)
            _refuse_differences(unpacked.manifest, scratch)
        return unpacked.manifest


def restore_backup(path: Path, *, say: Callable[[str], None]) -> Manifest:
    """Put a back-up back into this installation, whose database and folder of files have to be empty.

    Then the migrations this version has more, and what slices do before work goes on: nothing is sent by itself.
    Raises UnableToRestore or UnreadableBackup before anything was written, or when the result is not equal.
    """
    own, files = _own_database(), Path(settings.MEDIA_ROOT)
    connections.close_all()
    if not own.is_empty():
        raise UnableToRestore(_("The database holds tables already. A back-up goes into an empty one only."))
    if files.exists() and any(files.iterdir()):
        raise UnableToRestore(_("The folder %(folder)s is not empty.") % {"folder": files})
    with tempfile.TemporaryDirectory(prefix=archive.UNFINISHED, dir=_room()) as made:
        unpacked = archive.unpack(path, Path(made) / "unpacked", keys=keys())
        manifest = unpacked.manifest
        say(_("The back-up is whole: %(rows)d rows, %(files)d files.") % _counts(manifest))
        if manifest.kind != own.kind:
            raise UnableToRestore(_other_kind(manifest.kind, own.kind))
        if newer := archive.made_by_a_newer_version(manifest):
            text = _("The back-up was made by a newer version of Schakel, which knows: %(names)s")
            raise UnableToRestore(text % {"names": ", ".join(newer[:5])})
        own.load(unpacked.dump)
        _refuse_differences(manifest, own)
        files.mkdir(parents=True, exist_ok=True)
        shutil.copytree(unpacked.files, files, dirs_exist_ok=True)
    say(_("The database and the files are equal to the back-up."))
    call_command("migrate", verbosity=0, interactive=False)
    for step in steps():
        if told := step():
            say(told)
    return manifest


@transaction.atomic
def change_export_rules(*, version: int, reason_above: int) -> ExportRules:
    """Above how many rows taking them out asks for a reason. Raises ChangedMeanwhile for an older `version`."""
    if ExportRules.objects.filter(pk=1).exists():
        rules = ExportRules.objects.lock(1, version)
    else:
        rules = ExportRules(pk=1)
    rules.reason_above = reason_above
    rules.full_clean()
    rules.save()
    return rules


@transaction.atomic
def correct_layout(key: str, *, version: int, separator: str, text: str) -> FileLayout:
    """Let a ready file have these columns from now on. Raises ChangedMeanwhile for an older `version`."""
    found = FileLayout.objects.filter(key=key).first()
    row = FileLayout.objects.lock(found, version) if found else FileLayout(key=key)
    row.separator, row.text = separator, text
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def drop_layout(key: str) -> None:
    """Back to the columns that come with the product; the history keeps what was there."""
    for row in FileLayout.objects.select_for_update().filter(key=key):
        row.delete()


def newest(folder: Path | None = None) -> Path | None:
    """The newest back-up in the folder; their names are their moments."""
    return max((folder or settings.BACKUP_FOLDER).glob(f"*{SUFFIX}"), key=lambda path: path.name, default=None)


def verification_is_due(*, now: datetime) -> bool:
    last = Backup.objects.filter(act=Backup.Act.VERIFY, ok=True).order_by("-ended_at").first()
    return last is None or now - last.ended_at >= VERIFY_AFTER


def _own_database():
    return database_of(settings.DATABASES["default"])


def _room() -> Path:
    """Where there is room for a whole database; the memory file system of many a /tmp has none."""
    settings.BACKUP_FOLDER.mkdir(parents=True, exist_ok=True)
    return settings.BACKUP_FOLDER


def _refuse_differences(manifest: Manifest, database) -> None:
    if different := archive.compare(manifest, database.content()):
        raise UnreadableBackup(_("These tables are not equal to the original: %(names)s") % {"names": different})


def _other_kind(theirs: str, ours: str) -> str:
    text = _("This is a back-up of %(theirs)s, and this installation uses %(ours)s.")
    return text % {"theirs": theirs, "ours": ours}


def _counts(manifest: Manifest) -> dict[str, int]:
    return {"tables": len(manifest.tables), "rows": manifest.rows, "files": len(manifest.files)}


def _close(log: Backup, **values) -> None:
    for name, value in values.items():
        setattr(log, name, value)
    log.save()


def _forget_old(folder: Path) -> None:
    made = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.name, reverse=True)
    for path in made[settings.BACKUPS_KEPT :]:
        path.unlink(missing_ok=True)


def _ask_to_look(title: str, why: str, *, on) -> None:
    raise_item(
        kind="exchange.backup",
        title=title,
        body=("%(why)s", {"why": why}),
        for_right=Right.SETTINGS_MANAGE,
        once_key="exchange backup",
        on=on,
    )
