"""The two programs of the kill drill, each a process of its own: somebody who changes relations, and the worker.

`python -m tests.integrations.hub.kill_drill_parts PART …`, with the settings of the drill.
"""

import os
import sys
import time

import django


def write(first, last):
    """Change relation after relation, each in a transaction of its own; print each number once it is committed."""
    from crm.relations.models import Relation

    relations = list(Relation.objects.order_by("pk")[first:last])
    for place, relation in enumerate(relations, start=first):
        wanted = f"Zaal {place} gewijzigd"
        if relation.legal_name != wanted:
            relation.legal_name = wanted
            relation.save()
        print(place, flush=True)


def work():
    """The worker of one connection, for ever."""
    from django.utils import timezone

    from integrations.hub import services
    from integrations.hub.models import Connection

    while True:
        for connection in Connection.objects.all():
            services.deliver_due(connection, on=timezone.localdate(), budget_seconds=30)
        time.sleep(0.05)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    print("ready", flush=True)
    part, *arguments = sys.argv[1:]
    {"write": write, "work": work}[part](*map(int, arguments))
