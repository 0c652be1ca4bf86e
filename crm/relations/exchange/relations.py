"""Relations as rows: one query, joined to what stands beside a relation once at most on a day.

Names of columns are those of the model where it has them, so that a file is read in again.
"""

from collections.abc import Iterator
from datetime import date

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import gettext_lazy

from crm.core.field_classes import FINANCIAL, INTERNAL, SPECIAL
from crm.exchange.columns import Column
from crm.exchange.kinds import Kind, register
from crm.relations.exchange.subjects import exported_books
from crm.relations.models import Address, Identifier, Standing

PIECE_ROWS = 5_000


def narrow_relations(user, relations: QuerySet, *, on: date) -> QuerySet:
    return relations


ADDRESS_COLUMNS = (
    Column("street", gettext_lazy("street")),
    Column("house_number", gettext_lazy("house number"), "whole"),
    Column("house_letter", gettext_lazy("letter")),
    Column("house_addition", gettext_lazy("addition")),
    Column("postcode", gettext_lazy("postcode")),
    Column("city", gettext_lazy("city")),
    Column("country", gettext_lazy("country")),
)
RELATION_COLUMNS = (
    Column("number", gettext_lazy("number"), "whole"),
    Column("external_key", gettext_lazy("external key"), field_class=INTERNAL),
    Column("kind", gettext_lazy("kind")),
    Column("display_name", gettext_lazy("name"), read_only=True),
    Column("title_before", gettext_lazy("title before the name")),
    Column("initials", gettext_lazy("initials")),
    Column("given_name", gettext_lazy("given name")),
    Column("prefix", gettext_lazy("prefix")),
    Column("family_name", gettext_lazy("family name")),
    Column("partner_prefix", gettext_lazy("partner's prefix")),
    Column("partner_family_name", gettext_lazy("partner's family name")),
    Column("name_order", gettext_lazy("order of names")),
    Column("title_after", gettext_lazy("title after the name")),
    Column("gender", gettext_lazy("gender"), field_class=INTERNAL),
    Column("birth_date", gettext_lazy("date of birth"), "date", SPECIAL),
    Column("deceased_on", gettext_lazy("deceased on"), "date", INTERNAL),
    Column("legal_name", gettext_lazy("legal name")),
    Column("trade_name", gettext_lazy("trade name")),
    Column("legal_form", gettext_lazy("legal form")),
    Column("sector", gettext_lazy("sector")),
    Column("kvk", gettext_lazy("KvK number")),
    Column("vat", gettext_lazy("VAT number")),
    Column("email", gettext_lazy("e-mail")),
    Column("phone", gettext_lazy("phone"), "phone"),
    Column("mobile", gettext_lazy("mobile"), "phone"),
    Column("website", gettext_lazy("website")),
    *ADDRESS_COLUMNS,
    Column("iban", gettext_lazy("IBAN"), field_class=FINANCIAL),
    Column("language", gettext_lazy("language"), field_class=INTERNAL),
    Column("client_since", gettext_lazy("client since"), "date", INTERNAL),
    Column("member_since", gettext_lazy("member since"), "date", INTERNAL),
    Column("no_post", gettext_lazy("no post"), "yes_no", INTERNAL),
    Column("no_mail", gettext_lazy("no e-mail"), "yes_no", INTERNAL),
    Column("no_phone", gettext_lazy("no phone calls"), "yes_no", INTERNAL),
    Column("ended_on", gettext_lazy("ended on"), "date", INTERNAL),
    Column("end_reason", gettext_lazy("reason of ending"), field_class=INTERNAL),
    Column("notes", gettext_lazy("notes"), field_class=INTERNAL),
    Column("administration", gettext_lazy("administration"), read_only=True),
)
_ADDRESS = ("street", "house_number", "house_letter", "house_addition", "postcode", "city", "country")
_SINCE = {"client_since": Standing.Kind.CLIENT, "member_since": Standing.Kind.MEMBER}
# column -> where it is read
_RELATION_READS = {
    **{name: f"visiting__{name}" for name in _ADDRESS},
    "iban": "main_account__iban",
    "kvk": "kvk_number__value",
    "vat": "vat_number__value",
    "administration": "administration__name",
}


