"""The first page of the list: 50 relations with city, work and roles, drawn by the list's own template.

design/performance.md 6 and 12. The limit asks the same in hand-written SQL and draws it with the same cells and the
same template. Queries: the rows, the count up to 1,001, and one each for city, work, roles and the couplings' column;
the design counts four, from before roles and couplings stood in the list.
"""

from dataclasses import dataclass

from django.db import connection
from django.http import QueryDict
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import gettext

from crm.relations.listing import asked, columns
from crm.relations.listing.page import Page, relation_page
from crm.relations.models import FinancialRole
from tests.benchmarks import pages
from tests.benchmarks.pages import DAY, office, visible

RATIO = 2.5
QUERIES = 6
GROWTH = 1.5
SIZE = asked.STANDARD_SIZE
TEMPLATE = "relations/_list.html"
NAMES = ("pk", "kind", "number", "display_name", "ended_on", "deceased_on", "email", "phone", "mobile")
ROW = "r.id, r.kind, r.number, r.display_name, r.ended_on, r.deceased_on, r.email, r.phone, r.mobile"
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
    page = relation_page(work.user, asked.read(work.user, QueryDict(f"after={work.after}")), on=DAY)
    return drawn(page, work)


def drawn(page, work):
    context = {
        "page": page,
        "asked": asked.Asked(),
        "last": len(page.rows),
        "next_url": page.next,
        "previous_url": page.previous,
        "heads": [{"label": column.label} for column in page.columns],
        "may_pick": True,
    }
    html = get_template(TEMPLATE).render(context, work.request)
    return [(row.pk, row.found["addresses"][:1], row.found["work"], row.found["roles"]) for row in page.rows], (
        page.count,
        html.count("<td"),
    )


def limit(work):
    with connection.cursor() as cursor:
        where, params = f"{work.visible} AND {ACTIVE}", (DAY, DAY)
        counted = pages.columns(
            cursor, f"SELECT COUNT(*) FROM (SELECT 1 FROM relations_relation r WHERE {where} LIMIT 1001) c", *params
        )[0][0]
        beyond = ""
        if work.last:
            beyond, params = " AND (r.sort_key, r.id) > (%s, %s)", (*params, *work.last)
        found = pages.columns(
            cursor,
            f"SELECT {ROW} FROM relations_relation r WHERE {where}{beyond} ORDER BY r.sort_key, r.id LIMIT 51",
            *params,
        )[:SIZE]
        rows = [columns.Row(dict(zip(NAMES, values, strict=True)), f"/relations/{values[2]}/") for values in found]
        offered = columns.offered_to(work.user)
        page = Page(rows, columns.chosen(offered, ()), count=min(counted, 1000), more=counted > 1000)
        details(cursor, page, ", ".join(str(values[0]) for values in found))
    columns.draw(page.rows, page.columns)
    return drawn(page, work)


def details(cursor, page: Page, ids: str) -> None:
    """City, work, roles and the state in the bookkeeping of these ids."""
    on = "valid_from <= %s AND (valid_until IS NULL OR valid_until > %s)"
    by_id = {row.pk: row for row in page.rows}
    for row in page.rows:
        row.found = {"addresses": "", "work": "", "roles": "", "panel books": ""}
    for pk, *address in pages.columns(
        cursor,
        f"SELECT relation_id, city, postcode, country FROM relations_address WHERE relation_id IN ({ids}) AND {on}"
        " AND kind IN ('postal', 'visiting') ORDER BY kind",
        DAY,
        DAY,
    ):
        by_id[pk].found["addresses"] = tuple(address)
    for pk, function, employer in pages.columns(
        cursor,
        "SELECT e.person_id, e.function, o.display_name FROM relations_employment e"
        f" JOIN relations_relation o ON o.id = e.organisation_id WHERE e.person_id IN ({ids})"
        f" AND e.{on.replace('(valid', '(e.valid').replace('OR valid', 'OR e.valid')}"
        " ORDER BY e.first_contact DESC, e.valid_from",
        DAY,
        DAY,
    ):
        by_id[pk].found["work"] = by_id[pk].found["work"] or ", ".join(filter(None, (function, employer)))
    held = {}
    for pk, kind in pages.columns(
        cursor,
        f"SELECT DISTINCT relation_id, kind FROM relations_financialrole WHERE relation_id IN ({ids}) AND {on}"
        " ORDER BY kind",
        DAY,
        DAY,
    ):
        held.setdefault(pk, []).append(str(FinancialRole.Kind(kind).label))
    for pk, kinds in held.items():
        by_id[pk].found["roles"] = kinds[0] if len(kinds) == 1 else gettext("deb. and cred.")


def check(work, answer, best):
    assert answer == best
    rows, (_count, cells) = answer
    assert len(rows) == SIZE
    assert cells > SIZE * 8, "the cells were not drawn"
    assert sum(bool(row[1]) for row in rows) > SIZE // 2, "hardly anybody lives anywhere"
