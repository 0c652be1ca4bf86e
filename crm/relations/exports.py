"""A list of relations as rows of a spreadsheet, with only what the reader may read of each."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from django.db.models import Prefetch, QuerySet
from django.utils.text import capfirst

from crm.access.queries import rights_of
from crm.core.field_classes import PUBLIC
from crm.relations.models import Address, BankAccount, FinancialRole, Standing
from crm.relations.spreadsheet import COLUMNS

CHUNK = 1_000


def export_rows(relations: QuerySet, user, *, on: date) -> tuple[list[str], Iterator[list[object]]]:
    """Headings in the reader's language, and the rows; six queries a thousand relations.

    `relations` is already `visible_to(user)`. Columns of a class that the user reads nowhere are left out; in the
    rows of an administration where they do not read it, the cell is empty. Debtor: on that day, of an
    administration where the user may see that.
    """
    rights = rights_of(user)
    anywhere = rights.readable_classes(rights.administrations()) | {PUBLIC}
    columns = [column for column in COLUMNS if column.field_class in anywhere]
    visiting = Address.objects.visible_to(user).filter(kind=Address.Kind.VISITING).on(on)
    rows = relations.prefetch_related(None).prefetch_related(
        "uses",
        Prefetch("addresses", visiting, to_attr="visiting"),
        Prefetch("bank_accounts", BankAccount.objects.visible_to(user).filter(main=True), to_attr="main_accounts"),
        Prefetch("standings", Standing.objects.visible_to(user).on(on), to_attr="held"),
        Prefetch("financial_roles", FinancialRole.objects.visible_to(user).debtors(on), to_attr="as_debtor"),
    )
    headings = [str(capfirst(str(column.title))) for column in columns]
    return headings, _cells(rows, columns, rights)


def _cells(rows, columns, rights) -> Iterator[list[object]]:
    source = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(source, CHUNK)):
        for relation in chunk:
            where = {relation.administration_id, *(use.administration_id for use in relation.uses.all())}
            classes = rights.readable_classes(where)
            yield [_cell(relation, column) if column.field_class in classes else "" for column in columns]


def _since(relation, kind: str) -> str:
    """Of the administration where it is at home, else of the first the reader sees."""
    held = [standing for standing in relation.held if standing.kind == kind]
    held.sort(key=lambda one: (one.administration_id != relation.administration_id, one.pk))
    return _day(held[0].valid_from) if held else ""


def _day(day: date | None) -> str:
    return day.strftime("%d-%m-%Y") if day else ""


def _cell(relation, column):
    address = relation.visiting[0] if relation.visiting else None
    match column.name:
        case "debtor":
            return "ja" if relation.as_debtor else "nee"
        case "iban":
            return relation.main_accounts[0].iban if relation.main_accounts else ""
        case "house_number":
            return f"{address.house_number or ''}{address.house_letter}" if address else ""
        case "member_since" | "client_since":
            return _since(relation, column.name.removesuffix("_since"))
        case "postcode":
            return address.shown_postcode if address else ""
        case name if column.part:
            return getattr(address, name) if address else ""
        case "birth_date":
            return _day(relation.birth_date)
        case name:
            return getattr(relation, name)
