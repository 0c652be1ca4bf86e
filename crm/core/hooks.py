"""What core connects when every model is loaded."""

from django.apps import apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules

from crm.core import health, jobs, maintenance, once, schedules  # noqa: F401  their periodic work registers on import

# what runs by the clock or as a job registers in the slices' `tasks.py`, help for their screens in `help.py`
autodiscover_modules("tasks", "help")
post_migrate.connect(
    schedules.follow_migrations, sender=apps.get_app_config("django_q"), dispatch_uid="core schedules"
)
