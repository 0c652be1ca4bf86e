"""Back-ups of a real database that others write to, put back by the command in a process of its own."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.utils import timezone

from crm.attention.models import AttentionItem
from crm.core.crash_points import Crash, armed
from crm.core.health import report
from crm.exchange import services
from crm.exchange.backup import archive
from crm.exchange.backup.databases import UnableToCopy
from crm.exchange.backup.sealed import UnreadableBackup, new_key
from crm.exchange.models import Backup
from crm.mail.models import Message, MessageState
from crm.relations.models import Relation
from tests.factories.relations import AdministrationFactory, PersonFactory

# a database in memory has no file to copy: these tests work on committed rows
pytestmark = pytest.mark.django_db(transaction=True)
KEY = new_key()


@pytest.fixture(autouse=True)
def installation(settings, tmp_path):
    settings.BACKUP_KEYS, settings.BACKUP_FOLDER = [KEY], tmp_path / "backups"
    settings.MEDIA_ROOT = tmp_path / "media"
    stored = tmp_path / "media" / "photos" / "ab.jpg"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"picture")
    return tmp_path


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of another, empty installation of the same kind; a function of a command runs it there."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        "DATA_DIR": str(tmp_path / "elsewhere"),
        "BACKUP_KEYS": KEY,
        "BACKUP_FOLDER": str(tmp_path / "backups"),
        "PYTHONUTF8": "1",
    }
    made = None
    if connection.vendor == "postgresql":
        made = f"elsewhere_{os.getpid()}_{random.randrange(10**9)}"
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{made}" TEMPLATE template0')
        base = os.environ["DATABASE_URL"].rpartition("/")[0]
        environment["DATABASE_URL"] = f"{base}/{made}"
    else:
        environment.pop("DATABASE_URL", None)

    def run(*arguments, **options):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=django_settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            **options,
        )

    yield run
    if made:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{made}" WITH (FORCE)')


def create():
    return services.create_backup(now=timezone.now())


def test_a_backup_is_checked_by_putting_it_back(administration):
    PersonFactory.create_batch(3, administration=administration)

    made = create()
    manifest = services.verify_backup(made.path, now=timezone.now())

    assert manifest.tables[Relation._meta.db_table].rows == 3
    assert manifest.files == {"photos/ab.jpg": made.manifest.files["photos/ab.jpg"]}
    assert list(Backup.objects.order_by("pk").values_list("act", "ok", "rows")) == [
        ("create", True, manifest.rows),
        ("verify", True, manifest.rows),
    ]


@pytest.mark.slow
def test_a_restored_installation_is_equal_and_sends_nothing_by_itself(administration, elsewhere, tmp_path):
    PersonFactory(administration=administration, family_name="Ğürsoy", notes="regel 1\nregel 2\t\\")
    Message.objects.create(recipient="a@example.org", until=timezone.now())
    made = create()

    restored = elsewhere("backup", "restore", str(made.path))
    shown = elsewhere(
        "shell",
        "-c",
        "from crm.relations.models import Relation; from crm.mail.models import Message;"
        "print(*Relation.objects.values_list('family_name', 'notes'), *Message.objects.values_list('state'))",
    )
    again = elsewhere("backup", "restore", str(made.path))

    assert (restored.returncode, restored.stderr) == (0, "")
    assert "('Ğürsoy', 'regel 1\\nregel 2\\t\\\\') ('uncertain',)" in shown.stdout
    assert (tmp_path / "elsewhere" / "media" / "photos" / "ab.jpg").read_bytes() == b"picture"
    assert again.returncode == 1
    assert MessageState.UNCERTAIN == "uncertain"


def test_a_backup_is_one_moment_while_others_write(administration):
    """Two rows are written in every transaction: a back-up between them would hold an odd number."""
    from django.db import transaction

    stop = threading.Event()

    def write():
        try:
            while not stop.is_set():
                with transaction.atomic():
                    PersonFactory(administration=administration)
                    PersonFactory(administration=administration)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = []
        for _round in range(3):
            made = archive.create(
                services._own_database(),
                Path(django_settings.MEDIA_ROOT),
                django_settings.BACKUP_FOLDER / str(_round),
                key=KEY,
                now=timezone.now(),
            )
            counts.append(made.manifest.tables[Relation._meta.db_table].rows)
    finally:
        stop.set()
        writer.join()

    assert [count % 2 for count in counts] == [0, 0, 0]
    assert counts[0] < counts[2]


@pytest.mark.parametrize("point", ["backup database copied", "backup written"])
def test_a_backup_that_is_broken_off_leaves_nothing_that_looks_whole(installation, point):
    with armed(point), pytest.raises(Crash):
        create()
    after_crash = services.newest()
    made = create()

    assert after_crash is None
    assert [path.name for path in (installation / "backups").iterdir()] == [made.path.name]


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_nothing_that_looks_whole(administration, elsewhere, installation, tmp_path):
    elsewhere("migrate", "-v0")
    folder, kills = tmp_path / "backups", 0
    for attempt in range(6):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "backup", "create"],
            cwd=django_settings.BASE_DIR,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings.local",
                "DATA_DIR": str(tmp_path / "elsewhere"),
                "BACKUP_KEYS": KEY,
                "BACKUP_FOLDER": str(folder),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.8 + 0.25 * attempt)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        for whole in folder.glob("*.backup"):
            archive.unpack(whole, tmp_path / f"unpacked-{attempt}-{whole.name}", keys=[KEY])

    last = elsewhere("backup", "create")

    assert (kills > 0, last.returncode) == (True, 0)
    assert list(folder.glob(".unfinished-*")) == []


def test_a_damaged_backup_is_refused_and_somebody_is_asked_to_look(installation):
    made = create()
    whole = made.path.read_bytes()
    made.path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(UnreadableBackup):
        services.verify_backup(made.path, now=timezone.now())

    assert list(Backup.objects.filter(ok=False).values_list("act", flat=True)) == ["verify"]
    assert AttentionItem.objects.get(kind="exchange.backup").once_key == "exchange backup"


def test_a_stored_file_that_is_gone_is_named(administration):
    PersonFactory(administration=administration, photo="photos/gone.jpg")

    made = create()

    assert made.manifest.missing_files == ["photos/gone.jpg"]
    assert "photos/gone.jpg" in Backup.objects.get().message


def test_no_backup_without_a_key(settings):
    settings.BACKUP_KEYS = []

    with pytest.raises(UnableToCopy):
        create()


def test_only_the_newest_are_kept(settings, installation):
    settings.BACKUPS_KEPT = 1
    for day in ("20250101T000000Z", "20250102T000000Z"):
        (installation / "backups").mkdir(exist_ok=True)
        (installation / "backups" / f"schakel-{day}-sqlite.backup").write_bytes(b"old")

    made = create()

    assert list((installation / "backups").glob("*.backup")) == [made.path]


def test_health_tells_the_last_backup_and_the_last_check():
    before = report()["checks"]["backup"]
    made = create()
    services.verify_backup(made.path, now=timezone.now())

    after = report()["checks"]["backup"]

    assert (before["ok"], before["last_backup"], before["last_restore_check"]) == (False, None, None)
    assert (after["ok"], after["last_backup"] is None, after["last_restore_check"] is None) == (True, False, False)
