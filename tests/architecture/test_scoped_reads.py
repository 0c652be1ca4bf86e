"""Entrances read what belongs to an administration through `visible_to`: looked up in the source."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tests.architecture.roads_world import SHARED
from tests.factories.relations import user_in

ROOT = Path(settings.BASE_DIR)

ENTRANCES = ("views", "admin", "forms", "serializers", "api", "exports", "feeds", "tasks", "panels", "criteria")
SCOPING = {"visible_to", "editable_by", "none"}
DECIDED = {"administration_ids", "visible_to", "editable_by"}


def scoped_models() -> set[str]:
    """Names of the models whose rows not everybody sees."""
    return {model.__name__ for model in apps.get_models() if hasattr(model._default_manager.all(), "visible_to")}


def raw_reads(source: str, models: set[str]) -> list[tuple[int, str]]:
    """Lines where a scoped model is read without `visible_to` in the same chain or in its filter.

    A chain is `Model.objects.a(…).b(…)`. A filter on `administration_ids(user, …)` or on another scoped queryset is
    scoped too; so is `lock`, which takes a record that was looked up already.
    """
    tree = ast.parse(source)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = []
    for node in ast.walk(tree):
        is_manager = (
            isinstance(node, ast.Attribute)
            and node.attr in ("objects", "_default_manager", "history")
            and isinstance(node.value, ast.Name)
            and node.value.id in models
        )
        if not is_manager:
            continue
        top, methods = node, []
        while isinstance(parents.get(top), ast.Attribute | ast.Call) and not _is_argument(top, parents[top]):
            top = parents[top]
            if isinstance(top, ast.Attribute):
                methods.append(top.attr)
        said = {n.attr for n in ast.walk(top) if isinstance(n, ast.Attribute)}
        said |= {n.id for n in ast.walk(top) if isinstance(n, ast.Name)}
        scoped = SCOPING & set(methods) or said & DECIDED or "lock" in methods or _inside_scoped(top, parents)
        if not scoped:
            found.append((node.lineno, f"{node.value.id}.{node.attr}.{'.'.join(methods)}"))
    return found


def _inside_scoped(node, parents) -> bool:
    """An argument of `….visible_to(user).filter(…)`, or of a function that looks things up: `visible_part(…)`."""
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.Call):
            inner = list(ast.walk(node.func))
            if any(isinstance(n, ast.Attribute) and n.attr in SCOPING for n in inner):
                return True
            if any(isinstance(n, ast.Name) and n.id.startswith("visible_") for n in inner):
                return True
    return False


def _is_argument(node, parent) -> bool:
    return isinstance(parent, ast.Call) and parent.func is not node


def entrances() -> list[Path]:
    found = []
    for package in ("crm", "integrations", "portal"):
        for path in (ROOT / package).rglob("*.py"):
            parts = {*path.relative_to(ROOT).with_suffix("").parts}
            if parts & set(ENTRANCES) and "migrations" not in parts and "simulators" not in parts:
                found.append(path)
    return sorted(found)


# file -> reads that need no `visible_to`
EXCUSED: dict[str, set[str]] = {
    # whether anybody has a name already, so that it can be refused without saying so
    "crm/access/forms.py": {"User.objects.filter.exclude"},
    # old lines of a log go at night, for nobody
    "crm/access/tasks.py": {"AccessEvent.objects.forget"},
    "crm/audit/tasks.py": {"Look.objects.forget"},
    # one's own choice, by the key of the user who asks
    "crm/desk/saved_views/panels.py": {"OpeningView.objects.filter"},
    # out of homes that the view has looked up through editable_by
    "crm/relations/forms.py": {"Administration.objects.filter"},
    # out of the user's own administrations with the right to read that kind of data, or of visible connections
    "integrations/hub/panels.py": {
        "Connection.objects.filter",
        "Connection.objects.filter.select_related",
        "Delivery.objects.filter.annotate",
        "Delivery.objects.filter.exclude.select_related.order_by",
        "ExternalLink.objects.filter.annotate",
    },
    # a worker, for nobody
    "integrations/hub/tasks.py": {"Connection.objects.filter.first", "ConnectionStatus.objects.filter.update"},
    # of a connection that was looked up through visible_to
    "integrations/hub/views/acting.py": {"Delivery.objects.filter"},
    "integrations/hub/views/base.py": {"ConnectionStatus.objects.filter.first"},
    "integrations/hub/views/monitor.py": {
        "Delivery.objects.filter",
        "ExternalLink.objects.filter.first",
        "Run.objects.filter",
    },
    # out of `administration_ids(user, …)`, one line above
    "integrations/hub/views/catalogue.py": {"Administration.objects.filter.order_by"},
}


def test_entrances_read_through_visible_to():
    models = scoped_models()
    raw = {
        f"{path.relative_to(ROOT)}:{line} {chain}"
        for path in entrances()
        for line, chain in raw_reads(path.read_text(), models)
        if chain not in EXCUSED.get(str(path.relative_to(ROOT)), set())
    }
    assert sorted(raw) == []


@pytest.mark.parametrize(
    ("source", "fires"),
    [
        ("rows = Relation.objects.all()", True),
        ("row = Relation.objects.get(pk=pk)", True),
        ("row = get_object_or_404(Relation.objects.select_related('x'), pk=pk)", True),
        ("row = get_object_or_404(Relation.objects.visible_to(user), pk=pk)", False),
        ("rows = Relation.objects.filter(x=1).visible_to(user).order_by('x')", False),
        ("rows = Relation.objects.filter(administration_id__in=administration_ids(user))", False),
        ("rows = Relation.history.filter(id=pk)", True),
        ("rows = Relation.objects.none()", False),
        ("row = visible_part(request, Relation.objects.select_related('x'), pk)", False),
        ("rows = Relation.objects.visible_to(user).filter(pk__in=Relation.objects.filter(x=1))", False),
        ("rows = Other.objects.filter(pk__in=Relation.objects.filter(x=1))", True),
    ],
)
def test_the_guard_of_reads_fires(source, fires):
    assert bool(raw_reads(source, {"Relation"})) is fires


def test_every_scoped_model_has_a_rule_for_staff():
    from crm.access.rules import ScopedQuerySet, has_rule

    without = [
        model.__name__
        for model in apps.get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet) and not has_rule(model)
    ]
    assert without == []


@pytest.mark.django_db
def test_nobody_sees_anything_without_a_grant(world):
    stranger = user_in(rights=())
    seen = {
        model.__name__: model._default_manager.visible_to(stranger).count()
        for model in apps.get_models()
        if hasattr(model._default_manager.all(), "visible_to") and model.__name__ not in SHARED
    }
    assert {name: count for name, count in seen.items() if count} == {"User": 1}
