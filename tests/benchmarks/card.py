"""The card of fifty relations with something under them, drawn by its own template: design/performance.md 6 and 12.

The limit reads the same in hand-written SQL, one statement per list and none more, into plain objects, and draws them
with the same template; the HTML of both has to be equal, letter by letter. Without the shell, and without what other
slices put on the card.
"""

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from types import SimpleNamespace

from django.db import connection
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from crm.access.queries import rights_of
from crm.access.rights import Right
from crm.core.models import Dated
from crm.relations import names
from crm.relations.card_queries import _STRUCTURE, GROUP_DEPTH, OTHER_DEPTH, TIES, by_shape
from crm.relations.models import (
    NAME_SOURCES,
    Address,
    BankAccount,
    Employment,
    FinancialRole,
    Identifier,
    Relation,
    Relationship,
    SocialProfile,
    Standing,
)
from crm.relations.models.contact import Sphere
from crm.relations.models.relation import Gender, Kind, LegalForm
from crm.relations.views.base import visible_relation
from crm.relations.views.card import drawn, overview
from tests.benchmarks.pages import DAY, columns, office, visible

CARDS = 50
RATIO = 5.5 if connection.vendor == "sqlite" else 3.0
QUERIES = 15 * CARDS
GROWTH = 1.5
LANGUAGES = dict(Relation._meta.get_field("language").flatchoices)
TEMPLATE = "relations/card_overview.html"
NO_SECTIONS = {"left": [], "middle": [], "right": [], "head": []}


@dataclass
class Work:
    user: object
    numbers: list[int]
    visible: str
    request: object


