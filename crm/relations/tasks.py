"""What runs by the clock for relations."""

from datetime import time

from django_q.tasks import async_task

from crm.core.schedules import daily
from crm.relations import address_checking, nightly, photo_files


@daily(at=time(3, 20))
def tidy_search() -> None:
    nightly.tidy_search()


@daily(at=time(3, 40))
def check_dates() -> int:
    return nightly.check_dates()


@daily(at=time(4, 0))
def check_addresses() -> None:
    """A run is short, as the queue ends long ones; what is left goes on in a next one, as long as services answer."""
    if address_checking.check_addresses():
        async_task("crm.relations.tasks.check_addresses")


@daily(at=time(4, 20))
def remove_unneeded_photos() -> int:
    return photo_files.remove_unneeded()
