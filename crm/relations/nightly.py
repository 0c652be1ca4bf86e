"""What is looked at every night: rules over dated rows that no constraint says, and the vocabulary of the search.

Guards hold these rules below every door; this finds what came past them (a restored back-up, a hand in the
database) and asks a person to look.
"""

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from crm.access.rights import Right
from crm.attention.services import Raised, raise_items
from crm.relations.models import Address, Employment, FinancialRole, Relation, Relationship, Standing
from crm.relations.search.index import recount

# model, the attributes that make two rows the same thing, the relation a person is sent to
RULES = (
    (Address, ("relation_id", "kind"), "relation_id"),
    (Standing, ("relation_id", "administration_id", "kind"), "relation_id"),
    (FinancialRole, ("relation_id", "administration_id", "kind"), "relation_id"),
    (Employment, ("person_id", "organisation_id", "function", "department"), "person_id"),
    (Relationship, ("from_relation_id", "to_relation_id", "type_id"), "from_relation_id"),
)
SHOWN = 100


def overlapping(model: type, same: tuple[str, ...]) -> QuerySet:
    """Rows that are true on the same day as a later row of the same thing."""
    others = QuerySet(model).filter(**{name: OuterRef(name) for name in same}, pk__gt=OuterRef("pk"))
    ends = Q(valid_until=None) | Q(valid_until__gt=OuterRef("valid_from"))
    begins = Q(valid_from__lt=OuterRef("valid_until"))
    endless = QuerySet(model).filter(valid_until=None).filter(Exists(others.filter(ends)))
    ended = QuerySet(model).exclude(valid_until=None).filter(Exists(others.filter(ends & begins)))
    return (endless | ended).order_by("pk")


def check_dates() -> int:
    """Raise an item per relation with overlapping rows, once while it is open; returns how many were found."""
    items = list(_findings())
    raise_items(items)
    return len(items)


def _findings() -> Iterator[Raised]:
    for model, same, subject in RULES:
        rows = overlapping(model, same).annotate(subject=F(subject))[:SHOWN]
        relations = Relation.objects.in_bulk({row.subject for row in rows})
        for row in rows:
            relation = relations[row.subject]
            yield Raised(
                kind="relations.overlap",
                title=(gettext_noop("Two periods of %(name)s overlap"), {"name": str(relation)}),
                body=gettext_noop("Look at the dates on the card, and end one of them."),
                subject=relation,
                url=relation.get_absolute_url(),
                administration=relation.administration,
                for_right=Right.RELATIONS_CHANGE,
                once_key=f"overlap {model._meta.model_name} {row.pk}",
            )


def tidy_search() -> None:
    """Count the words anew and drop those nobody has any more: an erased name leaves no word behind."""
    recount()
