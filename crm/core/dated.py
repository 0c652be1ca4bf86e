"""Dated rows: true from `valid_from` up to, not including, `valid_until`; an empty `valid_until` means "still"."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

# What has always been so as far as anybody knows: an import without a date
ALWAYS = date(1900, 1, 1)


class DatedQuerySet(models.QuerySet):
    def on(self, day: date):
        """Rows that are true on this day."""
        return self.filter(valid_from__lte=day).filter(models.Q(valid_until=None) | models.Q(valid_until__gt=day))

    def upcoming(self, day: date):
        """Rows that begin after this day."""
        return self.filter(valid_from__gt=day)

    def past(self, day: date):
        """Rows that are over on this day."""
        return self.filter(valid_until__lte=day)


class Dated(models.Model):
    valid_from = models.DateField(_("from"), help_text=_("The first day on which it is so."))
    valid_until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The first day on which it is no longer so. Empty: still.")
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
                name="%(app_label)s_%(class)s_dates",
                violation_error_message=_("The end must be later than the beginning."),
            )
        ]

    def is_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or self.valid_until > day)

    def when(self, day: date) -> str:
        """How it stands on this day: "now", "future" or "past". Time has a shape on every screen."""
        if self.valid_from > day:
            return "future"
        return "now" if self.is_on(day) else "past"


def refuse_overlap(model: type, changes, *, same: tuple[str, ...], parent: type, message: str) -> None:
    """Guard: no two rows that agree on the attributes `same` may be true on the same day.

    No constraint says this on both databases, so it is checked set-wise under a lock on the parents, whose
    key is the first of `same`. Raises ValidationError with `message` for the first pair found.
    """
    watched = {"valid_from", "valid_until", *same}
    ids = {c.pk for c in changes if c.after is not None and c.pk and watched & set(c.after)}
    new = [dict(c.after) for c in changes if c.after is not None and c.before is None]
    stored = models.QuerySet(model).filter(pk__in=ids).values("pk", "valid_from", "valid_until", *same)
    after = {c.pk: c.after for c in changes if c.pk}
    rows = [{**row, **{k: v for k, v in after[row["pk"]].items() if k in row}} for row in stored]
    rows += [{"pk": None, **{k: row.get(k) for k in ("valid_from", "valid_until", *same)}} for row in new]
    if not rows:
        return
    parents = {row[same[0]] for row in rows}
    if connection.features.has_select_for_update:  # on SQLite the transaction is the lock
        list(models.QuerySet(parent).filter(pk__in=parents).order_by("pk").select_for_update().values_list("pk"))
    others = (
        models.QuerySet(model)
        .filter(**{f"{same[0]}__in": parents})
        .exclude(pk__in=ids)
        .values("pk", "valid_from", "valid_until", *same)
    )
    by_key: dict[tuple, list[dict]] = {}
    for row in others:
        by_key.setdefault(tuple(row[name] for name in same), []).append(row)
    for row in rows:
        bucket = by_key.setdefault(tuple(row[name] for name in same), [])
        if any(_overlap(row, other) for other in bucket):
            raise ValidationError(message, code="overlap")
        bucket.append(row)


def _overlap(one, other) -> bool:
    return (other["valid_until"] is None or one["valid_from"] < other["valid_until"]) and (
        one["valid_until"] is None or other["valid_from"] < one["valid_until"]
    )
