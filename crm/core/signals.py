"""Our one own signal. Everything else is Django's."""

from django.dispatch import Signal

# The bulk door wrote rows of `sender`. `ids`: their primary keys; `event`: "created", "updated" or "deleted";
# `fields`: attribute names that changed (empty for created and deleted); `moment`: "before" or "after".
# "before" is sent for a delete, and for an update that changes a foreign key: the old subject has to hear of it too.
rows_changed = Signal()
