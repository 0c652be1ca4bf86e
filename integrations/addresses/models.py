"""Which address services this installation asks, their keys, and the office's own table of postcodes.

The table is reference data that comes from a file and is replaced by the next one: it has no history and is not
`Recorded`, as nobody edits a row and the file is its source. Keys are sealed and in no history at all.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet
from crm.core.field_classes import INTERNAL
from crm.core.models import Recorded


class AddressService(Recorded):
    """A service that somebody chose or set aside; `name` is a key of `address_services.SERVICES`.

    There is a row for none of them until somebody chooses: then the environment says what is asked.
    """

    name = models.CharField(_("name"), max_length=20, unique=True)
    in_use = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("order of asking"), default=1)

    objects = ScopedQuerySet.as_manager()

    field_classes = {INTERNAL: ("name", "in_use", "position")}

    class Meta:
        verbose_name = _("address service")
        verbose_name_plural = _("address services")
        ordering = ["position", "name"]

    def __str__(self):
        return self.name


class AddressServiceKey(models.Model):
    """A key of a service, sealed as the secrets of connections are: write-only, in no history, log or error text."""

    service = models.CharField(_("service"), max_length=20)
    field = models.CharField(_("field"), max_length=20)
    sealed = models.TextField(_("sealed"))
    key_id = models.CharField(_("key"), max_length=12)

    class Meta:
        verbose_name = _("key of an address service")
        verbose_name_plural = _("keys of address services")
        constraints = [models.UniqueConstraint(fields=["service", "field"], name="addresses_key_once")]

    def __str__(self):
        return f"{self.service} {self.field}"


class PostcodeRow(models.Model):
    """What both kinds of row say of a postcode. `as_of`: the day on which the file was true."""

    postcode = models.CharField(_("postcode"), max_length=6)
    street = models.CharField(_("street"), max_length=80)
    street_short = models.CharField(_("short street name"), max_length=24, blank=True)
    city = models.CharField(_("city"), max_length=80)
    municipality = models.CharField(_("municipality"), max_length=80, blank=True)
    province = models.CharField(_("province"), max_length=40, blank=True)
    as_of = models.DateField(_("true on"))

    class Meta:
        abstract = True


class PostcodeRange(PostcodeRow):
    """All numbers from `first_number` up to and including `last_number`, or the odd or even ones among them."""

    class Parity(models.TextChoices):
        ALL = "all", _("all")
        ODD = "odd", _("odd")
        EVEN = "even", _("even")

    first_number = models.PositiveIntegerField(_("first number"))
    last_number = models.PositiveIntegerField(_("last number"))
    parity = models.CharField(_("odd or even"), max_length=4, choices=Parity, default=Parity.ALL)

    class Meta:
        verbose_name = _("postcode range")
        verbose_name_plural = _("postcode ranges")
        constraints = [
            models.UniqueConstraint(
                fields=["postcode", "first_number", "last_number", "parity", "street", "city"],
                name="addresses_range_once",
            ),
            models.CheckConstraint(
                condition=Q(first_number__gte=1, last_number__lte=99999, last_number__gte=F("first_number")),
                name="addresses_range_in_order",
            ),
            models.CheckConstraint(condition=Q(parity__in=["all", "odd", "even"]), name="addresses_range_parity"),
        ]

    def __str__(self):
        return f"{self.postcode} {self.first_number}-{self.last_number}"


class PostcodeEntry(PostcodeRow):
    """One address, with letter and addition."""

    number = models.PositiveIntegerField(_("number"))
    letter = models.CharField(_("letter"), max_length=1, blank=True)
    addition = models.CharField(_("addition"), max_length=10, blank=True)
    bag_number_id = models.CharField(_("BAG id of the number"), max_length=16, blank=True)
    bag_object_id = models.CharField(_("BAG id of the object"), max_length=16, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta:
        verbose_name = _("postcode entry")
        verbose_name_plural = _("postcode entries")
        constraints = [
            models.UniqueConstraint(
                fields=["postcode", "number", "letter", "addition", "street", "city"], name="addresses_entry_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=99999), name="addresses_entry_number"),
        ]

    def __str__(self):
        return f"{self.postcode} {self.number}{self.letter} {self.addition}".rstrip()