def prepare(size):
    user = office()
    busy = FinancialRole.objects.order_by("pk").values_list("relation_id", flat=True)[: CARDS // 2]
    tied = Relationship.objects.order_by("pk").values_list("from_relation_id", flat=True)[:CARDS]
    employed = Employment.objects.order_by("pk").values_list("organisation_id", "person_id")[:CARDS]
    ids = dict.fromkeys([*busy, *list(dict.fromkeys(tied))[: CARDS // 4], *(pk for pair in employed for pk in pair)])
    chosen = list(ids)[:CARDS]
    numbers = list(Relation.objects.filter(pk__in=chosen).order_by("pk").values_list("number", flat=True))
    request = RequestFactory().get(reverse("relations:list"))
    request.user, request.on, request.today, request.as_of, request.htmx = user, DAY, DAY, None, False
    return Work(user, numbers, visible(user), request)


def ours(work):
    return [draw(overview(work.request, visible_relation(work.request, number)), work) for number in work.numbers]


def draw(context, work):
    return get_template(TEMPLATE).render(context | {"sections": NO_SECTIONS}, work.request)


def limit(work):
    rights = rights_of(work.user)
    with connection.cursor() as cursor:
        return [draw(read(cursor, work, rights, number), work) for number in work.numbers]


def check(work, answer, best):
    assert len(answer) == CARDS
    for mine, theirs in zip(answer, best, strict=True):
        assert mine == theirs, next(
            (one, other) for one, other in zip(mine.split("\n"), theirs.split("\n"), strict=False) if one != other
        )
    drawn_rows = "".join(answer)
    assert drawn_rows.count('class="fact"') > 5 * CARDS
    assert drawn_rows.count('class="period"') > CARDS, "hardly anything has dates"
    assert drawn_rows.count('class="tree-node"') > CARDS // 4, "hardly anybody has ties"


# -------------------------------------------------------------------------------------------------- by hand


class Row(SimpleNamespace):
    when, is_on = Dated.when, Dated.is_on

    def __str__(self):
        return self.name


class RawRelation(SimpleNamespace):
    """The columns of a relation, and of its methods what the card asks."""

    @property
    def is_person(self):
        return self.kind == "person"

    @property
    def get_absolute_url(self):
        return f"/relations/{self.number}/"

    def get_gender_display(self):
        return str(Gender(self.gender).label)

    def get_legal_form_display(self):
        return str(LegalForm(self.legal_form).label)

    def get_language_display(self):
        return str(LANGUAGES[self.language])

    def get_kind_display(self):
        return str(Kind(self.kind).label)

    def salutation(self):
        fields = (*NAME_SOURCES, "gender", "salutation_formal", "salutation_informal")
        return names.salutation({name: getattr(self, name) for name in fields}, formal=True, language=self.language)


class RawAddress(Row):
    line, shown_postcode, __str__ = Address.line, Address.shown_postcode, Address.__str__


class RawAccount(Row):
    __str__ = BankAccount.__str__


OF_ONE = (
    ("emails", "relations_emailaddress", "id", Row),
    ("phones", "relations_phonenumber", "id", Row),
    ("profiles", "relations_socialprofile", "id", Row),
    ("identifiers", "relations_identifier", "id", Row),
    ("accounts", "relations_bankaccount", "main DESC, id", RawAccount),
    ("addresses", "relations_address", "valid_from DESC", RawAddress),
)
END = "id, kind, number, display_name, sort_key, administration_id"


def rows_of(cursor, sql, *params, make=Row):
    cursor.execute(sql, params)
    keys = ["pk" if column[0] == "id" else column[0] for column in cursor.description]
    return [make(**dict(zip(keys, values, strict=True))) for values in cursor.fetchall()]


def end(row, prefix):
    """A relation at the other end, from columns that were asked for with this prefix."""
    keys = [name.strip() for name in END.split(",")]
    values = {("pk" if key == "id" else key): getattr(row, prefix + key) for key in keys}
    return RawRelation(**values)


def ends(alias, prefix):
    return ", ".join(f"{alias}.{name.strip()} AS {prefix}{name.strip()}" for name in END.split(","))


def read(cursor, work, rights, number):
    [relation] = rows_of(
        cursor,
        f"SELECT r.*, a.name AS home FROM relations_relation r"
        f" JOIN administrations_administration a ON a.id = r.administration_id"
        f" WHERE r.number = %s AND {work.visible}",
        number,
        make=RawRelation,
    )
    relation.administration = relation.home
    uses = "SELECT administration_id FROM relations_relationuse WHERE relation_id = %s"
    where = [relation.administration_id, *(row[0] for row in columns(cursor, uses, relation.pk))]
    lists = {
        name: rows_of(
            cursor, f"SELECT * FROM {table} WHERE relation_id = %s ORDER BY {order} LIMIT 25", relation.pk, make=make
        )
        for name, table, order, make in OF_ONE
    }
    name_choices(lists)
    lists["addresses"] = by_shape(lists["addresses"], DAY)
    lists["employments"] = by_shape(employments(cursor, work, relation), DAY)
    lists["ties"] = by_shape(ties(cursor, work, relation), DAY)
    lists["roles"] = by_shape(roles(cursor, work, relation), DAY)
    lists["standings"] = by_shape(standings(cursor, relation), DAY)
    may = rights.changeable(Relation, where)
    context = {
        "on": DAY,
        "as_of": None,
        "where": where,
        "rights": rights,
        "readable": rights.readable(Relation, where),
        "changeable": may,
        "may_change": bool(may),
        "sees_financial": rights.has(Right.FINANCIAL_VIEW, where),
        "sees_special": rights.has(Right.SPECIAL_VIEW, where),
        "may_change_financial": rights.has(Right.FINANCIAL_CHANGE, where),
        "may_delete": rights.has(Right.RELATIONS_DELETE, where[:1]),
    }
    more = {"uses": None, "same_human": humans(cursor, relation) if relation.is_person else []}
    return context | drawn(relation, lists, context, None, today=DAY) | more


def name_choices(lists):
    for row in (*lists["emails"], *lists["phones"]):
        row.get_sphere_display = lambda row=row: str(Sphere(row.sphere).label)
    for row in lists["profiles"]:
        row.get_network_display = lambda row=row: str(SocialProfile.Network(row.network).label)
    for row in lists["identifiers"]:
        row.get_kind_display = lambda row=row: str(Identifier.Kind(row.kind).label)


def employments(cursor, work, relation):
    side = "person_id" if relation.is_person else "organisation_id"
    found = rows_of(
        cursor,
        f"SELECT e.*, {ends('p', 'p_')}, {ends('o', 'o_')} FROM relations_employment e"
        " JOIN relations_relation p ON p.id = e.person_id JOIN relations_relation o ON o.id = e.organisation_id"
        f" WHERE e.{side} = %s ORDER BY e.first_contact DESC, e.valid_from DESC LIMIT 25",
        relation.pk,
    )
    for row in found:
        row.person, row.organisation = end(row, "p_"), end(row, "o_")
    return found


def ties(cursor, work, relation):
    pk = relation.pk
    found = rows_of(
        cursor,
        f"SELECT t.*, y.structure, y.symmetric, y.name AS y_name, y.reverse_name, {ends('f', 'f_')}, {ends('o', 'o_')}"
        " FROM relations_relationship t JOIN relations_relationshiptype y ON y.id = t.type_id"
        " JOIN relations_relation f ON f.id = t.from_relation_id JOIN relations_relation o ON o.id = t.to_relation_id"
        f" WHERE t.id IN ({_STRUCTURE}) ORDER BY t.valid_from DESC, t.id",
        *(pk, pk, pk, pk, GROUP_DEPTH, OTHER_DEPTH, TIES),
    )
    for row in found:
        row.from_relation, row.to_relation = end(row, "f_"), end(row, "o_")
        row.type = Row(
            structure=row.structure, symmetric=row.symmetric, name=row.y_name, reverse_name=row.reverse_name
        )
    return found


def roles(cursor, work, relation):
    found = rows_of(
        cursor,
        "SELECT r.*, a.name AS home, n.number AS book_number, m.amount, m.read_at, u.first_name, u.last_name,"
        " u.username FROM relations_financialrole r"
        " JOIN administrations_administration a ON a.id = r.administration_id"
        " JOIN relations_financialnumber n ON n.id = r.number_id"
        " LEFT JOIN relations_openamount m ON m.role_id = r.id LEFT JOIN access_user u ON u.id = r.set_by_id"
        " WHERE r.relation_id = %s ORDER BY r.id LIMIT 25",
        relation.pk,
    )
    for row in found:
        row.administration, row.number = row.home, row.book_number
        row.get_kind_display = FinancialRole.Kind(row.kind).label
        row.get_cause_display = FinancialRole.Cause(row.cause).label
        row.set_at = in_time(row.set_at)
        row.open_amount = None
        if row.amount is not None:
            row.open_amount = Row(amount=Decimal(str(row.amount)), read_at=in_time(row.read_at))
        row.set_by = f"{row.first_name} {row.last_name}".strip() or row.username if row.set_by_id else None
    return found


def in_time(moment):
    """SQLite gives moments without a time zone: UTC."""
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=UTC)


def standings(cursor, relation):
    found = rows_of(
        cursor,
        "SELECT s.*, a.name AS home FROM relations_standing s JOIN administrations_administration a"
        " ON a.id = s.administration_id WHERE s.relation_id = %s ORDER BY s.id LIMIT 25",
        relation.pk,
    )
    for row in found:
        row.administration, row.get_kind_display = row.home, Standing.Kind(row.kind).label
    return found


def humans(cursor, relation):
    """The other records of this human, one step far."""
    return rows_of(
        cursor,
        f"SELECT {', '.join('r.' + name.strip() for name in END.split(','))} FROM relations_relation r WHERE r.id IN"
        " (SELECT CASE WHEN e.person_id = %s THEN e.main_contact_id ELSE e.person_id END FROM relations_employment e"
        "  WHERE e.main_contact_id IS NOT NULL AND (e.person_id = %s OR e.main_contact_id = %s)) AND r.id <> %s"
        " ORDER BY r.sort_key, r.id",
        *(relation.pk,) * 4,
        make=RawRelation,
    )
