"""Debtors and creditors of one administration, as a bookkeeping package takes them in: one row with all of a party."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from crm.access.rights import Right
from crm.core.field_classes import FINANCIAL, INTERNAL
from crm.exchange.columns import Column
from crm.exchange.kinds import Kind, register
from crm.exchange.layouts import register_layouts
from crm.relations.exchange.subjects import exported_books
from crm.relations.folding import fold
from crm.relations.models import Address, BankAccount, FinancialRole, Identifier

PIECE_ROWS = 2_000
SEARCH_NAME = 20
# without an address of the role itself: the billing, else the postal, else the visiting one
_RANK = {Address.Kind.BILLING: 0, Address.Kind.POSTAL: 1, Address.Kind.VISITING: 2}
_RELATION = (
    "number",
    "public_id",
    "kind",
    "display_name",
    "initials",
    "given_name",
    "prefix",
    "family_name",
    "legal_name",
    "trade_name",
    "language",
    "email",
    "phone",
    "mobile",
    "website",
)
_READ = (
    "relation_id",
    "billing_address_id",
    "bank_account_id",
    "administration__name",
    "number__number",
    "payment_term_days",
    "reminders",
    *(f"relation__{name}" for name in _RELATION),
)

COLUMNS = (
    Column("books_number", gettext_lazy("number in the books"), "whole", FINANCIAL),
    Column("number", gettext_lazy("relation number"), "whole"),
    Column("public_id", gettext_lazy("public id")),
    Column("administration", gettext_lazy("administration"), field_class=FINANCIAL),
    Column("kind", gettext_lazy("kind")),
    Column("name", gettext_lazy("name")),
    Column("search_name", gettext_lazy("search name")),
    Column("initials", gettext_lazy("initials")),
    Column("given_name", gettext_lazy("given name")),
    Column("prefix", gettext_lazy("prefix")),
    Column("family_name", gettext_lazy("family name")),
    Column("attention", gettext_lazy("for the attention of")),
    Column("address_line", gettext_lazy("street and number")),
    Column("street", gettext_lazy("street")),
    Column("house_number", gettext_lazy("house number"), "whole"),
    Column("number_addition", gettext_lazy("letter and addition")),
    Column("postcode", gettext_lazy("postcode")),
    Column("city", gettext_lazy("city")),
    Column("country", gettext_lazy("country")),
    Column("email", gettext_lazy("e-mail")),
    Column("phone", gettext_lazy("phone"), "phone"),
    Column("mobile", gettext_lazy("mobile"), "phone"),
    Column("website", gettext_lazy("website")),
    Column("language", gettext_lazy("language"), field_class=INTERNAL),
    Column("kvk", gettext_lazy("KvK number")),
    Column("vat", gettext_lazy("VAT number")),
    Column("iban", gettext_lazy("IBAN"), field_class=FINANCIAL),
    Column("bic", gettext_lazy("BIC"), field_class=FINANCIAL),
    Column("holder", gettext_lazy("account holder"), field_class=FINANCIAL),
    Column("payment_term_days", gettext_lazy("payment term in days"), "whole", FINANCIAL),
    Column("reminders", gettext_lazy("send reminders"), "yes_no", FINANCIAL),
)


def narrow_roles(user, relations: QuerySet, *, on: date, kind: str) -> QuerySet:
    """Who is it on the day, in the administrations where this user both takes lists out and sees the books."""
    roles = FinancialRole.objects.visible_to(user, on).on(on)
    roles = roles.filter(kind=kind, relation__in=relations.order_by().values("pk"))
    roles = roles.filter(exported_books(user, Right.FINANCIAL_VIEW))
    return roles.order_by("administration__name", "administration_id", "number__number", "pk")


@dataclass
class _Beside:
    """What belongs to the roles of one piece; keys are ids."""

    addresses: dict[int, Address] = field(default_factory=dict)
    of_relation: dict[int, Address] = field(default_factory=dict)
    accounts: dict[int, BankAccount] = field(default_factory=dict)
    main: dict[int, BankAccount] = field(default_factory=dict)
    identifiers: dict[tuple[int, str], str] = field(default_factory=dict)


def read_roles(user, chosen: QuerySet, *, on: date, columns) -> Iterator[tuple]:
    """Four queries a piece of 2,000: the roles, addresses, accounts and identifiers of their relations."""
    names = [column.name for column in columns]
    found = chosen.values_list(*_READ).iterator(chunk_size=PIECE_ROWS)
    while piece := list(islice(found, PIECE_ROWS)):
        beside = _beside(user, piece, on)
        for row in piece:
            values = _values(dict(zip(_READ, row, strict=True)), beside)
            yield tuple(values[name] for name in names)


def _beside(user, piece: list[tuple], on: date) -> _Beside:
    beside = _Beside()
    relations, named, accounts = {row[0] for row in piece}, {row[1] for row in piece}, {row[2] for row in piece}
    seen = Address.objects.visible_to(user)
    for address in seen.filter(relation__in=relations):
        if address.pk in named:
            beside.addresses[address.pk] = address
        if address.valid_from <= on and (address.valid_until is None or address.valid_until > on):
            best = beside.of_relation.get(address.relation_id)
            if best is None or _RANK[address.kind] < _RANK[best.kind]:
                beside.of_relation[address.relation_id] = address
    for account in BankAccount.objects.visible_to(user).filter(relation__in=relations):
        if account.pk in accounts:
            beside.accounts[account.pk] = account
        if account.main:
            beside.main[account.relation_id] = account
    numbers = Identifier.objects.visible_to(user).filter(relation__in=relations)
    beside.identifiers = {(one.relation_id, one.kind): one.value for one in numbers}
    return beside


def _values(row: dict[str, Any], beside: _Beside) -> dict[str, Any]:
    relation = row["relation_id"]
    own = {name: row[f"relation__{name}"] for name in _RELATION}
    address = (
        beside.addresses.get(row["billing_address_id"]) or beside.of_relation.get(relation) or Address(country="")
    )
    account = beside.accounts.get(row["bank_account_id"]) or beside.main.get(relation) or BankAccount()
    letter, addition = address.house_letter, address.house_addition
    return own | {
        "books_number": row["number__number"],
        "public_id": str(own["public_id"]),
        "administration": row["administration__name"],
        "name": own["legal_name"] or own["trade_name"] or own["display_name"],
        "search_name": _search_name(own),
        "attention": address.attention,
        "address_line": address.line(),
        "street": address.street,
        "house_number": address.house_number,
        "number_addition": "-".join(filter(None, (letter, addition))),
        "postcode": address.shown_postcode,
        "city": address.city,
        "country": address.country,
        "kvk": beside.identifiers.get((relation, Identifier.Kind.KVK), ""),
        "vat": beside.identifiers.get((relation, Identifier.Kind.VAT), ""),
        "iban": account.iban,
        "bic": account.bic,
        "holder": account.holder or (account.iban and own["display_name"]),
        "payment_term_days": row["payment_term_days"],
        "reminders": row["reminders"],
    }


def _search_name(own: dict[str, Any]) -> str:
    """In capitals, of letters and digits: "BAKKERIJ JANSEN BV"."""
    text = own["family_name"] or own["trade_name"] or own["legal_name"] or own["display_name"]
    return " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split()).upper()[:SEARCH_NAME].rstrip()


for _key, _label, _kind in (
    ("debtors", gettext_lazy("debtors"), FinancialRole.Kind.DEBTOR),
    ("creditors", gettext_lazy("creditors"), FinancialRole.Kind.CREDITOR),
):
    register(
        Kind(
            _key,
            _label,
            COLUMNS,
            partial(narrow_roles, kind=_kind),
            read_roles,
            standard=(
                "books_number",
                "name",
                "address_line",
                "postcode",
                "city",
                "country",
                "email",
                "phone",
                "kvk",
                "vat",
                "iban",
                "bic",
                "holder",
                "payment_term_days",
            ),
            right=Right.FINANCIAL_VIEW,
            guarded=frozenset({FINANCIAL}),
            per_administration=True,
        )
    )
register_layouts(Path(__file__).parents[1] / "bookkeeping.toml", kinds=("debtors", "creditors"))
