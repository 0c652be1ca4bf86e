"""The first page of the list: 50 relations with city, work and roles, drawn by the list's own template.

design/performance.md 6 and 12. The limit asks the same in hand-written SQL and draws it with the same template.
Queries: the rows, the count up to 1,001, and one each for city, work, roles and the couplings' column; the design
counts four, from before roles and couplings stood in the list.
"""

from dataclasses import dataclass
from types import SimpleNamespace

from django.db import connection
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse

from crm.relations.models import FinancialRole
from crm.relations.queries import PAGE_SIZE, Filters, Page, Row, relation_page
from tests.benchmarks.pages import DAY, columns, office, visible

RATIO = 2.5
QUERIES = 6
GROWTH = 1.5
TEMPLATE = "relations/_list.html"
ROW = "r.id, r.kind, r.number, r.display_name, r.email, r.phone, r.mobile, r.ended_on, r.deceased_on"
ACTIVE = "(r.ended_on IS NULL OR r.ended_on > %s) AND (r.deceased_on IS NULL OR r.deceased_on > %s)"


@dataclass
class Work:
    user: object
    visible: str
    request: object
    after: str = ""
    # (sort key, id) of the row before the page, for the limit
    last: tuple | None = None


def prepare(size):
    user = office()
    request = RequestFactory().get(reverse("relations:list"))
    request.user = user
    return Work(user, visible(user), request)


def ours(work):
    page = relation_page(work.user, Filters(), on=DAY, after=work.after)
    draw(page, work)
    return [(row.relation.pk, row.city, row.work, row.roles) for row in page.rows], page.count


def draw(page, work):
    context = {
        "page": page,
        "filters": Filters(),
        "last": len(page.rows),
        "next_url": page.next,
        "previous_url": page.previous,
        "columns": [],
        "default_order": "name",
        "sees_roles": True,
        "size": PAGE_SIZE,
    }
    return get_template(TEMPLATE).render(context, work.request)


def limit(work):
    with connection.cursor() as cursor:
        where, params = f"{work.visible} AND {ACTIVE}", (DAY, DAY)
        counted = columns(
            cursor, f"SELECT COUNT(*) FROM (SELECT 1 FROM relations_relation r WHERE {where} LIMIT 1001) c", *params
        )[0][0]
        beyond = ""
        if work.last:
            beyond, params = " AND (r.sort_key, r.id) > (%s, %s)", (*params, *work.last)
        rows = columns(
            cursor,
            f"SELECT {ROW} FROM relations_relation r WHERE {where}{beyond} ORDER BY r.sort_key, r.id LIMIT 51",
            *params,
        )[:PAGE_SIZE]
        page = Page([row_of(values) for values in rows], count=min(counted, 1000), more=counted > 1000)
        details(cursor, page, ", ".join(str(values[0]) for values in rows))
    draw(page, work)
    return [(row.relation.pk, row.city, row.work, row.roles) for row in page.rows], page.count


def row_of(values) -> Row:
    names = ("pk", "kind", "number", "display_name", "email", "phone", "mobile", "ended_on", "deceased_on")
    relation = SimpleNamespace(**dict(zip(names, values, strict=True)))
    relation.is_person = relation.kind == "person"
    relation.get_absolute_url = f"/relations/{relation.number}/"
    return Row(relation)


def details(cursor, page: Page, ids: str) -> None:
    """City, work and roles of these ids."""
    on = "valid_from <= %s AND (valid_until IS NULL OR valid_until > %s)"
    by_id = {row.relation.pk: row for row in page.rows}
    for pk, city in columns(
        cursor,
        f"SELECT relation_id, city FROM relations_address WHERE relation_id IN ({ids}) AND {on}"
        " AND kind IN ('postal', 'visiting') ORDER BY kind",
        DAY,
        DAY,
    ):
        by_id[pk].city = city
    for pk, function, employer in columns(
        cursor,
        "SELECT e.person_id, e.function, o.display_name FROM relations_employment e"
        f" JOIN relations_relation o ON o.id = e.organisation_id WHERE e.person_id IN ({ids})"
        f" AND e.{on.replace('(valid', '(e.valid').replace('OR valid', 'OR e.valid')}"
        " ORDER BY e.first_contact DESC, e.valid_from",
        DAY,
        DAY,
    ):
        by_id[pk].work = by_id[pk].work or ", ".join(filter(None, (function, employer)))
    for pk, kind in columns(
        cursor,
        f"SELECT DISTINCT relation_id, kind FROM relations_financialrole WHERE relation_id IN ({ids}) AND {on}"
        " ORDER BY kind",
        DAY,
        DAY,
    ):
        by_id[pk].roles.append(FinancialRole.Kind(kind).label)


def check(work, answer, best):
    assert answer == best
    assert len(answer[0]) == PAGE_SIZE
    assert sum(bool(row[1]) for row in answer[0]) > PAGE_SIZE // 2, "hardly anybody lives anywhere"
