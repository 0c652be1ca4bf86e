"""What the database needs every night."""

from datetime import time

from django.db import connection

from crm.core.schedules import daily


@daily(at=time(4, 0))
def analyze() -> None:
    """Let the database count anew what its planner goes by (design/performance.md 1). Also after a large import."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
