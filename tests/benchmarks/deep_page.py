"""A page deep in the list, at 99 of every 100 relations: keyset paging, so as fast as the first (performance.md 6)."""

from crm.relations.listing.orders import encode
from crm.relations.models import Relation
from tests.benchmarks import list_page
from tests.benchmarks.list_page import check, limit, ours  # noqa: F401  the same work, further on
from tests.benchmarks.pages import DAY

RATIO = 6
QUERIES = 6
GROWTH = 1.5


def prepare(size):
    work = list_page.prepare(size)
    rows = Relation.objects.visible_to(work.user).active(DAY).sorted()
    deep = rows.count() * 98 // 100
    last = rows[deep]
    work.after, work.last = encode((last.sort_key, last.pk)), (last.sort_key, last.pk)
    return work
