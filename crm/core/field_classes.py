"""Classes of fields: who may read and change a column (design/reliability.md 18). `access` maps rights to them."""

from functools import cache

PUBLIC = "public"  # whoever sees the record
INTERNAL = "internal"  # the office
FINANCIAL = "financial"  # bank accounts, debtor and creditor data
SPECIAL = "special"  # what the law or good taste keeps from most: birth dates, beneficial ownership, deaths
FIELD_CLASSES = (PUBLIC, INTERNAL, FINANCIAL, SPECIAL)

_OWN = {"id", "version"}


@cache
def classes_of(model: type) -> dict[str, str]:
    """column name -> its class, for the columns that the model declares."""
    return {name: key for key, names in model.field_classes.items() for name in names}


def unclassed(model: type) -> set[str]:
    """Columns of a recorded model that nobody gave a class; the architecture test wants none."""
    columns = {f.name for f in model._meta.concrete_fields if not f.generated and not f.primary_key}
    return columns - set(classes_of(model)) - _OWN
