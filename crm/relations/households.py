"""Who lives at one address: what moving a household offers."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from crm.relations.models import Address, Relation

_PLACE = ("kind", "postcode", "house_number", "house_letter", "house_addition", "country")
MOST = 60


def household_of(user, address: Address, *, on: date) -> tuple[list[Address], int]:
    """The addresses of this kind at the same place on that day, of active relations that this user may change, its own
    first; and of how many more the user may only look at. Two queries.

    Without a postcode the street and city are the place.
    """
    place = {name: getattr(address, name) for name in _PLACE}
    if not address.postcode:
        place |= {"street": address.street, "city": address.city}
    active = Q(relation__in=Relation.objects.visible_to(user).active(on).values("pk"))
    here = Address.objects.visible_to(user).on(on).filter(active, **place)
    mine = here & Address.objects.editable_by(user)
    rows = list(mine.select_related("relation").order_by("relation__kind", "relation__sort_key", "pk")[:MOST])
    rows.sort(key=lambda row: (row.pk != address.pk, not row.relation.is_person))
    others = here.exclude(pk__in=[row.pk for row in rows]).count()
    return rows, others
