"""What runs by the clock for relations."""

from datetime import time

from crm.core.schedules import daily
from crm.relations import nightly


@daily(at=time(3, 20))
def tidy_search() -> None:
    nightly.tidy_search()


@daily(at=time(3, 40))
def check_dates() -> int:
    return nightly.check_dates()
