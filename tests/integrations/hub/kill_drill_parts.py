"""The worker of the kill drill, a process of its own: `python -m tests.integrations.hub.kill_drill_parts`.

It delivers without pause and without a queue: what matters is at which statement it is killed.
"""

import os
import time

import django


def work():
    """Deliver over every connection, for ever."""
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
    work()
