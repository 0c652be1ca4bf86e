"""What the benchmarks of pages share: who looks, on which day, and the ways of Django that cost nothing to skip.

No subject itself: `list_page`, `deep_page` and `card` are.
"""

from datetime import date

from crm.access.models import User
from crm.administrations.models import Administration
from tests.factories.relations import user_in

DAY = date.today()  # noqa: DTZ011  demo_data made its careers around the day of the run


def office() -> User:
    """Somebody with every right where the data lies, as the office has; not a superuser, who sees without asking."""
    return User.objects.filter(username="bench").first() or user_in(*Administration.objects.all(), username="bench")


def columns(cursor, sql: str, *params) -> list[tuple]:
    cursor.execute(sql, params)
    return cursor.fetchall()


# what a user may see, as one writes it by hand: the ids of the administrations were read before
VISIBLE = (
    "(r.administration_id IN ({homes})"
    " OR r.id IN (SELECT relation_id FROM relations_relationuse WHERE administration_id IN ({homes})))"
)


def visible(user) -> str:
    homes = ", ".join(str(pk) for pk in user.grants.values_list("administration_id", flat=True))
    return VISIBLE.format(homes=homes)
