"""Files of photos that nothing points at any more: neither a relation nor a row of its history.

A replaced photo stays as long as history has it, so that undo brings it back; what erasing a person or keeping history
for a time takes out of history, and what an upload left whose transaction was rolled back, goes here. The files are
looked at and not the change: a file that is removed with a row would be gone when that transaction rolls back.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from crm.relations.models import Relation

# a file is written before the transaction that points at it is committed
YOUNGEST = timedelta(days=1)
PER_QUERY = 500


def remove_unneeded(*, now: datetime | None = None) -> int:
    """Delete files that were stored over a day ago and that nothing names; returns how many. May run twice."""
    column = Relation._meta.get_field("photo")
    storage, folder = column.storage, column.upload_to.rstrip("/")
    before = (now or timezone.now()) - YOUNGEST
    try:
        _folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return 0
    paths = sorted(f"{folder}/{name}" for name in names)
    removed = 0
    for start in range(0, len(paths), PER_QUERY):
        some = paths[start : start + PER_QUERY]
        for path in set(some) - _needed(some):
            if storage.get_modified_time(path) < before:
                storage.delete(path)
                removed += 1
    return removed


def _needed(paths: list[str]) -> set[str]:
    """For no user in particular: nothing is shown of it."""
    now = Relation.objects.filter(photo__in=paths).values_list("photo", flat=True)
    once = Relation.history.filter(photo__in=paths).values_list("photo", flat=True)
    return {*now, *once}
