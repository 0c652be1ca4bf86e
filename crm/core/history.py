"""django-simple-history as every model of ours uses it: through proxies too, and with its change set."""

from functools import cache

from django.db import connection, models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from crm.core.change_set import HistoryRow, current_actor, current_change_set_id


class RecordedHistory(HistoricalRecords):
    """History of every concrete model below `Recorded`.

    The library writes no history for a save or delete through a proxy, and would make a second table for it:
    here a proxy gets the handlers and the manager of its model. Generated columns are left out (they are stale
    after an update), and so are those a model names in `history_excluded`.
    """

    def __init__(self, **options):
        super().__init__(
            inherit=True,
            bases=[HistoryRow],
            history_id_field=models.BigAutoField(primary_key=True),
            get_user=lambda instance, **_: current_actor(),
            **options,
        )

    def finalize(self, sender, **kwargs):
        if not (sender._meta.proxy and issubclass(sender, self.cls)):
            return super().finalize(sender, **kwargs)
        concrete = sender._meta.concrete_model
        sender._meta.simple_history_manager_attribute = concrete._meta.simple_history_manager_attribute
        models.signals.post_save.connect(self.post_save, sender=sender, weak=False)
        models.signals.post_delete.connect(self.post_delete, sender=sender, weak=False)
        return None

    def post_save(self, instance, created, using=None, **kwargs):
        """What Django notes at each sign-in is in the log of access; here it would be an empty row each time."""
        if not created and instance.changes.keys() == {"last_login"}:
            return
        super().post_save(instance, created, using=using, **kwargs)

    def create_historical_record(self, instance, history_type, using=None):
        """Copy the row inside the database, as the bulk door does; of a deleted row what was loaded is all there is.

        The library builds an instance of the history's model per save and sends every column back and forth.
        """
        if history_type == "-":
            super().create_historical_record(instance, history_type, using=using)
            return
        actor = current_actor()
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(
                _copy_of_one_row(instance._meta.concrete_model),
                [now, history_type, actor.pk if actor else None, current_change_set_id(), instance.pk],
            )

    def fields_included(self, model):
        left_out = set(getattr(model, "history_excluded", ()))
        return [
            field for field in super().fields_included(model) if not field.generated and field.name not in left_out
        ]

    def get_meta_options(self, model):
        # for the mutation log: by time, by record, by user (design/performance.md 9)
        return super().get_meta_options(model) | {
            "indexes": [
                models.Index(fields=["history_date", "history_id"]),
                models.Index(fields=[model._meta.pk.attname, "history_date", "history_id"]),
                models.Index(fields=["history_user", "history_date", "history_id"]),
            ]
        }


@cache
def _copy_of_one_row(model) -> str:
    """Parameters: when, kind ("+", "~"), user, change set; the key of the row."""
    history = model.history.model
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in history.tracked_fields)
    return (
        f"INSERT INTO {quote(history._meta.db_table)} ({columns}, history_date, history_type, history_user_id,"  # noqa: S608 — names come quoted from the models
        f" history_change_reason, change_set_id)"
        f" SELECT {columns}, %s, %s, %s, NULL, %s FROM {quote(model._meta.db_table)}"
        f" WHERE {quote(model._meta.pk.column)} = %s"
    )
