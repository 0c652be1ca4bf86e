"""The one receiver of the project: notes, in the transaction of the change, what is to be told. It never tells."""

from django.db.models import QuerySet
from django.db.models.signals import post_delete, post_save

from crm.core.signals import rows_changed
from integrations.hub.registry import topics_watching, watched_models
from integrations.hub.services.outbox import enqueue


def connect_watched_models():
    """Per model and per proxy: a receiver without sender makes Django delete row by row, and a proxy sends its own."""
    for model in watched_models():
        for sender in (model, *_proxies(model)):
            for signal in (post_save, post_delete, rows_changed):
                signal.connect(remember_to_deliver, sender=sender, dispatch_uid=f"hub {sender._meta.label}")


def remember_to_deliver(sender, instance=None, **change):
    model = sender._meta.concrete_model
    for topic, attributes in topics_watching(model):
        if instance is not None:
            subjects = set().union(*(instance.keys_of(name) for name in attributes))
        else:
            subjects = _subjects_of_rows(model, attributes, change)
        enqueue(topic, sorted(subjects))


def _subjects_of_rows(model, attributes, change):
    """Subjects of the rows the bulk door wrote: read once, as they are at this moment."""
    if change["event"] == "deleted" and change["moment"] == "after":
        return set()  # they were read before
    if attributes == ("pk",):
        return set(change["ids"])
    rows = QuerySet(model).filter(pk__in=change["ids"]).values_list(*attributes)
    return {key for row in rows for key in row if key is not None}


def _proxies(model):
    return [sub for sub in model.__subclasses__() if sub._meta.proxy and sub._meta.concrete_model is model]
