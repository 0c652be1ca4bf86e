"""Who sees and who changes which rows. Each slice registers its rules here; every road to data asks here.

A rule is a function `(user, on) -> Q` for one model and one kind of actor. Without a rule nobody sees anything.
Several rules for the same model and kind: a row that any of them allows is allowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from django.db.models import Q

from crm.core.models import DatedQuerySet, RecordedQuerySet

STAFF, PORTAL, TOKEN = "staff", "portal", "token"
NOBODY = Q(pk__in=[])

Rule = Callable[..., Q]
_rules: dict[tuple[str, type, str], list[Rule]] = defaultdict(list)


def visible(model: type, kind: str = STAFF) -> Callable[[Rule], Rule]:
    """Register who sees rows of this model."""
    return _register("visible", model, kind)


def editable(model: type, kind: str = STAFF) -> Callable[[Rule], Rule]:
    """Register who changes rows of this model. What one may not see one may not change either."""
    return _register("editable", model, kind)


def _register(action: str, model: type, kind: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _rules[action, model._meta.concrete_model, kind].append(rule)
        return rule

    return register


def has_rule(model: type, kind: str = STAFF) -> bool:
    return bool(_rules.get(("visible", model._meta.concrete_model, kind)))


def allowed(action: str, model: type, user, on: date | None) -> Q:
    """The condition on rows of `model` for this user; `on` is the day that dated rules ask for."""
    if user is None or not getattr(user, "is_active", False):
        return NOBODY
    if getattr(user, "is_superuser", False) and getattr(user, "limits", None) is None:
        return Q()
    rules = _rules.get((action, model._meta.concrete_model, getattr(user, "kind", PORTAL)), [])
    if not rules:
        return NOBODY
    condition = rules[0](user, on)
    for rule in rules[1:]:
        condition |= rule(user, on)
    return condition


class ScopedQuerySet(RecordedQuerySet):
    """The querysets of every model that people look at."""

    def visible_to(self, user, on: date | None = None):
        """The rows this user may see; composes with every other filter in one query."""
        return self.filter(allowed("visible", self.model, user, on))

    def editable_by(self, user, on: date | None = None):
        """The rows this user may change: visible ones that a rule of change allows too."""
        return self.visible_to(user, on).filter(allowed("editable", self.model, user, on))


class ScopedDatedQuerySet(ScopedQuerySet, DatedQuerySet):
    pass


def sees(model: type, user, on: date | None) -> Q:
    """The condition on rows of `model` that this user may see."""
    return allowed("visible", model, user, on)


def changes(model: type, user, on: date | None) -> Q:
    """The condition on rows of `model` that this user may change: none that they may not see."""
    return allowed("visible", model, user, on) & allowed("editable", model, user, on)


def under(parent: str, condition: Q) -> Q:
    """A condition on the row that the foreign key `parent` points to, as a condition on the row that has the key.

    As a join, so that the database begins at whichever side is smaller. `parent IN (visible rows)` made SQLite list
    every visible relation for each of a card's lists: 29 times the limit with 100,000 of them.
    """
    children = []
    for child in condition.children:
        if isinstance(child, Q):
            children.append(under(parent, child))
        elif isinstance(child, tuple):
            children.append((f"{parent}__{child[0]}", child[1]))
        else:
            raise TypeError(f"a rule under {parent} is made of lookups, not of {type(child).__name__}")
    return Q(*children, _connector=condition.connector, _negated=condition.negated)
