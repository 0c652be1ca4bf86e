"""Connections and their logs, for looking things up. Nothing is changed here: the hub's own screens do that.

Secrets have no page, and what was told of whom is on no page either: the monitor shows that to who may read it.
"""

from django.contrib import admin

from crm.core.admin import ScopedAdmin
from integrations.hub.models import Connection, ConnectionStatus, Delivery, ExternalLink, Participation, Run


class ReadOnly(ScopedAdmin):
    def administrations_of(self, record) -> set[int] | None:
        connection = record if isinstance(record, Connection) else record.connection
        return {connection.administration_id} if connection.administration_id else None

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    """`settings` are the fields that are no secret."""

    list_display = ("title", "administration", "channel", "connector", "state")
    list_filter = ("state", "connector")
    list_select_related = ("administration",)
    search_fields = ("title",)
    fields = ("title", "administration", "channel", "connector", "state", "settings")


@admin.register(Participation)
class ParticipationAdmin(ReadOnly):
    list_display = ("connection", "topic", "subject", "takes_part")
    list_filter = ("takes_part", "topic")
    list_select_related = ("connection",)
    search_fields = ("subject",)
    fields = ("connection", "topic", "subject", "takes_part")


@admin.register(ConnectionStatus)
class ConnectionStatusAdmin(ReadOnly):
    list_display = ("connection", "trouble_code", "trouble_since", "breaker_until", "day_calls", "last_delivery_at")
    list_select_related = ("connection",)
    fields = (
        "connection",
        "trouble_code",
        "trouble_words",
        "trouble_since",
        "failures_in_a_row",
        "breaker_until",
        "rest_until",
        "minute_calls",
        "day_calls",
        "last_delivery_at",
        "tested_at",
    )


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("key", "connection", "state", "tries", "code", "created_at", "finished_at")
    list_filter = ("state", "failure", "topic")
    list_select_related = ("connection",)
    search_fields = ("subject", "code")
    ordering = ("-pk",)
    fields = (
        "connection",
        "topic",
        "subject",
        "revision",
        "state",
        "tries",
        "failure",
        "code",
        "answer",
        "created_at",
        "first_tried_at",
        "not_before",
        "finished_at",
    )


@admin.register(ExternalLink)
class ExternalLinkAdmin(ReadOnly):
    list_display = ("vendor_number", "connection", "topic", "subject", "delivered_at", "withdrawn_at")
    list_filter = ("topic",)
    list_select_related = ("connection",)
    search_fields = ("subject", "vendor_number", "external_id")
    ordering = ("-pk",)
    fields = ("connection", "topic", "subject", "external_id", "vendor_number", "delivered_at", "withdrawn_at")


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = ("began_at", "connection", "kind", "delivered", "same", "refused", "postponed", "code")
    list_filter = ("kind",)
    list_select_related = ("connection",)
    ordering = ("-pk",)
    fields = (
        "connection",
        "kind",
        "topic",
        "began_at",
        "ended_at",
        "delivered",
        "same",
        "refused",
        "postponed",
        "code",
        "answer",
    )
