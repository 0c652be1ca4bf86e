from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.core.schedules import ensure_schedules


class Command(BaseCommand):
    help = "Make the queue's periodic tasks equal to what the slices register. `migrate` does it too."

    def handle(self, *args, **options):
        for path in ensure_schedules(now=timezone.now()):
            self.stdout.write(path)
