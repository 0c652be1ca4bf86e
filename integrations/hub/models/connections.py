"""A connection: one configured coupling with one outside system, its secrets, and how it fares.

What people decide (`Connection`, `Participation`) is recorded. What the machine keeps (status, secrets, leases) has no
history: design/reliability.md 22.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet
from crm.administrations.models import Administration
from crm.core.field_classes import INTERNAL
from crm.core.models import Recorded


class ConnectionQuerySet(ScopedQuerySet):
    def on(self):
        return self.filter(state=Connection.State.ON)


class LogQuerySet(models.QuerySet):
    """Rows that the machine keeps of a connection: who manages that sees them, and nobody changes them."""

    def visible_to(self, user, on=None):
        return self.filter(connection__in=Connection.objects.visible_to(user, on).values("pk"))

    def editable_by(self, user, on=None):
        return self.none()


class Connection(Recorded):
    """`settings` holds the connector's fields without its secrets; those are `Credential` rows."""

    class State(models.TextChoices):
        ON = "on", _("on")
        PAUSED = "paused", _("paused")

    administration = models.ForeignKey(
        Administration,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connections",
        verbose_name=_("administration"),
        help_text=_("Empty: of the whole installation."),
    )
    channel = models.CharField(_("channel"), max_length=30)
    connector = models.CharField(_("connector"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ON)

    objects = ConnectionQuerySet.as_manager()

    field_classes = {INTERNAL: ("administration", "channel", "connector", "title", "settings", "state")}

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def paused(self) -> bool:
        return self.state == self.State.PAUSED


class ConnectionStatus(models.Model):
    """How a connection fares, kept by the worker: its lane, breaker, call budget and what is wrong with it.

    A configuration error fills `trouble_code`: nothing is sent until a person has corrected the connection.
    """

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="status", verbose_name=_("connection")
    )
    lane_until = models.DateTimeField(_("lane taken until"), null=True)
    lane_by = models.CharField(_("lane taken by"), max_length=40, blank=True)
    wake_asked_at = models.DateTimeField(_("worker asked at"), null=True)
    rest_until = models.DateTimeField(_("asked to wait until"), null=True)
    failures_in_a_row = models.PositiveIntegerField(_("failures in a row"), default=0)
    probes = models.PositiveIntegerField(_("failed probes"), default=0)
    breaker_until = models.DateTimeField(_("breaker open until"), null=True)
    trouble_code = models.CharField(_("trouble"), max_length=60, blank=True)
    trouble_words = models.TextField(_("words of the other system"), blank=True)
    trouble_since = models.DateTimeField(_("trouble since"), null=True)
    minute_began = models.DateTimeField(_("minute began"), null=True)
    minute_calls = models.PositiveIntegerField(_("calls this minute"), default=0)
    day_began = models.DateTimeField(_("day began"), null=True)
    day_calls = models.PositiveIntegerField(_("calls this day"), default=0)
    # endpoint → the moments of its errors in the last hour, in seconds since 1970
    hour_errors = models.JSONField(
        _("errors of the last hour"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    last_delivery_at = models.DateTimeField(_("last delivery"), null=True)
    test_asked_at = models.DateTimeField(_("test asked for"), null=True)
    tested_at = models.DateTimeField(_("tested at"), null=True)
    test_result = models.JSONField(_("test result"), default=dict, blank=True)

    objects = LogQuerySet.as_manager()

    field_classes = {
        INTERNAL: (
            "connection",
            "failures_in_a_row",
            "breaker_until",
            "rest_until",
            "trouble_code",
            "trouble_words",
            "trouble_since",
            "minute_calls",
            "day_calls",
            "last_delivery_at",
            "tested_at",
        )
    }

    class Meta:
        verbose_name = _("state of a connection")
        verbose_name_plural = _("states of connections")

    def __str__(self) -> str:
        return str(self.connection)


class Credential(models.Model):
    """A secret of a connection: written, never shown. `sealed` is Fernet; `key_id` says under which key."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="credentials", verbose_name=_("connection")
    )
    name = models.CharField(_("name"), max_length=60)
    sealed = models.TextField(_("sealed value"))
    key_id = models.CharField(_("key"), max_length=16)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="hub_credential_once")]

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """A lock that outlives no process: free again after `until`. One row per connection and name."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="leases", verbose_name=_("connection")
    )
    name = models.CharField(_("name"), max_length=30)
    holder = models.CharField(_("holder"), max_length=40)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="hub_lease_once")]

    def __str__(self) -> str:
        return self.name


class SignIn(models.Model):
    """Somebody is on their way to the vendor's log-in page. Used once: the row goes with the return."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="sign_ins", verbose_name=_("connection")
    )
    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    state_hash = models.CharField(_("hash of the state"), max_length=64, unique=True)
    started_at = models.DateTimeField(_("started at"))

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    def __str__(self) -> str:
        return str(self.connection)


class Participation(Recorded):
    """Whether one of our records takes part in a connection ("Koppelen met …").

    `topic` names what is told; `subject` is the id of the topic's record. Without a row the topic decides.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="participations", verbose_name=_("connection")
    )
    topic = models.CharField(_("topic"), max_length=40)
    subject = models.BigIntegerField(_("record"))
    takes_part = models.BooleanField(_("takes part"), default=True)

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("connection", "topic", "subject", "takes_part")}

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(fields=["connection", "topic", "subject"], name="hub_participation_once")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"


class Feed(models.Model):
    """What is read from a connection from time to time, and up to where."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="feeds", verbose_name=_("connection")
    )
    topic = models.CharField(_("topic"), max_length=40)
    cursor = models.TextField(_("read up to"), blank=True)
    next_at = models.DateTimeField(_("next time"))
    read_at = models.DateTimeField(_("last read"), null=True)
    failures_in_a_row = models.PositiveIntegerField(_("failures in a row"), default=0)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        constraints = [models.UniqueConstraint(fields=["connection", "topic"], name="hub_feed_once")]

    def __str__(self) -> str:
        return self.topic


class CalendarMark(models.Model):
    """Up to and including which day the dates of a topic have been gone through."""

    topic = models.CharField(_("topic"), max_length=40, primary_key=True)
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("day gone through")
        verbose_name_plural = _("days gone through")

    def __str__(self) -> str:
        return f"{self.topic} {self.day}"


class Heartbeat(models.Model):
    """Proof of life of the worker, for the health page."""

    name = models.CharField(_("name"), max_length=30, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
