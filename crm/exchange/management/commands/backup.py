"""`manage.py backup create | verify [file] | restore <file> | nightly | new-key`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.exchange import services
from crm.exchange.backup.databases import UnableToCopy
from crm.exchange.backup.sealed import UnreadableBackup, new_key


class Command(BaseCommand):
    help = "Make a sealed back-up of database and files, check one, or put one back into an empty installation."
    requires_migrations_checks = False
    requires_system_checks = []  # a restore begins without a database

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", required=True)
        create = acts.add_parser("create", help="while everybody works on")
        create.add_argument("--folder", type=Path, help="another folder than BACKUP_FOLDER")
        verify = acts.add_parser("verify", help="put one back in a place of its own and compare everything")
        verify.add_argument("file", nargs="?", type=Path, help="the newest when left out")
        acts.add_parser("restore", help="into an empty database and folder").add_argument("file", type=Path)
        acts.add_parser("nightly", help="what the schedule does: create, and once a month verify")
        acts.add_parser("new-key", help="print a key for BACKUP_KEYS")

    def handle(self, *args, act, **options):
        try:
            getattr(self, act.replace("-", "_"))(**options)
        except (UnableToCopy, UnreadableBackup, services.UnableToRestore) as refusal:
            raise CommandError(str(refusal)) from refusal

    def create(self, *, folder=None, **options):
        made = services.create_backup(now=timezone.now(), folder=folder)
        manifest = made.manifest
        self.stdout.write(
            _("%(path)s: %(rows)d rows in %(tables)d tables, %(files)d files, %(bytes)d bytes.")
            % {
                "path": made.path,
                "rows": manifest.rows,
                "tables": len(manifest.tables),
                "files": len(manifest.files),
                "bytes": made.bytes,
            }
        )
        if manifest.missing_files:
            self.stderr.write(_("%(count)d stored files are missing.") % {"count": len(manifest.missing_files)})

    def verify(self, *, file=None, **options):
        path = file or services.newest()
        if path is None or not path.is_file():
            raise CommandError(_("There is no back-up to check."))
        manifest = services.verify_backup(path, now=timezone.now())
        self.stdout.write(
            _("%(name)s can be put back: %(rows)d rows in %(tables)d tables and %(files)d files are equal.")
            % {
                "name": path.name,
                "rows": manifest.rows,
                "tables": len(manifest.tables),
                "files": len(manifest.files),
            }
        )

    def restore(self, *, file, **options):
        if not file.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": file})
        services.restore_backup(file, say=self.stdout.write)
        self.stdout.write(_("Restored. Look around before you switch anything on."))

    def nightly(self, **options):
        now = timezone.now()
        made = services.create_backup(now=now)
        if services.verification_is_due(now=now):
            services.verify_backup(made.path, now=timezone.now())
        connection.close()

    def new_key(self, **options):
        self.stdout.write(new_key())
