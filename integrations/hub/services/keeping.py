"""How long the hub keeps its logs: every day what is older goes, and what it says of records that are gone.

The days are chosen on the page of the retention of logs; without a choice they come from the settings
`HUB_KEEP_DELIVERIES_DAYS` and `HUB_KEEP_REPORTS_DAYS`, default 90 and 400. What was
told last (`ExternalLink`) stays, so that nothing is made twice. What waits, is in flight or is stuck stays as well.
"""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.administrations.retention import days_kept, keep_log
from integrations.hub.models import Delivery, ExternalLink, Run, RunEntry
from integrations.hub.registry import topics

KEEP_DELIVERIES_DAYS = 90
KEEP_REPORTS_DAYS = 400
CHUNK = 5_000

keep_log(
    "hub.deliveries",
    _("Deliveries to other systems"),
    _("What was told to each coupling and its answer. What waits, what was refused and the last of each record stay."),
    lambda: getattr(settings, "HUB_KEEP_DELIVERIES_DAYS", KEEP_DELIVERIES_DAYS),
    order=50,
)
keep_log(
    "hub.reports",
    _("Reports of couplings"),
    _("Per run what was made, changed, unchanged or refused."),
    lambda: getattr(settings, "HUB_KEEP_REPORTS_DAYS", KEEP_REPORTS_DAYS),
    order=60,
)

SETTLED = (Delivery.State.DELIVERED, Delivery.State.SAME, Delivery.State.WITHDRAWN, Delivery.State.SUPERSEDED)


def tidy(*, on) -> dict[str, int]:
    """Drop what is older than it is kept on the day `on`, and the texts about records that are gone; the counts.

    Doing it again does nothing. In chunks, each a transaction of its own.
    """
    deliveries = _before(on, days_kept("hub.deliveries"))
    reports = _before(on, days_kept("hub.reports"))
    return {
        "deliveries": _drop(_not_the_last(Delivery.objects.filter(state__in=SETTLED, finished_at__lt=deliveries))),
        "entries": _drop(RunEntry.objects.filter(run__began_at__lt=reports)),
        "runs": _drop(Run.objects.filter(began_at__lt=reports)),
        "forgotten": sum(_forget_texts(topic) for topic in topics()),
    }


def _before(on, days):
    return timezone.make_aware(datetime.combine(on, time.min)) - timedelta(days=days)


def _not_the_last(deliveries):
    """The last row of a record stays: its revision counts on in the idempotency key, which may never come twice."""
    newer = Delivery.objects.filter(
        connection=OuterRef("connection"), topic=OuterRef("topic"), subject=OuterRef("subject")
    )
    return deliveries.filter(Exists(newer.filter(revision__gt=OuterRef("revision"))))


def _drop(rows) -> int:
    dropped = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        rows.model.objects.filter(pk__in=keys).delete()
        dropped += len(keys)
    return dropped


def _forget_texts(topic) -> int:
    """Blank what was, or was to be, told of records that are not in the product any more; returns how many rows."""
    here = QuerySet(topic.model).values("pk")
    gone = {"topic": topic.name, "subject__isnull": False}
    blanked = (ExternalLink.objects.filter(**gone).exclude(subject__in=here).exclude(delivered_payload="")).update(
        delivered_payload=""
    )
    # a row that is still to be told says "gone" with its payload; that of a try without an answer is needed as it is
    blanked += (
        Delivery.objects.filter(**gone, waiting=False, in_flight=False)
        .exclude(subject__in=here)
        .exclude(payload="", answer="", problems__isnull=True)
        .update(payload="", answer="", problems=None)
    )
    blanked += (
        RunEntry.objects.filter(**gone).exclude(subject__in=here).exclude(changes=[], answer="", number="")
    ).update(changes=[], answer="", number="")
    return blanked
