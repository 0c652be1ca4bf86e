"""`manage.py demo_data --relations 100000 --seed 1`: realistic Dutch relations, the same for the same seed and day."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.administrations.models import Administration, Installation, Mode
from crm.core.dates import parse_day
from crm.desk.imaginary.writing import write
from crm.relations.search import index

NEW_ADMINISTRATION = "Verbond Kleine Podia"


class Command(BaseCommand):
    help = "Make up realistic Dutch relations: households, careers, holdings, debtors, and what is wrong with them."

    def add_arguments(self, parser):
        parser.add_argument("--relations", type=int, required=True, help="how many")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same relations")
        parser.add_argument("--administration", default="", help="name of the administration they are made in")
        parser.add_argument("--today", default="", help="the day that careers and moves are counted from")

    def handle(self, *, relations, seed, administration, today, verbosity, **options):
        if relations < 0:
            raise CommandError("How many relations? 0 or more.")
        now = timezone.localdate()
        begun = time.monotonic()

        def tell(done):
            if verbosity:
                speed = done / max(time.monotonic() - begun, 0.001)
                self.stdout.write(f"\r{done} of {relations} relations, {speed:.0f} a second", ending="")
                self.stdout.flush()

        write(
            self._home(administration),
            relations=relations,
            seed=seed,
            today=parse_day(today, today=now) or now,
            progress=tell,
        )
        index.recount()  # a first question after so many new names should not wait for the night
        if verbosity:
            self.stdout.write(f"\nDone in {time.monotonic() - begun:.0f} s.")

    def _home(self, name: str) -> Administration:
        """The one that is asked for; else the umbrella, else the first, else a new one."""
        if name:
            found = Administration.objects.filter(name=name).first()
            if found is None:
                raise CommandError(f"There is no administration {name!r}.")
            return found
        installation = Installation.current()
        if installation.mode == Mode.MULTIPLE:
            return installation.umbrella
        return Administration.objects.order_by("pk").first() or Administration.objects.create(name=NEW_ADMINISTRATION)
