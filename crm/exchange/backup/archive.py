"""One file with everything: a tar, packed and sealed, that is only called a back-up when it is whole.

database            the copy (SQLite's file, or pg_dump's custom format)
files/<name>        every stored file
manifest.json       last: kind and moment, migrations, rows and digest per table, size and hash per file
"""

import gzip
import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from crm.core.crash_points import reached
from crm.exchange.backup.databases import Content, UnableToCopy
from crm.exchange.backup.digests import Digests, TableDigest, differences
from crm.exchange.backup.sealed import SealedReader, SealedWriter, UnreadableBackup

FORMAT = 1
SUFFIX = ".backup"
UNFINISHED = ".unfinished-"
DATABASE, FILES, MANIFEST = "database", "files/", "manifest.json"
TRIES = 3
BLOCK_BYTES = 1024 * 1024
LARGEST_MANIFEST = 512 * 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Manifest:
    kind: str
    made_at: datetime
    migrations: list[tuple[str, str]]
    tables: Digests
    files: dict[str, StoredFile]
    missing_files: list[str]  # rows point to them, and they were not there

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True)
class Made:
    path: Path
    bytes: int
    sha256: str  # of the sealed file
    manifest: Manifest


# ------------------------------------------------------------------------------------------------ create


def create(database, files: Path, folder: Path, *, key: str, now: datetime) -> Made:
    """Copy `database` and the stored `files` into a new file in `folder`, while others go on working.

    Raises UnableToCopy. A run that is killed leaves nothing that looks like a back-up; the next one tidies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _workshop(folder) as workshop:
        for attempt in range(1, TRIES + 1):
            part = workshop / "part"
            manifest = _write(database, files, workshop, part, key=key, now=now)
            # a file that went between the copy of the database and its own: once more, from the beginning
            if not manifest.missing_files or attempt == TRIES:
                break
        reached("backup written")
        name = f"schakel-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{database.kind}{SUFFIX}"
        target = folder / name
        if target.exists():
            raise UnableToCopy(_("There is a back-up of this second already: %(name)s") % {"name": name})
        digest = _sha256(part)
        os.replace(part, target)
        _sync(folder)
    return Made(target, target.stat().st_size, digest, manifest)


def _write(database, files: Path, workshop: Path, part: Path, *, key: str, now: datetime) -> Manifest:
    dump = workshop / "dump"
    dump.unlink(missing_ok=True)
    content = database.copy(dump)
    reached("backup database copied")
    stored: dict[str, StoredFile] = {}
    with open(part, "wb") as raw:
        os.fchmod(raw.fileno(), 0o600)
        with (
            SealedWriter(raw, key) as sealed,
            gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            tar.add(dump, DATABASE, filter=_plain)
            dump.unlink()
            for name in _names_in(files):
                if added := _add_file(tar, files, name):
                    stored[name] = added
            manifest = Manifest(
                database.kind,
                now,
                sorted(MigrationRecorder(connection).applied_migrations()),
                content.tables,
                stored,
                sorted(content.files - stored.keys()),
            )
            text = json.dumps(_as_json(manifest)).encode()
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(text)
            tar.addfile(entry, _Bytes(text))
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _add_file(tar, files: Path, name: str) -> StoredFile | None:
    """None when it was removed a moment ago. Its hash is of the very bytes that went in."""
    try:
        with open(files / name, "rb") as source:
            entry = _plain(tar.gettarinfo(arcname=FILES + name, fileobj=source))
            hashing = _Hashing(source)
            tar.addfile(entry, hashing)
    except FileNotFoundError:
        return None
    return StoredFile(entry.size, hashing.digest.hexdigest())


def _names_in(files: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(files):
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(files).as_posix()


class _Hashing:
    """A file whose bytes are counted in a hash as they are read."""

    def __init__(self, source):
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data


class _Bytes:
    def __init__(self, data: bytes):
        self._data = data

    def read(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        return taken


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder for what is not finished, beside the back-ups. What a killed run left there is removed."""
    for left in folder.glob(f"{UNFINISHED}*"):
        if not _is_alive(left):
            _remove(left)
    with tempfile.TemporaryDirectory(prefix=f"{UNFINISHED}{os.getpid()}-", dir=folder) as made:
        yield Path(made)


def _is_alive(left: Path) -> bool:
    """Whether the process that made this folder still runs, as far as this host can see."""
    pid = left.name.removeprefix(UNFINISHED).partition("-")[0]
    return pid.isdecimal() and Path(f"/proc/{pid}").exists()


def _remove(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink(missing_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir()
    folder.rmdir()


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --------------------------------------------------------------------------------------- unpack, compare


@dataclass(frozen=True)
class Unpacked:
    """A back-up taken apart in a folder: `dump`, and the stored files under `files`."""

    manifest: Manifest
    dump: Path
    files: Path


def unpack(path: Path, folder: Path, *, keys: list[str]) -> Unpacked:
    """Take a back-up apart in an empty `folder`; every byte is checked. Raises UnreadableBackup."""
    dump, files = folder / "dump", folder / "files"
    files.mkdir(parents=True)
    found: dict[str, StoredFile] = {}
    manifest = None
    try:
        with (
            open(path, "rb") as raw,
            SealedReader(raw, keys) as sealed,
            gzip.GzipFile(fileobj=sealed, mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            for entry in tar:
                content = tar.extractfile(entry)
                if content is None:
                    continue
                if entry.name == DATABASE:
                    _copy(content, dump)
                elif entry.name == MANIFEST and entry.size <= LARGEST_MANIFEST:
                    manifest = _from_json(json.loads(content.read()))
                elif entry.name.startswith(FILES):
                    name = entry.name.removeprefix(FILES)
                    found[name] = _copy(content, _inside(files, name))
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, ValueError, KeyError) as error:
        raise UnreadableBackup(_("This back-up is damaged or was cut off.")) from error
    if manifest is None or not dump.exists() or found != manifest.files:
        raise UnreadableBackup(_("This back-up is damaged or was cut off."))
    return Unpacked(manifest, dump, files)


def _inside(files: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise UnreadableBackup(_("This back-up holds a file outside its folder: %(name)s") % {"name": name})
    return files.joinpath(*parts)


def _copy(source, target: Path) -> StoredFile:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open(target, "wb") as made:
        while block := source.read(BLOCK_BYTES):
            made.write(block)
            digest.update(block)
            size += len(block)
    return StoredFile(size, digest.hexdigest())


def made_by_a_newer_version(manifest: Manifest) -> list[str]:
    """Migrations in the back-up that this version does not know; [] when it can be restored here."""
    known = set(MigrationLoader(None).disk_migrations)
    return [".".join(name) for name in manifest.migrations if name not in known]


def compare(manifest: Manifest, content: Content) -> list[str]:
    """Names of tables that differ from what the back-up says was in them."""
    return differences(manifest.tables, content.tables)


def _as_json(manifest: Manifest) -> dict:
    return asdict(manifest) | {"format": FORMAT, "made_at": manifest.made_at.isoformat()}


def _from_json(told: dict) -> Manifest:
    if told.get("format") != FORMAT:
        raise UnreadableBackup(_("This back-up was made by a version that writes another format."))
    return Manifest(
        told["kind"],
        datetime.fromisoformat(told["made_at"]),
        [tuple(name) for name in told["migrations"]],
        {name: TableDigest(**table) for name, table in told["tables"].items()},
        {name: StoredFile(**file) for name, file in told["files"].items()},
        list(told["missing_files"]),
    )
