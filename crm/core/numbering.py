"""Numbers that people use: given out once, in order, never again."""

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _


class NumberSeries(models.Model):
    """A counter. `next` is the number that comes out next; the row is the lock."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    next = models.BigIntegerField(_("next number"), default=10001)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return f"{self.name}: {self.next}"


def take(series: str, count: int = 1, *, start: int = 10001) -> int:
    """Take `count` numbers in a row and return the first. Rolled back with the transaction it runs in.

    `start` is the first number of a series that does not exist yet.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numberseries (name, next) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET next = core_numberseries.next + %s RETURNING next",
            [series, start + count, count],
        )
        return cursor.fetchone()[0] - count


def at_least(series: str, number: int) -> None:
    """Make sure that `number`, which came from elsewhere (an import), is never given out."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numberseries (name, next) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET next ="
            " CASE WHEN core_numberseries.next > excluded.next THEN core_numberseries.next ELSE excluded.next END",
            [series, number + 1],
        )
