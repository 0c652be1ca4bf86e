"""Debtors and creditors: from relations and their roles to what a bookkeeping needs to know."""

from collections import defaultdict

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.access.rights import Right
from crm.relations.models import Address, BankAccount, FinancialNumber, FinancialRole, Identifier, Kind, Relation
from integrations.finance.payloads import FinancialParty, PostalAddress
from integrations.hub.registry import channel, topic

PARTY = "party"
REFERENCE = "CRM-{number}"
DATES = ("valid_from", "valid_until")

channel(
    "finance",
    title=_("Bookkeeping"),
    icon="euro",
    kinds={"debtor": _("Debtors"), "creditor": _("Creditors"), "open_amounts": _("Open amounts")},
)


def in_whose_books():
    """(relation id, administration id) of everybody who is, was or will be debtor or creditor there."""
    return FinancialRole.objects.values_list("relation_id", "administration_id")


def why_told(relation_id, *, administrations, on):
    """administration id → "Debtor since 01-03-2020", of those in which the relation is debtor or creditor on that day.

    One query.
    """
    roles = (
        FinancialRole.objects.filter(relation_id=relation_id, administration_id__in=administrations)
        .on(on)
        .order_by("valid_from", "pk")
    )
    said = defaultdict(list)
    for role in roles:
        what = {"role": role.get_kind_display().capitalize(), "day": f"{role.valid_from:%d-%m-%Y}"}
        said[role.administration_id].append(gettext("%(role)s since %(day)s") % what)
    return {administration_id: ", ".join(sentences) for administration_id, sentences in said.items()}


@topic(
    name=PARTY,
    channel="finance",
    payload=FinancialParty,
    model=Relation,
    parts=("party", "debtor", "creditor"),
    watches={
        Relation: "pk",
        Address: "relation_id",
        BankAccount: "relation_id",
        Identifier: "relation_id",
        FinancialRole: "relation_id",
        FinancialNumber: "relation_id",
    },
    dates={Address: DATES, FinancialRole: DATES},
    books=in_whose_books,
    read_right=Right.FINANCIAL_VIEW,
    why=why_told,
    joins=_("Make this relation a debtor or creditor of the administration, and it is told by itself."),
    leaves=_("It stops when both roles end."),
)
def parties(relation_ids, *, connection, on):
    """{relation id: FinancialParty} of those that are debtor or creditor in the connection's administration on that
    day; five queries, however many. Who is neither (any more) is left out."""
    roles = _grouped(
        FinancialRole.objects.filter(
            relation_id__in=relation_ids, administration_id=connection.administration_id, valid_from__lte=on
        )
        .select_related("number", "bank_account", "billing_address")
        .order_by("valid_from", "pk")
    )
    now = {pk: rows for pk, rows in roles.items() if any(role.is_on(on) for role in rows)}
    addresses = _grouped(Address.objects.filter(relation_id__in=now).on(on).order_by("pk"))
    accounts = _grouped(BankAccount.objects.filter(relation_id__in=now, main=True))
    identifiers = _grouped(Identifier.objects.filter(relation_id__in=now))
    relations = Relation.objects.filter(pk__in=now).only(
        "number", "kind", "display_name", "email", "phone", "mobile", "website", "language"
    )
    return {
        relation.pk: _party(
            relation,
            now[relation.pk],
            {address.kind: address for address in addresses[relation.pk]},
            next(iter(accounts[relation.pk]), None),
            {row.kind: row.value for row in identifiers[relation.pk]},
            on,
        )
        for relation in relations
    }


def _grouped(rows):
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.relation_id].append(row)
    return grouped


def _party(relation, roles, addresses, main_account, identifiers, on):
    debtor = _role_of(roles, FinancialRole.Kind.DEBTOR, on)
    creditor = _role_of(roles, FinancialRole.Kind.CREDITOR, on)
    going_on = [role for role in (debtor, creditor) if role is not None and role.is_on(on)]
    account = next((role.bank_account for role in going_on if role.bank_account), main_account)
    visiting = addresses.get(Address.Kind.VISITING)
    billing = next((role.billing_address for role in going_on if role.billing_address), None)
    billing = billing or addresses.get(Address.Kind.BILLING) or addresses.get(Address.Kind.POSTAL)
    return FinancialParty(
        reference=REFERENCE.format(number=relation.number),
        name=relation.display_name,
        number=str(going_on[0].number.number),
        is_person=relation.kind == Kind.PERSON,
        **_side("debtor", debtor, on),
        **_side("creditor", creditor, on),
        visiting=_postal(visiting),
        billing=None if billing == visiting else _postal(billing),
        email=relation.email,
        phone=relation.phone or relation.mobile,
        website=relation.website,
        language=relation.language,
        vat_number=identifiers.get(Identifier.Kind.VAT, ""),
        kvk=identifiers.get(Identifier.Kind.KVK, ""),
        rsin=identifiers.get(Identifier.Kind.RSIN, ""),
        oin=identifiers.get(Identifier.Kind.OIN, ""),
        iban=account.iban if account else "",
        bic=account.bic if account else "",
        iban_holder=account.holder if account else "",
    )


def _role_of(roles, kind, on):
    """The role of that kind on the day, else the last one that was; None when there never was one."""
    of_kind = [role for role in roles if role.kind == kind]
    return next((role for role in of_kind if role.is_on(on)), of_kind[-1] if of_kind else None)


def _side(name, role, on):
    is_so = role is not None and role.is_on(on)
    return {
        f"is_{name}": is_so,
        f"{name}_since": role.valid_from if is_so else None,
        f"{name}_ended": role is not None and not is_so,
        f"{name}_payment_term_days": role.payment_term_days if is_so else None,
    }


def _postal(address):
    if address is None:
        return None
    lines = tuple(line for line in (address.line(), address.attention) if line)
    return PostalAddress(lines, address.shown_postcode, address.city, address.country)
