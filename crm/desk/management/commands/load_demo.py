"""`manage.py load_demo`: the fictional administration of `fixtures/` in an empty database; says who can sign in.

A second run keeps what is there and adds nothing. Its passwords are in the repository, so it runs on a developer's
machine only.
"""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from crm.core.dates import parse_day
from crm.desk import demonstration
from crm.relations.models import Relation

ALLOWED = ("config.settings.local", "config.settings.test")


class Command(BaseCommand):
    help = "Load the small fictional administration to develop and demonstrate with."

    def add_arguments(self, parser):
        autodiscover_modules("demo")
        parser.add_argument("--today", default="", help="the day that the dates in the files are counted from")
        for step in demonstration.steps():
            parser.add_argument(f"--{step.option}", default="", help=step.help)

    def handle(self, *args, today="", **options):
        if settings.SETTINGS_MODULE not in ALLOWED:
            raise CommandError("The demonstration has passwords that everybody knows: not with these settings.")
        folder = settings.BASE_DIR / "fixtures"
        if not demonstration.is_loaded(folder):
            if Relation.objects.exists():
                raise CommandError("This database holds relations already; the demonstration is for an empty one.")
            now = timezone.localdate()
            demonstration.load(folder, today=parse_day(today, today=now) or now)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        for step in demonstration.steps():
            if address := options[step.option.replace("-", "_")]:
                step.run(address)
        self.stdout.write("Sign in with:")
        for login in demonstration.logins(folder):
            self.stdout.write(f"  {login.username:<6} {login.password:<22} {login.role}")
