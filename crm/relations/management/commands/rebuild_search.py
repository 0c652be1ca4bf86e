from django.core.management.base import BaseCommand

from crm.relations.search.index import rebuild_all, recount


class Command(BaseCommand):
    help = "Make the words and keys of the search again for every relation, in rounds; searching goes on meanwhile."

    def handle(self, *args, **options):
        done = rebuild_all()
        recount()
        self.stdout.write(f"{done} relations")
