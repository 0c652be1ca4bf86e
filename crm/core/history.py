"""django-simple-history as every model of ours uses it: through proxies too, and with its change set."""

from django.db import models
from simple_history.models import HistoricalRecords

from crm.core.change_set import HistoryRow, current_actor


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
