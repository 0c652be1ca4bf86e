"""Which columns a path such as `financial_roles__number__number` goes through, and whether one may ask about them.

Filtering or sorting on a column that one may not read would tell what is in it.
"""

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignObjectRel, Model

from crm.core.field_classes import classes_of


def columns_on(model: type[Model], path: str) -> list[tuple[type[Model], str]] | None:
    """The (model, column) pairs of a lookup path, transforms and lookups at its end left out; None: no such path."""
    found: list[tuple[type[Model], str]] = []
    current: type[Model] | None = model
    for part in path.lstrip("-^=@").split("__"):
        if current is None:
            break  # what is left is a lookup (icontains, gte)
        if part == "pk":
            part = current._meta.pk.name
        try:
            field = current._meta.get_field(part)
        except FieldDoesNotExist:
            return found or None
        if field.auto_created and not field.concrete:  # from the other side: the column is the key over there
            found.append((field.related_model, field.field.name))
        else:
            found.append((current, field.name))
        current = field.related_model if field.is_relation else None
    return found


def hangs_under(model: type[Model], path: str) -> ForeignObjectRel | None:
    """The first step of a path, when it goes to rows that hang under the model: some of them may be hidden."""
    try:
        first = model._meta.get_field(path.lstrip("-^=@").split("__")[0])
    except FieldDoesNotExist:
        return None
    return first if isinstance(first, ForeignObjectRel) else None


def may_ask(model: type[Model], path: str, classes: frozenset[str]) -> bool:
    """Whether a user who reads these classes of fields may filter, sort or search along this path."""
    columns = columns_on(model, path)
    if columns is None:
        return False
    for owner, name in columns:
        field = owner._meta.get_field(name)
        if field.primary_key or getattr(field, "generated", False):
            continue
        field_class = classes_of(owner._meta.concrete_model).get(name)
        if field_class not in classes:
            return False
    return True
