"""`manage.py rotate_keys`: seal every secret of connections and of signing in again with the newest key."""

from django.core.management.base import BaseCommand

from crm.access import rotation
from integrations.hub import credentials


class Command(BaseCommand):
    help = "Seal the secrets of connections and of signing in again with the first key of FIELD_ENCRYPTION_KEYS."

    def handle(self, **options):
        count = credentials.rotate() + rotation.rotate()
        self.stdout.write(f"{count} secrets sealed again. Keys after the first one may go now.")
