"""The outbox: what has to be told to an outside system, and what it knows already."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.core.field_classes import FINANCIAL, INTERNAL
from integrations.hub.models.connections import Connection, LogQuerySet


class Delivery(models.Model):
    """One thing to tell one outside system: the state of one of our records at the moment of delivery.

    A row is *waiting* (newer changes of the same record fold into it), *in flight* (claimed; its outcome is not known
    yet) or done. Both flags have a partial unique index per connection, topic and record, so that neither can double.
    `not_before` is when a waiting row is due; `lease_until` when one in flight may be taken up again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        UNKNOWN = "unknown", _("sent, no answer")
        DELIVERED = "delivered", _("delivered")
        SAME = "same", _("nothing to tell")
        WITHDRAWN = "withdrawn", _("withdrawn")
        STUCK = "stuck", _("stuck")
        SUPERSEDED = "superseded", _("overtaken by a newer change")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("connection")
    )
    topic = models.CharField(_("topic"), max_length=40)
    subject = models.BigIntegerField(_("record"))
    revision = models.PositiveIntegerField(_("revision"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    waiting = models.BooleanField(_("waiting"), default=True)
    in_flight = models.BooleanField(_("in flight"), default=False)
    # made at the first try and sent again as it is at every later one; emptied once delivered
    payload = models.TextField(_("content"), blank=True)
    payload_hash = models.CharField(_("hash of the content"), max_length=64, blank=True)
    # one of many that were noted at once: a person's change goes first
    in_bulk = models.BooleanField(_("one of many"), default=False, db_default=False)
    find_first = models.BooleanField(_("look up before sending"), default=False)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    first_tried_at = models.DateTimeField(_("first tried"), null=True)
    not_before = models.DateTimeField(_("not before"))
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    claimed_by = models.CharField(_("claimed by"), max_length=40, blank=True)
    failure = models.CharField(_("kind of failure"), max_length=14, blank=True)
    code = models.CharField(_("code"), max_length=60, blank=True)
    answer = models.TextField(_("last answer"), blank=True)
    # found before anything was sent: [[English message, parameters], …]
    problems = models.JSONField(_("found before sending"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = LogQuerySet.as_manager()

    field_classes = {
        INTERNAL: (
            "connection",
            "topic",
            "subject",
            "revision",
            "state",
            "tries",
            "failure",
            "code",
            "not_before",
            "first_tried_at",
            "created_at",
            "finished_at",
        ),
        FINANCIAL: ("payload", "answer", "problems"),
    }

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "topic", "subject"], condition=Q(waiting=True), name="hub_delivery_waiting"
            ),
            models.UniqueConstraint(
                fields=["connection", "topic", "subject"], condition=Q(in_flight=True), name="hub_delivery_in_flight"
            ),
            models.UniqueConstraint(
                fields=["connection", "topic", "subject", "revision"], name="hub_delivery_revision"
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "not_before", "id"], condition=Q(waiting=True), name="hub_delivery_due"
            ),
            models.Index(
                fields=["connection", "not_before", "id"],
                condition=Q(waiting=True, in_bulk=False),
                name="hub_delivery_people",
            ),
            models.Index(
                fields=["connection", "lease_until", "id"], condition=Q(in_flight=True), name="hub_delivery_leased"
            ),
            models.Index(fields=["connection", "id"], condition=Q(state="stuck"), name="hub_delivery_stuck"),
            models.Index(fields=["connection", "finished_at"], name="hub_delivery_finished"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The idempotency key: the same at every try of this revision."""
        return f"{self.connection_id}.{self.topic}.{self.subject}.{self.revision}"


class ExternalLink(models.Model):
    """Which outside record belongs to which of ours, and what was last delivered to it.

    `delivered_hash` is emptied as soon as a try may have changed something there without telling us: then nothing is
    known to be equal any more.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="links", verbose_name=_("connection")
    )
    topic = models.CharField(_("topic"), max_length=40)
    subject = models.BigIntegerField(_("record"))
    external_id = models.CharField(_("key there"), max_length=200)
    vendor_number = models.CharField(_("number there"), max_length=80, blank=True)
    parts = models.JSONField(_("keys of parts there"), default=dict, blank=True)
    delivered_hash = models.CharField(_("hash of what was delivered"), max_length=64, blank=True)
    delivered_payload = models.TextField(_("what was delivered"), blank=True)
    delivered_at = models.DateTimeField(_("delivered at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = LogQuerySet.as_manager()

    field_classes = {
        INTERNAL: ("connection", "topic", "subject", "external_id", "delivered_at", "withdrawn_at"),
        FINANCIAL: ("vendor_number", "parts", "delivered_payload"),
    }

    class Meta:
        verbose_name = _("external link")
        verbose_name_plural = _("external links")
        constraints = [models.UniqueConstraint(fields=["connection", "topic", "subject"], name="hub_link_once")]
        indexes = [
            models.Index(fields=["topic", "subject"], name="hub_link_subject"),
            models.Index(fields=["connection", "external_id"], name="hub_link_external"),
        ]

    def __str__(self) -> str:
        return self.vendor_number or self.external_id
