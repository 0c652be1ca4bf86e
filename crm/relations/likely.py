"""Likely existing relations while somebody types a new one. The search answers until a better finder registers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from crm.relations.models import Address, Kind, Relation
from crm.relations.search.query import find_for

NAMES = ("given_name", "prefix", "family_name", "partner_family_name", "trade_name", "legal_name")
# the forms on one page: the relation itself, its address, its work, its numbers
PARTS = ("", "address-", "work-", "numbers-")
LIMIT = 5
LOOKED_AT = 8


@dataclass(frozen=True)
class Likely:
    """A relation that may be the one being typed, where it lives, and why it came up, as sentences."""

    relation: Relation
    place: str
    why: tuple[str, ...]


Finder = Callable[..., list[Likely]]


def find_by_search(user, typed: dict[str, str], *, on: date) -> list[Likely]:
    """By name, then by e-mail, phone, register number and address; a relation that several say comes first."""
    kind = typed.get("pick", "")
    questions = {
        _("the name looks alike"): [" ".join(typed[name] for name in NAMES if typed.get(name))],
        _("same e-mail"): _given(typed, "email"),
        _("same phone"): _given(typed, "mobile", "phone"),
        _("same number of a register"): _given(typed, "kvk", "vat"),
        _("same address"): [_address(typed)],
    }
    why: dict[int, list[str]] = {}
    for reason, asked in questions.items():
        found = [hit for text in asked if len(text) >= 3 for hit in find_for(user, text, on=on, limit=LOOKED_AT)]
        for pk in dict.fromkeys(hit.relation_id for hit in found):
            why.setdefault(pk, []).append(reason)
    relations = Relation.objects.visible_to(user).filter(pk__in=why)
    kept = {r.pk: r for r in (relations.filter(kind=kind) if kind in Kind.values else relations)}
    best = sorted((pk for pk in why if pk in kept), key=lambda pk: -len(why[pk]))[:LIMIT]
    rows = Address.objects.visible_to(user).on(on).filter(relation__in=best)
    places = dict(rows.values_list("relation_id", "city"))
    return [Likely(kept[pk], places.get(pk, ""), tuple(why[pk])) for pk in best]


def _given(typed: dict[str, str], *names: str) -> list[str]:
    """What is typed under these names, in whatever part of the form, without repeats."""
    found = [typed[key] for name in names for part in PARTS for key in [f"{part}{name}"] if typed.get(key)]
    return list(dict.fromkeys(found))


def _address(typed: dict[str, str]) -> str:
    postcode, number = (next(iter(_given(typed, name)), "") for name in ("postcode", "house_number"))
    return f"{postcode} {number}" if postcode and number else ""


_finder: list[Finder] = [find_by_search]


def register_finder(finder: Finder) -> None:
    """A higher slice finds better: from then on it answers alone. Called with (user, typed, on=)."""
    _finder[:] = [finder]


def likely_relations(user, typed: dict[str, str], *, on: date) -> list[Likely]:
    """`typed` maps the names of form fields to what is in them so far; `pick`: only of that kind. Five, best first."""
    return _finder[0](user, typed, on=on)