def _true_on(part: str, on: date) -> Q:
    """The row that holds on this day; the guards let there be one of a kind."""
    ended = Q(**{f"{part}__valid_until": None}) | Q(**{f"{part}__valid_until__gt": on})
    return Q(**{f"{part}__valid_from__lte": on}) & ended


def read_relations(user, chosen: QuerySet, *, on: date, columns) -> Iterator[tuple]:
    """One query with what stands beside a relation once; since when a client or member per piece of 5,000."""
    names = [column.name for column in columns]
    reads = [_RELATION_READS.get(name, name) for name in names if name not in _SINCE]
    joins = {
        "visiting": ("addresses", Q(addresses__kind=Address.Kind.VISITING) & _true_on("addresses", on)),
        "main_account": ("bank_accounts", Q(bank_accounts__main=True)),
        "kvk_number": ("identifiers", Q(identifiers__kind=Identifier.Kind.KVK)),
        "vat_number": ("identifiers", Q(identifiers__kind=Identifier.Kind.VAT)),
    }
    needed = {read.partition("__")[0] for read in reads}
    for name, (parts, condition) in joins.items():
        if name in needed:
            chosen = chosen.annotate(**{name: FilteredRelation(parts, condition=condition)})
    if not _SINCE.keys() & set(names):
        yield from chosen.values_list(*reads).iterator(chunk_size=PIECE_ROWS)
        return
    held = [name in _SINCE for name in names]
    found = chosen.values_list("pk", "administration_id", *reads).iterator(chunk_size=PIECE_ROWS)
    for piece in _pieces(found):
        since = _since(user, piece, on)
        for row in piece:
            values = iter(row[2:])
            of_this = since.get(row[0], {})
            yield tuple(
                of_this.get(_SINCE[name]) if own else next(values) for name, own in zip(names, held, strict=True)
            )


def _pieces(rows: Iterator[tuple]) -> Iterator[list[tuple]]:
    piece: list[tuple] = []
    for row in rows:
        piece.append(row)
        if len(piece) == PIECE_ROWS:
            yield piece
            piece = []
    if piece:
        yield piece


def _since(user, piece: list[tuple], on: date) -> dict[int, dict[str, date]]:
    """relation -> kind -> since when: of the administration where it is at home, else of the first one."""
    homes = {row[0]: row[1] for row in piece}
    held = (
        Standing.objects.visible_to(user)
        .filter(exported_books(user))
        .on(on)
        .filter(relation__in=list(homes))
        .order_by("pk")
        .values_list("relation_id", "kind", "administration_id", "valid_from")
    )
    found: dict[int, dict[str, date]] = {}
    for relation, kind, administration, since in held:
        of_this = found.setdefault(relation, {})
        if kind not in of_this or administration == homes[relation]:
            of_this[kind] = since
    return found


register(
    Kind(
        "relations",
        gettext_lazy("relations"),
        RELATION_COLUMNS,
        narrow_relations,
        read_relations,
        standard=(
            "number",
            "kind",
            "display_name",
            "given_name",
            "prefix",
            "family_name",
            "legal_name",
            "email",
            "phone",
            "mobile",
            "street",
            "house_number",
            "house_letter",
            "house_addition",
            "postcode",
            "city",
            "country",
        ),
        vcard=(
            "number",
            "kind",
            "display_name",
            "title_before",
            "initials",
            "given_name",
            "prefix",
            "family_name",
            "title_after",
            "email",
            "phone",
            "mobile",
            "website",
            "birth_date",
            *_ADDRESS,
        ),
    )
)
