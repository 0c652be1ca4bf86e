"""A token, the administrations it reaches, and when it was last used."""

import ipaddress
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet
from crm.administrations.models import Administration
from crm.core.field_classes import INTERNAL
from crm.core.models import Recorded

READ, WRITE = "read", "write"


@dataclass(frozen=True)
class Limits:
    """What a request by token is held to beyond the rights of its user: keys of administrations."""

    administrations: frozenset[int]


def validate_networks(value: str) -> None:
    for part in value.replace(",", " ").split():
        try:
            ipaddress.ip_network(part)
        except ValueError as wrong:
            raise ValidationError(
                _("“%(part)s” is no network. Expected for example 203.0.113.7 or 203.0.113.0/24."),
                code="network",
                params={"part": part},
            ) from wrong


class ApiToken(Recorded):
    """Acts for a user. Shown once, when it is made; stored is a hash, which cannot be turned back."""

    user = models.ForeignKey(
        "access.User", on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("acts for")
    )
    name = models.CharField(
        _("name"), max_length=80, help_text=_("What it is for, so that you know it again: “Website, newsletter”.")
    )
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    # SHA-256 of 256 random bits: nothing to guess, so nothing to slow down
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # "relations:read", as crm.core.api.routes knows resources
    scopes = models.JSONField(_("may"), default=list)
    expires_on = models.DateField(_("works until"), help_text=_("The first day on which it no longer works."))
    networks = models.CharField(
        _("only from these networks"),
        max_length=300,
        blank=True,
        validators=[validate_networks],
        help_text=_("Addresses or ranges, such as 203.0.113.0/24, with spaces between them. Empty: from anywhere."),
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = ScopedQuerySet.as_manager()

    history_excluded = ("digest",)
    field_classes = {
        INTERNAL: ("user", "name", "prefix", "digest", "scopes", "expires_on", "networks", "revoked_at"),
    }

    class Meta:
        app_label = "access"
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def allows(self, resource: str, act: str) -> bool:
        """`act` is "read" or "write"; who may write may read, since a change answers with the record."""
        return f"{resource}:{act}" in self.scopes or (act == READ and f"{resource}:{WRITE}" in self.scopes)

    def admits(self, address: str | None) -> bool:
        """Whether it may be used from this address; None: not known."""
        allowed = self.networks.replace(",", " ").split()
        if not allowed:
            return True
        return bool(address) and any(ipaddress.ip_address(address) in ipaddress.ip_network(one) for one in allowed)

    def is_over(self, on) -> bool:
        return self.revoked_at is not None or self.expires_on <= on


class ApiTokenAdministration(Recorded):
    """A token reaches this administration."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="reaches", verbose_name=_("API token"))
    administration = models.ForeignKey(
        Administration, on_delete=models.PROTECT, related_name="+", verbose_name=_("administration")
    )

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("token", "administration")}

    class Meta:
        app_label = "access"
        verbose_name = _("administration of an API token")
        verbose_name_plural = _("administrations of API tokens")
        constraints = [
            models.UniqueConstraint(fields=["token", "administration"], name="access_apitokenadministration_once")
        ]

    def __str__(self) -> str:
        return f"{self.token}: {self.administration}"


class ApiTokenUse(models.Model):
    """When a token was last used and from where; written at most once a minute."""

    token = models.OneToOneField(
        ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="last_use", verbose_name=_("API token")
    )
    at = models.DateTimeField(_("last used"))
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta:
        app_label = "access"
        verbose_name = _("use of an API token")
        verbose_name_plural = _("uses of API tokens")

    def __str__(self) -> str:
        return f"{self.token}, {self.at:%Y-%m-%d %H:%M}"
