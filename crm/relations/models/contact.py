"""How a relation is reached and known: addresses, e-mail, phones, bank accounts, identifiers, profiles, contact."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedDatedQuerySet, ScopedQuerySet
from crm.core.field_classes import FINANCIAL, INTERNAL, PUBLIC
from crm.core.models import Computed, Dated, Recorded
from crm.relations.fields import CountryField, IbanField, PhoneField, PostcodeField, WebsiteField
from crm.relations.models.relation import Relation
from crm.relations.validators import normalise_identifier, validate_bic, validate_identifier, validate_postcode


def relation_key(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(Relation, on_delete=models.CASCADE, related_name=related_name, verbose_name=_("relation"))


class Address(Recorded, Dated):
    class Kind(models.TextChoices):
        VISITING = "visiting", _("visiting address")
        POSTAL = "postal", _("postal address")
        BILLING = "billing", _("billing address")

    class CheckState(models.TextChoices):
        """What the address service said; contracts/addresses.md 2."""

        VALID = "valid", _("found by the address service")
        CORRECTED = "corrected", _("corrected by the address service")
        UNKNOWN = "unknown", _("not known to the address service")
        UNCHECKED = "unchecked", _("not checked yet")
        NOT_APPLICABLE = "not_applicable", _("not to be checked")

    relation = relation_key("addresses")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.VISITING)
    attention = models.CharField(_("for the attention of"), max_length=120, blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    house_number = models.PositiveIntegerField(_("house number"), null=True, blank=True)
    house_letter = models.CharField(_("letter"), max_length=1, blank=True)
    house_addition = models.CharField(_("addition"), max_length=20, blank=True)
    postcode = PostcodeField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = CountryField(_("country"), max_length=2, default="NL")
    check_state = models.CharField(
        _("check"), max_length=14, choices=CheckState.choices, default=CheckState.UNCHECKED, editable=False
    )

    objects = ScopedDatedQuerySet.as_manager()

    # what was checked is no longer so when one of these changes; the bulk door asks this rule, a save the method below
    checked_columns = ("street", "house_number", "house_letter", "house_addition", "postcode", "city", "country")
    computed = (Computed("check_state", checked_columns, lambda row: "unchecked"),)
    field_classes = {
        PUBLIC: (
            "relation",
            "kind",
            "attention",
            "street",
            "house_number",
            "house_letter",
            "house_addition",
            "postcode",
            "city",
            "country",
            "valid_from",
            "valid_until",
        ),
        INTERNAL: ("check_state",),
    }

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = [models.Index(fields=["postcode", "house_number"], name="address_postcode")]
        constraints = [
            *Dated.Meta.constraints,
            # relation, then the date, then the choice: design/performance.md 2
            models.UniqueConstraint(
                fields=["relation", "valid_from", "kind"],
                name="relations_address_once",
                violation_error_message=_("There is an address of this kind from that day already."),
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.line(), f"{self.shown_postcode} {self.city}".strip())))

    def clean(self):
        validate_postcode(self.postcode, self.country)

    def fill_computed(self) -> None:
        """An address that changes is to be checked anew, unless what checked it is saved with it."""
        changes = {} if self._state.adding else self.pending_changes()
        if "check_state" not in changes and not changes.keys().isdisjoint(self.checked_columns):
            self.check_state = self.CheckState.UNCHECKED

    def line(self) -> str:
        """Street and number: "Brinkhof 14a"."""
        number = f"{self.house_number or ''}{self.house_letter}"
        if self.house_addition:
            number += f"-{self.house_addition}" if number else self.house_addition
        return f"{self.street} {number}".strip()

    @property
    def shown_postcode(self) -> str:
        return (
            f"{self.postcode[:4]} {self.postcode[4:]}"
            if self.country == "NL" and len(self.postcode) == 6
            else self.postcode
        )


class Sphere(models.TextChoices):
    WORK = "work", _("work")
    PRIVATE = "private", _("private")
    OTHER = "other", _("other")


class EmailAddress(Recorded):
    """An extra e-mail address; the first one is on the relation."""

    relation = relation_key("email_addresses")
    email = models.EmailField(_("e-mail"))
    sphere = models.CharField(_("for"), max_length=10, choices=Sphere.choices, default=Sphere.WORK)
    label = models.CharField(_("label"), max_length=60, blank=True)

    objects = ScopedQuerySet.as_manager()

    field_classes = {PUBLIC: ("relation", "email", "sphere", "label")}

    class Meta:
        verbose_name = _("e-mail address")
        verbose_name_plural = _("e-mail addresses")
        constraints = [models.UniqueConstraint(fields=["relation", "email"], name="relations_emailaddress_once")]

    def __str__(self) -> str:
        return self.email


class PhoneNumber(Recorded):
    """An extra phone number, stored as E.164."""

    relation = relation_key("phone_numbers")
    number = PhoneField(_("phone"), max_length=24)
    sphere = models.CharField(_("for"), max_length=10, choices=Sphere.choices, default=Sphere.WORK)
    label = models.CharField(_("label"), max_length=60, blank=True)

    objects = ScopedQuerySet.as_manager()

    field_classes = {PUBLIC: ("relation", "number", "sphere", "label")}

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        constraints = [models.UniqueConstraint(fields=["relation", "number"], name="relations_phonenumber_once")]

    def __str__(self) -> str:
        return self.number


class BankAccount(Recorded):
    """An IBAN, stored without spaces in capitals. A relation with accounts has one main account."""

    relation = relation_key("bank_accounts")
    iban = IbanField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True, validators=[validate_bic])
    holder = models.CharField(_("account holder"), max_length=140, blank=True)
    main = models.BooleanField(_("main account"), default=False)

    objects = ScopedQuerySet.as_manager()

    field_classes = {FINANCIAL: ("relation", "iban", "bic", "holder", "main")}

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["relation", "iban"],
                name="relations_bankaccount_once",
                violation_error_message=_("This relation has this IBAN already."),
            ),
            models.UniqueConstraint(
                fields=["relation"],
                condition=models.Q(main=True),
                name="relations_bankaccount_main",
                violation_error_message=_("There is a main account already."),
            ),
        ]

    def __str__(self) -> str:
        return " ".join(self.iban[i : i + 4] for i in range(0, len(self.iban), 4))


class Identifier(Recorded):
    """A number that a register gave out, checked and stored compact."""

    class Kind(models.TextChoices):
        KVK = "kvk", _("KvK number")
        RSIN = "rsin", _("RSIN")
        VAT = "vat", _("VAT number")
        OIN = "oin", _("OIN")

    relation = relation_key("identifiers")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    value = models.CharField(_("number"), max_length=30)

    objects = ScopedQuerySet.as_manager()

    computed = (Computed("value", ("kind", "value"), lambda row: normalise_identifier(row["kind"], row["value"])),)
    field_classes = {PUBLIC: ("relation", "kind", "value")}

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["relation", "kind"],
                name="relations_identifier_once",
                violation_error_message=_("This relation has a number of this kind already."),
            )
        ]
        indexes = [models.Index(fields=["value"], name="identifier_value")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"

    def clean(self):
        validate_identifier(self.kind, self.value)


class SocialProfile(Recorded):
    class Network(models.TextChoices):
        LINKEDIN = "linkedin", "LinkedIn"
        FACEBOOK = "facebook", "Facebook"
        INSTAGRAM = "instagram", "Instagram"
        X = "x", "X"
        MASTODON = "mastodon", "Mastodon"
        BLUESKY = "bluesky", "Bluesky"
        YOUTUBE = "youtube", "YouTube"
        OTHER = "other", _("other")

    relation = relation_key("social_profiles")
    network = models.CharField(_("network"), max_length=12, choices=Network.choices)
    url = WebsiteField(_("address of the profile"), max_length=300)

    objects = ScopedQuerySet.as_manager()

    field_classes = {PUBLIC: ("relation", "network", "url")}

    class Meta:
        verbose_name = _("social profile")
        verbose_name_plural = _("social profiles")
        constraints = [models.UniqueConstraint(fields=["relation", "url"], name="relations_socialprofile_once")]

    def __str__(self) -> str:
        return self.url


class ContactMoment(Recorded):
    """A call, visit or talk with a relation."""

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        VISIT = "visit", _("visit")
        TALK = "talk", _("talk")
        MAIL = "mail", _("e-mail")
        LETTER = "letter", _("letter by post")

    relation = relation_key("contact_moments")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.CALL)
    happened_at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        "access.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    subject = models.CharField(_("about"), max_length=200)
    text = models.TextField(_("what was said"), blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    field_classes = {
        INTERNAL: ("relation", "kind", "happened_at", "by", "subject", "text", "next_step", "next_step_on")
    }

    class Meta:
        verbose_name = _("contact moment")
        verbose_name_plural = _("contact moments")
        ordering = ["-happened_at", "-pk"]
        indexes = [models.Index(fields=["relation", "-happened_at"], name="contactmoment_recent")]

    def __str__(self) -> str:
        return self.subject
