from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.addresses.services import UnableToImportPostcodes, import_postcodes


class Command(BaseCommand):
    help = "Fill the office's own table of postcodes from a CSV file (columns: integrations/addresses/README.md)."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, help="the day on which the file was true; default today"
        )

    def handle(self, *, file, as_of, **options):
        try:
            imported = import_postcodes(file, as_of=as_of or timezone.localdate())
        except UnableToImportPostcodes as refusal:
            lines = [f"line {line}: {problem}" for line, problem in refusal.problems]
            raise CommandError("\n".join(["Nothing was imported.", *lines])) from refusal
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        self.stdout.write(f"{imported.rows} rows, {imported.postcodes} postcodes")
