"""No index puts a choice between a key and a date: SQLite 3.40 and 3.41, Debian's, answer wrongly over such an index.

Over (key, choice, day) the question `key = ? AND choice IN (?, ?) AND day <= ?` brings rows of after that day, once
ANALYZE has run. A UniqueConstraint makes an index too. So: key, day, choice.
"""

import pytest
from django.apps import apps
from django.db import models
from django.db.models.expressions import F, OrderBy
from django.test.utils import isolate_apps

pytestmark = pytest.mark.once
OURS = {"crm", "integrations", "portal"}


def indexed_columns(model):
    """Every index of a model as (its name, its fields in order), the ones of constraints and histories included."""
    meta = model._meta
    for index in [*meta.indexes, *(c for c in meta.constraints if isinstance(c, models.UniqueConstraint))]:
        plain = list(index.fields) or [name_of(expression) for expression in index.expressions]
        yield index.name, [meta.get_field(name.lstrip("-")) for name in plain if name]
    for together in meta.unique_together:
        yield f"unique_together {together}", [meta.get_field(name) for name in together]


def name_of(expression):
    if isinstance(expression, OrderBy):
        expression = expression.expression
    return expression.name if isinstance(expression, F) else None


def is_choice(column):
    return bool(column.choices) or isinstance(column, models.BooleanField)


def choices_before_a_date(model):
    wrong = []
    for name, columns in indexed_columns(model):
        for place, column in enumerate(columns):
            later = columns[place + 1 :]
            if place > 0 and is_choice(column) and any(isinstance(other, models.DateField) for other in later):
                wrong.append(f"{model._meta.label} {name}: {column.name} stands before a date")
    return wrong


def test_indexes_have_no_choice_between_key_and_date():
    ours = [m for m in apps.get_models(include_auto_created=True) if m.__module__.partition(".")[0] in OURS]

    assert [line for model in ours for line in choices_before_a_date(model)] == []


@isolate_apps()
@pytest.mark.parametrize(
    "options",
    [
        {"indexes": [models.Index(fields=["person", "role", "start"], name="planted")]},
        {"indexes": [models.Index(F("person"), F("role"), F("start").desc(), name="planted")]},
        {"constraints": [models.UniqueConstraint(fields=["person", "role", "start"], name="planted")]},
        {"unique_together": [("person", "role", "start")]},
    ],
)
def test_indexes_planted_choice_before_a_date_is_found(options):
    assert len(choices_before_a_date(planted_model(**options))) == 1


@isolate_apps()
@pytest.mark.parametrize("order", [["person", "start", "role"], ["role", "start"], ["person", "role"]])
def test_indexes_safe_order_is_left_alone(order):
    model = planted_model(indexes=[models.Index(fields=order, name="planted")])

    assert choices_before_a_date(model) == []


def planted_model(**options):
    with isolate_apps():
        meta = type("Meta", (), {"app_label": "planted", **options})
        fields = {
            "person": models.IntegerField(),
            "role": models.CharField(max_length=9, choices=[("chair", "chair"), ("secretary", "secretary")]),
            "start": models.DateField(),
        }
        return type("Planted", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
