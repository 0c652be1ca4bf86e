"""Pages by key: a cursor holds the sort key and the id of the last row, signed, of one list in one order."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.core.api.problems import Problem

STANDARD_LIMIT, MOST = 50, 200
LONGEST_CURSOR = 2_000


def limit_of(given: str | None) -> int:
    """How many rows a page has. Raises Problem when it is no number from 1 to 200."""
    if given is None:
        return STANDARD_LIMIT
    if not (given.isascii() and given.isdecimal() and len(given) < 4 and 1 <= int(given) <= MOST):
        raise Problem("bad_parameter", _("limit is a whole number from 1 to %(most)d.") % {"most": MOST})
    return int(given)


def seal(values: list[Any], *, of: str) -> str:
    """`of` names the list and its order; a cursor of another one is refused."""
    return signing.dumps(values, salt=f"api cursor {of}")


def unseal(cursor: str, *, of: str) -> list[Any]:
    """The values that were sealed. Raises Problem for a cursor that somebody made up or took from another list."""
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise signing.BadSignature
        return signing.loads(cursor, salt=f"api cursor {of}")
    except (signing.BadSignature, ValueError) as wrong:
        raise Problem("bad_cursor", _("Begin again without a cursor.")) from wrong


def beyond(columns: tuple[str, ...], values: list[Any], *, down: bool) -> Q:
    """The rows after the cursor, written so that an index is used: `a >= x AND (a > x OR b > y)`."""
    past, at_most = ("lt", "lte") if down else ("gt", "gte")
    first, *rest = columns
    if not rest:
        return Q(**{f"{first}__{past}": values[0]})
    further = Q(**{f"{first}__{past}": values[0]}) | beyond(tuple(rest), values[1:], down=down)
    return Q(**{f"{first}__{at_most}": values[0]}) & further
