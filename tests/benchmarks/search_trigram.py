"""What a search by trigrams of the whole name costs beside the same limit as `search`: pg_trgm on PostgreSQL, FTS5 on
SQLite, each with its own index, ranked by its own similarity.
"""

from django.db import connection

from crm.relations.folding import fold
from crm.relations.models import Relation
from tests.benchmarks import search
from tests.benchmarks.search import limit

__all__ = ["check", "limit", "ours", "prepare"]


def prepare(size):
    make_index()
    return search.prepare(size)


def make_index():
    with connection.cursor() as cursor:
        for statement in _INDEX[connection.vendor]:
            cursor.execute(statement)


_INDEX = {
    "sqlite": (
        "CREATE VIRTUAL TABLE name_trigrams USING fts5(name, content='', tokenize='trigram')",
        "INSERT INTO name_trigrams (rowid, name) SELECT id, lower(display_name) FROM relations_relation",
    ),
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX name_trigrams ON relations_relation USING gin (lower(display_name) gin_trgm_ops)",
        "ANALYZE relations_relation",
    ),
}


def ours(work):
    return [by_trigrams(fold(question.text)) for question in work.questions]


def by_trigrams(text):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            trigrams = sorted({text[i : i + 3] for i in range(len(text) - 2)})
            sought = " OR ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)
            cursor.execute(
                "SELECT rowid FROM name_trigrams WHERE name_trigrams MATCH %s ORDER BY rank, rowid LIMIT 50", [sought]
            )
        else:
            cursor.execute(
                "SELECT id FROM relations_relation WHERE lower(display_name) %% %s"
                " ORDER BY similarity(lower(display_name), %s) DESC, id LIMIT 50",
                [text, text],
            )
        return [row[0] for row in cursor.fetchall()]


def check(work, answer, best):
    """Whatever was found first shares three letters in a row with what was typed."""
    names = dict(Relation.objects.values_list("pk", "display_name"))
    for question, ids in zip(work.questions, answer, strict=True):
        text = fold(question.text)
        trigrams = {f" {text} "[i : i + 3] for i in range(len(text))}
        wrong = [names[pk] for pk in ids[:1] if not any(t.strip() in names[pk].lower() for t in trigrams)]
        assert not wrong, (question.text, wrong)
    assert any(answer), "nothing was found at all"
