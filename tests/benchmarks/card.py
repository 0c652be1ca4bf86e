"""The lists of a card, for fifty relations with something under them: design/performance.md 6 and 12.

The limit reads the same rows in hand-written SQL, one statement per list; neither draws them. The design's target is
of a page that is drawn as well, so the ratio is printed and not judged.
"""

from dataclasses import dataclass

from django.db import connection

from crm.relations.models import FinancialRole, Relation
from crm.relations.queries import card_lists
from tests.benchmarks.pages import DAY, columns, office, visible

CARDS = 50
QUERIES = 15 * CARDS
GROWTH = 1.5
OWN = {
    "addresses": ("relations_address", "relation_id", "id"),
    "emails": ("relations_emailaddress", "relation_id", "id"),
    "phones": ("relations_phonenumber", "relation_id", "id"),
    "profiles": ("relations_socialprofile", "relation_id", "id"),
    "identifiers": ("relations_identifier", "relation_id", "id"),
    "accounts": ("relations_bankaccount", "relation_id", "id"),
    "roles": ("relations_financialrole", "relation_id", "id"),
    "standings": ("relations_standing", "relation_id", "id"),
    "moments": ("relations_contactmoment", "relation_id", "id"),
}


@dataclass
class Work:
    user: object
    relations: list[Relation]
    visible: str


def prepare(size):
    user = office()
    busy = FinancialRole.objects.order_by("pk").values_list("relation_id", flat=True)[:CARDS]
    return Work(user, list(Relation.objects.filter(pk__in=list(busy)).order_by("pk")), visible(user))


def ours(work):
    return [
        {name: sorted(row.pk for row in rows) for name, rows in card_lists(work.user, relation, on=DAY).items()}
        for relation in work.relations
    ]


def limit(work):
    with connection.cursor() as cursor:
        return [lists(cursor, work, relation) for relation in work.relations]


def lists(cursor, work, relation):
    seen = f"EXISTS (SELECT 1 FROM relations_relation r WHERE r.id = %s AND {work.visible})"
    found = {
        name: [
            row[0]
            for row in columns(
                cursor,
                f"SELECT * FROM {table} WHERE {key} = %s AND {seen} ORDER BY {order} LIMIT 25",
                relation.pk,
                relation.pk,
            )
        ]
        for name, (table, key, order) in OWN.items()
    }
    side = "person_id" if relation.is_person else "organisation_id"
    found["employments"] = [
        row[0]
        for row in columns(
            cursor,
            "SELECT e.*, p.display_name, o.display_name FROM relations_employment e"
            " JOIN relations_relation p ON p.id = e.person_id JOIN relations_relation o ON o.id = e.organisation_id"
            f" WHERE e.{side} = %s AND {seen} ORDER BY e.first_contact DESC, e.valid_from DESC LIMIT 25",
            relation.pk,
            relation.pk,
        )
    ]
    found["ties"] = [
        row[0]
        for row in columns(
            cursor,
            "SELECT t.*, a.display_name, b.display_name FROM relations_relationship t"
            " JOIN relations_relation a ON a.id = t.from_relation_id"
            " JOIN relations_relation b ON b.id = t.to_relation_id"
            f" WHERE (t.from_relation_id = %s OR t.to_relation_id = %s) AND {seen} LIMIT 25",
            relation.pk,
            relation.pk,
            relation.pk,
        )
    ]
    return {name: sorted(ids) for name, ids in found.items()}


def check(work, answer, best):
    for mine, theirs in zip(answer, best, strict=True):
        for name in theirs:
            # a list of 25 out of more may be cut elsewhere; the number says that the work was done
            assert len(mine[name]) == min(len(theirs[name]), 5 if name == "moments" else 25), name
            assert len(theirs[name]) >= 5 or mine[name] == theirs[name], name
    assert sum(len(rows) for card in answer for rows in card.values()) > 3 * CARDS
