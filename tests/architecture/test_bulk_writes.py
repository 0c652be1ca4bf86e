"""Many rows of a recorded model go through one door, `crm/core/bulk.py`: it writes their history and tells the hub.

The querysets of recorded models refuse the writes that leave no history. Here is shown that every one does, and that
no code takes a way around them.
"""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from crm.core.recorded import Recorded

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.once
THE_DOOR = "crm/core/bulk.py"
PACKAGES = ("crm", "integrations", "portal", "config")
# Managers that are not the model's own, and the libraries' bulk writers.
DETOURS = {
    "_base_manager",
    "_raw_delete",
    "bulk_create_with_history",
    "bulk_update_with_history",
    "bulk_history_create",
    "save_base",
}
WRITES = {"update", "delete", "bulk_create", "bulk_update", "aupdate", "adelete", "create"}
WRITING_SQL = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?([a-z_]+)", re.IGNORECASE)


def recorded_models():
    return [model for model in apps.get_models() if issubclass(model, Recorded) and not model._meta.proxy]


def recorded_tables():
    return {model._meta.db_table for model in recorded_models()} | {
        model.history.model._meta.db_table for model in recorded_models()
    }


def attributes_of(node):
    """The names of a chain, last first: `a.history.filter(x).update` gives update, filter, history, a."""
    while True:
        if isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            if isinstance(node, ast.Name):
                yield node.id
            return


def ways_around(source, tables):
    """Lines (number, what) of Python source that write recorded rows past the door."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in DETOURS:
            found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Name) and node.id in DETOURS:
            found.append((node.lineno, node.id))
        elif isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & DETOURS:
            found.append((node.lineno, "import"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            last, *before = attributes_of(node.func)
            if last in WRITES and "history" in before:
                found.append((node.lineno, f"history.{last}"))
            if last in WRITES and "QuerySet" in before:
                found.append((node.lineno, f"QuerySet(…).{last}"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [(node.lineno, f"SQL on {table}") for table in WRITING_SQL.findall(node.value) if table in tables]
    return found


def test_bulk_writes_take_no_way_around_the_door():
    tables = recorded_tables()
    found = [
        (path.relative_to(REPOSITORY).as_posix(), *place)
        for package in PACKAGES
        for path in sorted((REPOSITORY / package).rglob("*.py"))
        if "migrations" not in path.parts and not path.as_posix().endswith(THE_DOOR)
        for place in ways_around(path.read_text(), tables)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("Relation._base_manager.update(name='x')", "_base_manager"),
        ("Relation.objects.filter(pk=1)._raw_delete('default')", "_raw_delete"),
        ("from simple_history.utils import bulk_update_with_history", "import"),
        ("bulk_create_with_history(rows, Relation)", "bulk_create_with_history"),
        ("relation.history.filter(pk=1).delete()", "history.delete"),
        ("models.QuerySet(Relation).update(name='x')", "QuerySet(…).update"),
        ("cursor.execute('UPDATE planted_table SET name = %s')", "SQL on planted_table"),
        ("cursor.execute(f'DELETE FROM planted_table WHERE {where}')", "SQL on planted_table"),
    ],
)
def test_bulk_writes_planted_way_around_is_found(source, what):
    assert [name for _line, name in ways_around(source, {"planted_table"})] == [what]


def is_refused(queryset, write):
    arguments = {"update": ((), {"version": 1}), "bulk_create": (([],), {}), "bulk_update": (([], ["version"]), {})}
    positional, named = arguments[write]
    try:
        getattr(queryset, write)(*positional, **named)
    except TypeError as refusal:
        return "crm.core.bulk" in str(refusal)
    return False


@pytest.mark.parametrize("write", ["update", "bulk_create", "bulk_update"])
def test_bulk_writes_are_refused_by_every_recorded_model(write):
    taken = [
        f"{model._meta.label}.{manager.name}"
        for model in apps.get_models()
        if issubclass(model, Recorded)
        for manager in model._meta.managers
        if not (is_refused(manager, write) and is_refused(manager.none(), write))
    ]

    assert taken == []


@pytest.mark.parametrize("write", ["update", "bulk_create", "bulk_update"])
def test_bulk_writes_planted_plain_queryset_does_not_refuse(write):
    assert not is_refused(models.QuerySet(recorded_models()[0]).none(), write)
