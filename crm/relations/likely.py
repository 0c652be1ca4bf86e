"""Likely existing relations while somebody types a new one. The search answers until a better finder registers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from crm.relations.models import Address, Relation
from crm.relations.search.query import find_for

NAMES = ("given_name", "prefix", "family_name", "partner_family_name", "trade_name", "legal_name")
LIMIT = 5


@dataclass(frozen=True)
class Likely:
    """A relation that may be the one being typed, where it lives, and why it came up, as sentences."""

    relation: Relation
    place: str
    why: tuple[str, ...]


Finder = Callable[..., list[Likely]]


def find_by_search(user, typed: dict[str, str], *, on: date) -> list[Likely]:
    """By name, then by e-mail, phone and postcode with number; a relation that several say comes first."""
    questions = {
        _("the name looks alike"): " ".join(typed[name] for name in NAMES if typed.get(name)),
        _("same e-mail"): typed.get("email", ""),
        _("same phone"): typed.get("mobile", "") or typed.get("phone", ""),
        _("same address"): f"{typed['postcode']} {typed['house_number']}"
        if typed.get("postcode") and typed.get("house_number")
        else "",
    }
    why: dict[int, list[str]] = {}
    for reason, question in questions.items():
        if len(question) < 3:
            continue
        for hit in find_for(user, question, on=on, limit=LIMIT):
            why.setdefault(hit.relation_id, []).append(reason)
    best = sorted(why, key=lambda pk: -len(why[pk]))[:LIMIT]
    relations = {r.pk: r for r in Relation.objects.visible_to(user).filter(pk__in=best)}
    rows = Address.objects.visible_to(user).on(on).filter(relation__in=best)
    places = dict(rows.values_list("relation_id", "city"))
    return [Likely(relations[pk], places.get(pk, ""), tuple(why[pk])) for pk in best if pk in relations]


_finder: list[Finder] = [find_by_search]


def register_finder(finder: Finder) -> None:
    """A higher slice finds better: from then on it answers alone. Called with (user, typed, on=)."""
    _finder[:] = [finder]


def likely_relations(user, typed: dict[str, str], *, on: date) -> list[Likely]:
    """`typed` maps the names of form fields to what is in them so far. At most five, best first."""
    return _finder[0](user, typed, on=on)
