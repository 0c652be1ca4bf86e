"""What every model of ours owes: history, a rule of who sees it, a class for every column, no silent change."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from crm.access.rules import has_rule
from crm.administrations.models import Administration, Installation, LogRetention
from crm.core.field_classes import FIELD_CLASSES, classes_of, unclassed
from crm.core.models import Recorded
from crm.relations.models import Person, Relation
from tests.factories.relations import PersonFactory

REPOSITORY = Path(__file__).parents[2]
OURS = ("crm.", "integrations.", "portal.")

# Models that are no domain data, and why each needs no history of its own.
LOGS = {
    "access.AccessEvent": "a log, append-only",
    "access.ApiTokenUse": "when a token was last used; what it changed has its own history",
    "access.OpenSession": "where somebody is signed in now; what happened is in the log of access",
    "audit.Look": "a log of opened cards, append-only",
    "core.ChangeSet": "is the log itself, append-only",
    "core.NumberSeries": "a counter; what it gave out is on the records",
    "core.Heartbeat": "when something last ran",
    "core.Answer": "answers to one-time keys, kept for a day",
    "core.Job": "a log of work; what it changed has its own history",
    "exchange.Backup": "a log of back-ups made and checked",
    "exchange.ExportLog": "a log of what was taken out",
    "mail.Message": "a log of what left; its states are its history",
    "relations.BulkEdit": "a log of work; what it changed has its own history",
    "relations.Word": "derived: the vocabulary of the search",
    "relations.WordUse": "derived: which words a relation has",
    "relations.SearchKey": "derived: keys by which a relation is found",
    "relations.OpenAmount": "read back from the bookkeeping, which is its source",
}
# Whole packages whose tables are logs of couplings and caches of outside sources (design/reliability.md 22), except
# what a person decides there: those are recorded.
LOG_PACKAGES = ("integrations.",)
# Recorded models that answer themselves who sees them: they lie below `access`, where the rules are.
ANSWERS_ITSELF = {
    Administration: "visible_to of its queryset",
    Installation: "settings of the product",
    LogRetention: "settings of the product",
}


def our_models():
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith(OURS) and not model._meta.proxy and not issubclass(model, _history_base())
    ]


def _history_base():
    from crm.core.change_set import HistoryRow

    return HistoryRow


def recorded():
    return [model for model in our_models() if issubclass(model, Recorded)]


def without_history(found):
    return sorted(
        model._meta.label
        for model in found
        if not issubclass(model, Recorded)
        and model._meta.label not in LOGS
        and not model.__module__.startswith(LOG_PACKAGES)
    )


def test_recorded_is_every_model_that_is_no_log():
    assert without_history(our_models()) == []


def test_recorded_list_of_logs_names_no_model_that_is_gone():
    assert sorted(set(LOGS) - {model._meta.label for model in our_models()}) == []


def test_recorded_planted_model_without_history_is_found():
    class Planted(models.Model):
        class Meta:
            app_label = "relations"
            managed = False

    found = without_history([Planted])
    del apps.all_models["relations"]["planted"]
    apps.clear_cache()

    assert found == ["relations.Planted"]


def silent_keys(model):
    """Foreign keys that Django would change when their target goes, without a history row."""
    silent = (models.SET_NULL, models.SET_DEFAULT)
    return [
        f"{model._meta.label}.{field.name}"
        for field in model._meta.concrete_fields
        if field.is_relation
        and (field.remote_field.on_delete in silent or hasattr(field.remote_field.on_delete, "deconstruct"))
    ]


def test_recorded_models_have_no_keys_that_change_silently():
    assert [key for model in recorded() for key in silent_keys(model)] == []


def test_recorded_models_have_no_plain_many_to_many():
    found = [
        f"{model._meta.label}.{field.name}"
        for model in recorded()
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
        and model.__module__.startswith(OURS)
        and field.model is model
        # of Django's own user: nothing of ours grants by them
        and field.name not in ("groups", "user_permissions")
    ]

    assert found == []


def test_recorded_models_all_have_a_rule_of_who_sees_them():
    without = [model._meta.label for model in recorded() if not has_rule(model) and model not in ANSWERS_ITSELF]

    assert without == []


def test_recorded_models_all_ask_visible_to():
    without = [
        model._meta.label
        for model in recorded()
        if not hasattr(model._default_manager.all(), "visible_to") and model is not Installation
    ]

    assert without == []


def test_recorded_columns_all_have_a_class():
    assert {model._meta.label: unclassed(model) for model in recorded() if unclassed(model)} == {}


def test_recorded_classes_name_only_columns_that_are_there_and_known_classes():
    wrong = {}
    for model in recorded():
        columns = {f.name for f in model._meta.concrete_fields}
        names = {name for name, key in classes_of(model).items() if name not in columns or key not in FIELD_CLASSES}
        if names:
            wrong[model._meta.label] = names

    assert wrong == {}


@pytest.mark.django_db
def test_recorded_proxy_writes_history_of_save_and_delete():
    person = PersonFactory()
    key = person.pk
    person = Person.objects.get(pk=key)
    person.family_name = "Anders"
    person.save()
    Person.objects.get(pk=key).delete()

    rows = Relation.history.filter(id=key).order_by("history_id")
    assert list(rows.values_list("history_type", flat=True)) == ["+", "~", "-"]
    assert all(row.change_set_id for row in rows)


def test_recorded_every_proxy_has_the_history_of_its_model():
    proxies = [m for m in apps.get_models() if m._meta.proxy and issubclass(m, Recorded)]

    assert proxies
    assert [p for p in proxies if p.history.model is not p._meta.concrete_model.history.model] == []


def history_writers(source):
    """Lines that touch the attributes by which django-simple-history is told to write nothing."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in ("skip_history_when_saving", "save_without_historical_record")
    ]


@pytest.mark.once
def test_recorded_nobody_skips_history():
    found = [
        f"{path.relative_to(REPOSITORY)}:{line}"
        for package in ("crm", "integrations", "portal")
        for path in sorted((REPOSITORY / package).rglob("*.py"))
        for line in history_writers(path.read_text())
    ]

    assert found == []


def test_recorded_planted_skip_is_found():
    assert history_writers("relation.skip_history_when_saving = True\nrelation.save()") == [1]
