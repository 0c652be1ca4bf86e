"""The facts of a card: which there are, what they say, and which columns are changed together, in place."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.templatetags.core import as_fact
from crm.relations.known_on import Known
from crm.relations.models import Address, BankAccount, Kind, Relation
from crm.relations.templatetags.relations import breakable

PERSON, ORGANISATION = Kind.PERSON, Kind.ORGANISATION


@dataclass(frozen=True)
class Fact:
    """A fact that is changed in place. `kind` as the template tag `fact` has it; `rows`: its columns, as the form lays
    them out; `of`: the kind of relation that has it; `shown`: stands there empty too, to be filled in."""

    icon: str
    rows: tuple[tuple[str, ...], ...]
    kind: str = "text"
    label: Any = None
    value: Callable[[Relation], Any] | None = None
    of: str = ""
    shown: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for row in self.rows for name in row)


def whole_name(relation: Relation) -> str:
    """Titles, initials and given name: "ir. P.J. (Pieter) van der Meulen"."""
    given = f"({relation.given_name})" if relation.initials and relation.given_name else relation.given_name
    bare = str(relation.display_name)
    first = relation.given_name or relation.initials
    last = bare.removeprefix(first).strip() if first else bare
    parts = (relation.title_before, relation.initials, given, last, relation.title_after)
    return " ".join(part for part in parts if part)


def form_and_sector(relation: Relation) -> str:
    return ", ".join(
        filter(None, (capfirst(relation.get_legal_form_display() if relation.legal_form else ""), relation.sector))
    )


def blocks(relation: Relation) -> str:
    """ "No post, no e-mail: moved abroad"; "" where everything may be sent."""
    said = [
        (relation.no_post, _("no post")),
        (relation.no_mail, _("no e-mail")),
        (relation.no_phone, _("no phone calls")),
    ]
    words = capfirst(", ".join(text for blocked, text in said if blocked))
    return f"{words}: {relation.block_reason}" if words and relation.block_reason else words


def _choice(name: str) -> Callable[[Relation], Any]:
    return lambda relation: capfirst(getattr(relation, f"get_{name}_display")()) if getattr(relation, name) else ""


FACTS: dict[str, Fact] = {
    "name": Fact(
        "person",
        (
            ("initials", "given_name"),
            ("prefix", "family_name"),
            ("partner_prefix", "partner_family_name"),
            ("name_order",),
            ("title_before", "title_after"),
        ),
        label=gettext_lazy("Name"),
        value=whole_name,
        of=PERSON,
    ),
    "email": Fact("mail", (("email",),), "mail", shown=True),
    "phone": Fact("phone", (("phone",),), "phone", shown=True),
    "mobile": Fact("phone", (("mobile",),), "phone"),
    "website": Fact("globe", (("website",),), "site"),
    "birth_date": Fact("cake", (("birth_date",),), "date", of=PERSON),
    "gender": Fact("person", (("gender",),), value=_choice("gender"), of=PERSON),
    "salutation": Fact(
        "note",
        (("salutation_formal",), ("salutation_informal",)),
        label=gettext_lazy("Salutation"),
        value=lambda relation: relation.salutation(),
        of=PERSON,
    ),
    "legal_name": Fact("document", (("legal_name",),), of=ORGANISATION),
    "trade_name": Fact("document", (("trade_name",),), of=ORGANISATION),
    "legal_form": Fact(
        "organisation",
        (("legal_form",), ("sector",)),
        label=gettext_lazy("Legal form and sector"),
        value=form_and_sector,
        of=ORGANISATION,
    ),
    "language": Fact("language", (("language",),), value=_choice("language")),
    "blocks": Fact(
        "octagon",
        (("no_post",), ("no_mail",), ("no_phone",), ("block_reason",)),
        label=gettext_lazy("Blocks"),
        value=blocks,
    ),
    "notes": Fact("note", (("notes",),)),
}


# how one reaches a relation comes first on its card, with the addresses; then who it is
REACH = ("email", "phone", "mobile", "website")


def facts_of(relation: Relation, *, readable: Container[str], changeable: Container[str], known: Known | None) -> dict:
    """ "reach" and "about": contexts of facts that say something; "empty": of those that may still be filled in."""
    reach, about, empty = [], [], []
    for name, fact in FACTS.items():
        if (fact.of and fact.of != relation.kind) or not any(column in readable for column in fact.columns):
            continue
        context = fact_context(relation, name, changeable, known)
        if context["filled"] or fact.shown or context["note"]:
            (reach if name in REACH else about).append(context)
        elif context["edit_url"]:
            empty.append(context)
    return {"reach": reach, "about": about, "empty": empty}


def fact_context(relation: Relation, name: str, changeable: Container[str], known: Known | None = None) -> dict:
    """Context of the component `fact`. With `known` the value of that day, and what it is now where that differs."""
    fact = FACTS[name]
    value, note = _value(relation, fact), ""
    if known is not None and known.differs.intersection(fact.columns):
        now = _value(known.now, fact)
        if str(now) != str(value):
            note = now_note(_plain(now, fact.kind))
    may_change = known is None and any(column in changeable for column in fact.columns)
    label = fact.label or Relation._meta.get_field(name).verbose_name
    return {
        "name": name,
        "icon": fact.icon,
        "label": capfirst(str(label)),
        "value": breakable(as_fact(value, fact.kind)) if fact.kind in ("mail", "site") and value else value,
        # a link that may break is a link already
        "kind": "text" if fact.kind in ("mail", "site") else fact.kind,
        "note": note,
        "key": f"fact-{name}",
        "filled": bool(value),
        "edit_url": reverse("relations:fact", args=[relation.number, name]) if may_change else "",
    }


def _value(relation: Relation, fact: Fact) -> Any:
    return fact.value(relation) if fact.value else getattr(relation, fact.columns[0])


def _plain(value: Any, kind: str) -> str:
    text = str(as_fact(value, "date")) if kind == "date" and value else str(value or "")
    return text.partition("://")[2] or text if kind == "site" else text


def now_note(text: str) -> Any:
    """What it is today, beside what it was: "now: kassa@theater.example"."""
    return format_html('<span class="as-now">{} {}</span>', _("now:"), text or _("empty"))


def iban_context(relation: Relation, account: BankAccount | None, changeable: bool = True, note: str = "") -> dict:
    holder = _("in the name of %(holder)s") % {"holder": account.holder} if account and account.holder else ""
    return {
        "icon": "bank",
        "label": "IBAN",
        "value": str(account) if account else "",
        "kind": "text",
        "note": note or holder,
        "key": "fact-iban",
        "edit_url": reverse("relations:iban", args=[relation.number]) if changeable else "",
    }


# ------------------------------------------------------------------------------------- rows under a relation


@dataclass(frozen=True)
class RowFact:
    """How a row of a kind stands among the facts; `part` is its name in the addresses of the pages that change it."""

    part: str
    icon: str
    kind: str
    label: Callable[[Any], str]
    value: Callable[[Any], Any]


def _labelled(row) -> str:
    return capfirst(row.label or row.get_sphere_display())


ROWS: dict[str, RowFact] = {
    "emails": RowFact("email", "mail", "mail", _labelled, lambda row: row.email),
    "phones": RowFact("phone", "phone", "phone", _labelled, lambda row: row.number),
    "profiles": RowFact("profile", "share", "site", lambda row: row.get_network_display(), lambda row: row.url),
    "identifiers": RowFact("identifier", "hash", "text", lambda row: row.get_kind_display(), lambda row: row.value),
    "accounts": RowFact("account", "bank", "text", lambda row: _("Other account"), str),
}
_BY_PART = {row.part: row for row in ROWS.values()}


def row_context(
    relation: Relation, key: str, row: models.Model, *, may_change: bool, on_another_day: bool = False
) -> dict:
    """Context of the component `fact` for a row. On another day with what it is now; the row of today is its `now`."""
    return _row_context(relation, ROWS[key], row, may_change=may_change, on_another_day=on_another_day)


def part_context(relation: Relation, part: str, row: models.Model) -> dict:
    return _row_context(relation, _BY_PART[part], row, may_change=True, on_another_day=False)


def _row_context(relation: Relation, fact: RowFact, row, *, may_change: bool, on_another_day: bool) -> dict:
    value, note = fact.value(row), getattr(row, "holder", "")
    if on_another_day:
        if row.now is None:
            note = now_note(_("removed"))
        elif str(fact.value(row.now)) != str(value):
            note = now_note(fact.value(row.now))
    linked = fact.kind in ("mail", "site")
    edit_url = reverse("relations:change-part", args=[relation.number, fact.part, row.pk]) if may_change else ""
    return {
        "icon": fact.icon,
        "label": fact.label(row),
        "value": breakable(as_fact(value, fact.kind)) if linked else value,
        "kind": "text" if linked else fact.kind,
        "note": note,
        "key": f"{fact.part}-{row.pk}",
        "edit_url": edit_url,
    }


def in_place(part: str) -> bool:
    """Whether rows of this kind are changed among the facts; the others have pages of their own."""
    return part in _BY_PART or part == "address"


# -------------------------------------------------------------------------------------------------- addresses


@dataclass
class AddressFact:
    """Per kind the address of the day, what comes after it, and what was before."""

    kind: Address.Kind
    now: Address | None
    coming: Address | None
    past: list[Address]
    # on another day: what it is today
    today: str = ""


def address_facts(addresses: list[Address], on, today=None) -> list[AddressFact]:
    """`addresses` with their `shape` on the day. `today`: the calendar's, when another day is shown."""
    facts = []
    for kind in Address.Kind:
        rows = [a for a in addresses if a.kind == kind]
        if not rows:
            continue
        now = next((a for a in rows if a.shape == "now"), None)
        coming = min((a for a in rows if a.shape == "future"), key=lambda a: a.valid_from, default=None)
        fact = AddressFact(kind, now, coming, [a for a in rows if a.shape == "past"])
        if today is not None and now is not None:
            current = next((a for a in rows if a.is_on(today)), None)
            if current is not now:
                fact.today = str(current or _("none"))
        facts.append(fact)
    return facts
