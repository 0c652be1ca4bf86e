"""One receiver listens to changes of rows: the hub's. It enqueues; whoever wants to know is told by a worker.

History's own handlers are the other ones, and they are connected per model: a receiver without a sender would make
Django delete row by row, everywhere.
"""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import signals

REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.once
PACKAGES = ("crm", "integrations", "portal", "config")
ALLOWED = {"integrations/hub/receivers.py", "crm/core/history.py"}
ROW_SIGNALS = {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"}


def row_signals_in(source):
    """Line numbers where Python source names a signal about rows."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in ROW_SIGNALS)
        or (isinstance(node, ast.Name) and node.id in ROW_SIGNALS)
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & ROW_SIGNALS)
    ]


def test_receivers_of_row_signals_are_the_hubs_alone():
    found = [
        f"{name}:{line}"
        for package in PACKAGES
        for path in sorted((REPOSITORY / package).rglob("*.py"))
        if (name := path.relative_to(REPOSITORY).as_posix()) not in ALLOWED
        for line in row_signals_in(path.read_text())
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "from django.db.models.signals import post_save",
        "signals.post_delete.connect(listen, sender=Relation)",
        "@receiver(post_save)\ndef listen(**change): pass",
    ],
)
def test_receivers_planted_one_is_found(source):
    assert len(row_signals_in(source)) == 1


def listening(model):
    """Who is told of a deleted row of `model`, as modules."""
    receivers, asynchronous = signals.post_delete._live_receivers(model)
    return {receiver.__module__ for receiver in [*receivers, *asynchronous]}


def test_receivers_leave_fast_deletes_to_tables_without_history():
    session = apps.get_model("sessions", "Session")

    assert listening(session) == set()
