"""Who looked at a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from crm.audit.models import Look

PAGE = 50


@dataclass(frozen=True)
class LookPage:
    """`older`: pass it as `before`, "" at the end."""

    looks: list[Look]
    older: str = ""


def looks_at(record: models.Model, user, *, before: str = "", until: datetime | None = None) -> LookPage:
    """Who opened the card, newest first, as far as this user may know; one query. A cursor that makes no sense: the
    newest."""
    rows = Look.objects.of(record).visible_to(user).select_related("user").order_by("-at", "-id")
    if until is not None:
        rows = rows.filter(at__lt=until)
    if (mark := _mark(before)) is not None:
        when, pk = mark
        rows = rows.filter(Q(at__lte=when) & (Q(at__lt=when) | Q(pk__lt=pk)))
    found = list(rows[: PAGE + 1])
    page = found[:PAGE]
    return LookPage(page, f"{page[-1].at.isoformat()}_{page[-1].pk}" if len(found) > PAGE else "")


def _mark(cursor: str) -> tuple[datetime, int] | None:
    moment, _line, pk = cursor.rpartition("_")
    try:
        when, key = datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None
    return (when, key) if timezone.is_aware(when) else None
