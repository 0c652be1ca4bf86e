"""What hangs under relations as rows, under the numbers of their relations; past and planned ones too."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from crm.access.rights import Right
from crm.access.rules import under
from crm.core.field_classes import FINANCIAL, SPECIAL
from crm.exchange.columns import Column
from crm.exchange.kinds import Kind, register
from crm.relations.exchange.relations import ADDRESS_COLUMNS, PIECE_ROWS
from crm.relations.exchange.subjects import exportable, exported_books
from crm.relations.models import Address, BankAccount, Employment, FinancialRole, Relationship


def _reader(reads: dict[str, str]):
    """A `read` of a kind whose columns are all in one query: name -> where it is read, when that is elsewhere."""

    def read(user, chosen: QuerySet, *, on: date, columns) -> Iterator[tuple]:
        names = [reads.get(column.name, column.name) for column in columns]
        return chosen.values_list(*names).iterator(chunk_size=PIECE_ROWS)

    return read


def _keys(relations: QuerySet) -> QuerySet:
    return relations.order_by().values("pk")


def narrow_employments(user, relations: QuerySet, *, on: date) -> QuerySet:
    """Of these persons, and at these organisations; past and planned ones too. Both ends may be taken out."""
    rows = Employment.objects.visible_to(user, on)
    rows = rows.filter(Q(person__in=_keys(relations)) | Q(organisation__in=_keys(relations)))
    for end in ("person", "organisation"):
        rows = rows.filter(under(end, exportable(user)))
    return rows.order_by("person__sort_key", "person_id", "valid_from", "pk")


def narrow_relationships(user, relations: QuerySet, *, on: date) -> QuerySet:
    rows = Relationship.objects.visible_to(user, on)
    rows = rows.filter(Q(from_relation__in=_keys(relations)) | Q(to_relation__in=_keys(relations)))
    for end in ("from_relation", "to_relation"):
        rows = rows.filter(under(end, exportable(user)))
    return rows.order_by("from_relation__sort_key", "from_relation_id", "valid_from", "pk")


def narrow_addresses(user, relations: QuerySet, *, on: date) -> QuerySet:
    rows = Address.objects.visible_to(user, on).filter(relation__in=_keys(relations))
    return rows.order_by("relation__sort_key", "relation_id", "valid_from", "kind", "pk")


def narrow_bank_accounts(user, relations: QuerySet, *, on: date) -> QuerySet:
    """Of relations in an administration where this user both takes lists out and sees bank accounts."""
    rows = BankAccount.objects.visible_to(user, on).filter(relation__in=_keys(relations))
    rows = rows.filter(under("relation", exportable(user, Right.FINANCIAL_VIEW)))
    return rows.order_by("relation__sort_key", "relation_id", "pk")


def narrow_financial_roles(user, relations: QuerySet, *, on: date) -> QuerySet:
    """Roles in the administrations where this user both takes lists out and sees debtors and creditors."""
    rows = FinancialRole.objects.visible_to(user, on).filter(relation__in=_keys(relations))
    rows = rows.filter(exported_books(user, Right.FINANCIAL_VIEW))
    return rows.order_by("relation__sort_key", "relation_id", "administration_id", "kind", "valid_from", "pk")


_VALID = (
    Column("valid_from", gettext_lazy("from"), "date"),
    Column("valid_until", gettext_lazy("until"), "date"),
)
_WHO = (
    Column("number", gettext_lazy("number"), "whole"),
    Column("display_name", gettext_lazy("name"), read_only=True),
)
_WHO_READS = {"number": "relation__number", "display_name": "relation__display_name"}

register(
    Kind(
        "employments",
        gettext_lazy("employments"),
        (
            Column("person_number", gettext_lazy("number of the person"), "whole"),
            Column("person", gettext_lazy("person"), read_only=True),
            Column("organisation_number", gettext_lazy("number of the organisation"), "whole"),
            Column("organisation", gettext_lazy("organisation"), read_only=True),
            Column("function", gettext_lazy("function")),
            Column("department", gettext_lazy("department")),
            Column("email", gettext_lazy("work e-mail")),
            Column("phone", gettext_lazy("work phone"), "phone"),
            Column("mobile", gettext_lazy("work mobile"), "phone"),
            Column("address_choice", gettext_lazy("post goes to")),
            Column("first_contact", gettext_lazy("first contact of the organisation"), "yes_no"),
            *_VALID,
            Column("end_reason", gettext_lazy("reason of ending")),
        ),
        narrow_employments,
        _reader(
            {
                "person_number": "person__number",
                "person": "person__display_name",
                "organisation_number": "organisation__number",
                "organisation": "organisation__display_name",
            }
        ),
    )
)
register(
    Kind(
        "relationships",
        gettext_lazy("relationships"),
        (
            Column("from_number", gettext_lazy("number of the first"), "whole"),
            Column("from_name", gettext_lazy("the first"), read_only=True),
            Column("type", gettext_lazy("relationship type")),
            Column("to_number", gettext_lazy("number of the second"), "whole"),
            Column("to_name", gettext_lazy("the second"), read_only=True),
            Column("percentage", gettext_lazy("share"), "amount", SPECIAL),
            Column("remarks", gettext_lazy("remarks")),
            *_VALID,
        ),
        narrow_relationships,
        _reader(
            {
                "from_number": "from_relation__number",
                "from_name": "from_relation__display_name",
                "type": "type__name",
                "to_number": "to_relation__number",
                "to_name": "to_relation__display_name",
            }
        ),
    )
)
register(
    Kind(
        "addresses",
        gettext_lazy("addresses"),
        (
            *_WHO,
            Column("kind", gettext_lazy("kind")),
            Column("attention", gettext_lazy("for the attention of")),
            *ADDRESS_COLUMNS,
            *_VALID,
        ),
        narrow_addresses,
        _reader(_WHO_READS),
    )
)
register(
    Kind(
        "bank_accounts",
        gettext_lazy("bank accounts"),
        (
            *_WHO,
            Column("iban", gettext_lazy("IBAN"), field_class=FINANCIAL),
            Column("bic", gettext_lazy("BIC"), field_class=FINANCIAL),
            Column("holder", gettext_lazy("account holder"), field_class=FINANCIAL),
            Column("main", gettext_lazy("main account"), "yes_no", FINANCIAL),
        ),
        narrow_bank_accounts,
        _reader(_WHO_READS),
        right=Right.FINANCIAL_VIEW,
        guarded=frozenset({FINANCIAL}),
    )
)
register(
    Kind(
        "financial_roles",
        gettext_lazy("financial roles"),
        (
            *_WHO,
            Column("administration", gettext_lazy("administration"), field_class=FINANCIAL),
            Column("kind", gettext_lazy("role"), field_class=FINANCIAL),
            Column("books_number", gettext_lazy("number in the books"), "whole", FINANCIAL),
            Column("payment_term_days", gettext_lazy("payment term in days"), "whole", FINANCIAL),
            Column("reminders", gettext_lazy("send reminders"), "yes_no", FINANCIAL),
            Column("iban", gettext_lazy("bank account"), field_class=FINANCIAL),
            Column("valid_from", gettext_lazy("from"), "date", FINANCIAL),
            Column("valid_until", gettext_lazy("until"), "date", FINANCIAL),
        ),
        narrow_financial_roles,
        _reader(
            {
                **_WHO_READS,
                "administration": "administration__name",
                "books_number": "number__number",
                "iban": "bank_account__iban",
            }
        ),
        right=Right.FINANCIAL_VIEW,
        guarded=frozenset({FINANCIAL}),
    )
)
