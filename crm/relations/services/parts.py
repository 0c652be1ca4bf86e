"""Rows that hang under a relation and are plainly added, changed and removed: e-mail, phones, profiles and so on."""

from typing import Any

from django.db import transaction

from crm.core.change_set import change_set
from crm.core.models import Recorded


@transaction.atomic
def add_part(part: Recorded) -> Recorded:
    """Check and save a new row. Raises ValidationError by field, in the language of the reader."""
    with change_set(action=f"{part._meta.model_name}.add"):
        part.full_clean()
        part.save()
    return part


@transaction.atomic
def update_part(part: Recorded, *, version: int, **values: Any) -> Recorded:
    """Change columns of a row. Raises ChangedMeanwhile when `version` (the one shown) is no longer the row's."""
    with change_set(action=f"{part._meta.model_name}.change"):
        part = type(part)._default_manager.lock(part, version)
        for name, value in values.items():
            setattr(part, name, value)
        part.full_clean()
        part.save()
    return part


@transaction.atomic
def remove_part(part: Recorded, *, version: int) -> None:
    """Delete a row. Raises ChangedMeanwhile as `update_part` does, ProtectedError when something points at it."""
    with change_set(action=f"{part._meta.model_name}.remove"):
        type(part)._default_manager.lock(part, version).delete()
