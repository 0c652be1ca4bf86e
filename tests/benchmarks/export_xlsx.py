"""The list of relations to xlsx, as the product writes it; see `exporting`."""

from tests.benchmarks import exporting
from tests.benchmarks.exporting import check, limit, prepare

__all__ = ["check", "limit", "prepare"]

RATIO = 3
QUERIES = 3
GROWTH = 12
MEMORY_MB = 40


def ours(work):
    return exporting.written(work, "xlsx")
