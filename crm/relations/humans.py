"""One human with several person records: their private data stay equal (contracts/pinkweb.md 0 and 1).

A human is a connected component over person records, joined by every contact card that names a main contact.
The screen shows `PRIVATE_FIELDS` as the ones that change everywhere at once.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import models

from crm.core import bulk
from crm.relations.models import Address, Employment, Relation

# Columns of a person that are one for all records of the same human.
PRIVATE_FIELDS = frozenset(
    {
        "initials",
        "given_name",
        "prefix",
        "family_name",
        "partner_prefix",
        "partner_family_name",
        "name_order",
        "title_before",
        "title_after",
        "gender",
        "birth_date",
        "deceased_on",
        "email",
        "phone",
        "mobile",
    }
)
_ADDRESS_COLUMNS = (
    "attention",
    "street",
    "house_number",
    "house_letter",
    "house_addition",
    "postcode",
    "city",
    "country",
    "check_state",
    "valid_until",
)


def humans_of(person_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """person id -> all person records of the same human, itself included. One query where nobody is tied."""
    reached, frontier = set(person_ids), set(person_ids)
    neighbours: dict[int, set[int]] = defaultdict(set)
    while frontier:
        ties = (
            models.QuerySet(Employment)
            .exclude(main_contact=None)
            .filter(models.Q(person__in=frontier) | models.Q(main_contact__in=frontier))
            .values_list("person_id", "main_contact_id")
        )
        found = set()
        for one, other in ties:
            neighbours[one].add(other)
            neighbours[other].add(one)
            found |= {one, other}
        frontier = found - reached
        reached |= frontier
    humans: dict[int, frozenset[int]] = {}
    for person in reached:
        if person not in humans:
            component, todo = {person}, [person]
            while todo:
                more = neighbours[todo.pop()] - component
                component |= more
                todo += more
            humans |= dict.fromkeys(component, frozenset(component))
    return humans


def equalise(person_ids: list[int]) -> None:
    """Bring the private data of these records to the other records of the same human.

    Of the records that changed, the one others hang under leads; without one, the one that changed.
    """
    components = {human for human in humans_of(person_ids).values() if len(human) > 1}
    if not components:
        return
    everyone = frozenset().union(*components)
    heads = set(
        models.QuerySet(Employment).filter(main_contact__in=everyone).values_list("main_contact_id", flat=True)
    )
    changed = set(person_ids)
    leaders = {
        other: min(human & changed & heads or human & changed)
        for human in components
        if human & changed
        for other in human
    }
    followers = {other: leader for other, leader in leaders.items() if other != leader}
    _equalise_columns(followers)
    _equalise_addresses(followers)


def _equalise_columns(followers: dict[int, int]) -> None:
    names = sorted(PRIVATE_FIELDS)
    rows = {
        row.pop("pk"): row
        for row in models.QuerySet(Relation).filter(pk__in={*followers.values()}).values("pk", *names)
    }
    bulk.update(Relation, {follower: rows[leader] for follower, leader in sorted(followers.items())})


def _equalise_addresses(followers: dict[int, int]) -> None:
    """The same private and postal addresses, by kind and first day. A leader without addresses takes none away,
    and one that a financial role bills to stays."""
    stored: dict[int, dict[tuple, Address]] = defaultdict(dict)
    private = models.QuerySet(Address).filter(
        relation__in={*followers, *followers.values()}, kind__in=(Address.Kind.VISITING, Address.Kind.POSTAL)
    )
    for address in private.order_by("pk"):
        stored[address.relation_id][address.kind, address.valid_from] = address
    surplus, changes, new = [], {}, []
    for follower, leader in sorted(followers.items()):
        if not stored[leader]:
            continue
        surplus += [a.pk for key, a in stored[follower].items() if key not in stored[leader]]
        for key, address in stored[leader].items():
            values = {name: getattr(address, name) for name in _ADDRESS_COLUMNS}
            if key in stored[follower]:
                changes[stored[follower][key].pk] = values
            else:
                new.append(Address(relation_id=follower, kind=key[0], valid_from=key[1], **values))
    if surplus:
        bulk.delete(models.QuerySet(Address).filter(pk__in=surplus, roles=None))
    bulk.update(Address, changes)
    bulk.create(new)
