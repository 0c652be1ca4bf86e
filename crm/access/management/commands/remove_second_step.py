"""`manage.py remove_second_step NAME`: for who lost their phone, and everybody who could help them did too."""

from django.core.management.base import BaseCommand, CommandError

from crm.access.backends import OneCheckBackend
from crm.access.second_factor import remove_second_steps


class Command(BaseCommand):
    help = "Take the second steps and recovery codes of a user away. With the password they set up a new one."

    def add_arguments(self, parser):
        parser.add_argument("name", help="user name or e-mail address")

    def handle(self, name, **options):
        user = OneCheckBackend().find(name)
        if user is None:
            raise CommandError(f"There is no user {name}.")
        self.stdout.write(f"{remove_second_steps(user)} second steps of {user.username} were taken away.")
