"""Anyone or any body that we deal with, in one table, with a proxy per kind."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, GeneratedField, Q, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedQuerySet
from crm.administrations.models import Administration
from crm.core import numbering
from crm.core.field_classes import INTERNAL, PUBLIC, SPECIAL
from crm.core.models import Computed, Recorded
from crm.relations import names
from crm.relations.fields import PhoneField, WebsiteField

NUMBER_SERIES = "relation"
NAME_SOURCES = (
    "kind",
    "initials",
    "given_name",
    "prefix",
    "family_name",
    "partner_prefix",
    "partner_family_name",
    "name_order",
    "legal_name",
    "trade_name",
)


class Kind(models.TextChoices):
    PERSON = "person", _("person")
    ORGANISATION = "organisation", _("organisation")


class NameOrder(models.TextChoices):
    OWN = names.OWN, _("own name")
    PARTNER = names.PARTNER, _("partner's name")
    PARTNER_OWN = names.PARTNER_OWN, _("partner's name – own name")
    OWN_PARTNER = names.OWN_PARTNER, _("own name – partner's name")


class Gender(models.TextChoices):
    UNKNOWN = "", _("not known")
    FEMALE = "f", _("woman")
    MALE = "m", _("man")
    OTHER = "x", _("other")


class LegalForm(models.TextChoices):
    UNKNOWN = "", _("not known")
    ASSOCIATION = "association", _("association")
    FOUNDATION = "foundation", _("foundation")
    PRIVATE_COMPANY = "bv", _("private company (B.V.)")
    PUBLIC_COMPANY = "nv", _("public company (N.V.)")
    COOPERATIVE = "cooperative", _("cooperative")
    SOLE_TRADER = "sole_trader", _("sole trader")
    PARTNERSHIP = "vof", _("general partnership (V.O.F.)")
    LIMITED_PARTNERSHIP = "cv", _("limited partnership (C.V.)")
    PROFESSIONAL_PARTNERSHIP = "maatschap", _("professional partnership (maatschap)")
    CHURCH = "church", _("church body")
    PUBLIC_BODY = "public_body", _("public body")
    OTHER = "other", _("other")


def _joined(prefix: str, name: str):
    return Trim(Concat(F(prefix), Value(" "), F(name)))


def _display_name():
    own, partner = _joined("prefix", "family_name"), _joined("partner_prefix", "partner_family_name")
    surname = Case(
        When(partner_family_name="", then=own),
        When(family_name="", then=partner),
        When(name_order=NameOrder.OWN, then=own),
        When(name_order=NameOrder.PARTNER, then=partner),
        When(name_order=NameOrder.PARTNER_OWN, then=Concat(partner, Value("-"), own)),
        default=Concat(own, Value("-"), partner),
    )
    first = Coalesce(NullIf(F("given_name"), Value("")), F("initials"))
    return Case(
        When(kind=Kind.ORGANISATION, then=Coalesce(NullIf(F("trade_name"), Value("")), F("legal_name"))),
        default=Trim(Concat(first, Value(" "), surname)),
        output_field=models.CharField(max_length=500),
    )


class RelationQuerySet(ScopedQuerySet):
    def persons(self):
        return self.filter(kind=Kind.PERSON)

    def organisations(self):
        return self.filter(kind=Kind.ORGANISATION)

    def active(self, on):
        """Neither ended nor deceased on this day."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on), Q(deceased_on=None) | Q(deceased_on__gt=on))

    def sorted(self):
        return self.order_by("sort_key", "pk")

    def for_name(self):
        """Only what a link to the relation needs."""
        return self.only("pk", "kind", "number", "display_name")


class Relation(Recorded):
    administration = models.ForeignKey(
        Administration,
        on_delete=models.PROTECT,
        related_name="relations",
        verbose_name=_("administration"),
        help_text=_("Its home; in the mode multiple the umbrella."),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    number = models.BigIntegerField(
        _("number"), unique=True, blank=True, help_text=_("Given out by the system; never used again.")
    )
    public_id = models.UUIDField(_("public id"), unique=True, default=uuid.uuid4, editable=False)

    # a person
    initials = models.CharField(_("initials"), max_length=30, blank=True)
    given_name = models.CharField(_("given name"), max_length=80, blank=True)
    prefix = models.CharField(_("prefix"), max_length=30, blank=True, help_text=_("As in: van den"))
    family_name = models.CharField(_("family name"), max_length=120, blank=True)
    partner_prefix = models.CharField(_("partner's prefix"), max_length=30, blank=True)
    partner_family_name = models.CharField(_("partner's family name"), max_length=120, blank=True)
    name_order = models.CharField(_("order of names"), max_length=12, choices=NameOrder.choices, default=NameOrder.OWN)
    title_before = models.CharField(_("title before the name"), max_length=40, blank=True)
    title_after = models.CharField(_("title after the name"), max_length=40, blank=True)
    salutation_formal = models.CharField(
        _("formal salutation"), max_length=160, blank=True, help_text=_("Empty: made from the name.")
    )
    salutation_informal = models.CharField(
        _("informal salutation"), max_length=160, blank=True, help_text=_("Empty: made from the name.")
    )
    gender = models.CharField(_("gender"), max_length=1, choices=Gender.choices, blank=True, default="")
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    photo = models.FileField(_("photo"), upload_to="photos/", blank=True)
    deceased_on = models.DateField(
        _("deceased on"), null=True, blank=True, help_text=_("No post, mail or phone from that day; no one is told.")
    )

    # an organisation
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    trade_name = models.CharField(_("trade name"), max_length=200, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=20, choices=LegalForm.choices, blank=True, default="")
    sector = models.CharField(_("sector"), max_length=80, blank=True)

    # both
    language = models.CharField(
        _("language"), max_length=5, default="nl", choices=[("nl", _("Dutch")), ("en", _("English"))]
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneField(_("phone"), max_length=24, blank=True)
    mobile = PhoneField(_("mobile"), max_length=24, blank=True)
    website = WebsiteField(_("website"), max_length=300, blank=True)
    no_post = models.BooleanField(_("no post"), default=False)
    no_mail = models.BooleanField(_("no e-mail"), default=False)
    no_phone = models.BooleanField(_("no phone calls"), default=False)
    block_reason = models.CharField(_("reason of the block"), max_length=200, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason of ending"), max_length=200, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    external_key = models.CharField(
        _("external key"),
        max_length=80,
        blank=True,
        help_text=_("The key of this relation in the file or system it came from."),
    )

    sort_key = models.CharField(_("sort key"), max_length=200, editable=False, default="")
    display_name = GeneratedField(
        expression=_display_name(), output_field=models.CharField(_("name"), max_length=500), db_persist=True
    )

    objects = RelationQuerySet.as_manager()

    computed = (Computed("sort_key", NAME_SOURCES, names.sort_key_of),)
    history_excluded = ("sort_key",)
    field_classes = {
        PUBLIC: (
            *NAME_SOURCES,
            "administration",
            "number",
            "public_id",
            "title_before",
            "title_after",
            "salutation_formal",
            "salutation_informal",
            "photo",
            "legal_form",
            "sector",
            "email",
            "phone",
            "mobile",
            "website",
            "sort_key",
        ),
        INTERNAL: (
            "language",
            "gender",
            "deceased_on",
            "no_post",
            "no_mail",
            "no_phone",
            "block_reason",
            "ended_on",
            "end_reason",
            "notes",
            "external_key",
        ),
        SPECIAL: ("birth_date",),
    }

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["sort_key", "pk"]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="relation_sorted"),
            models.Index(fields=["administration", "sort_key", "id"], name="relation_home_sorted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind=Kind.ORGANISATION, family_name="", partner_family_name="", given_name="", birth_date=None
                )
                | (Q(kind=Kind.PERSON, legal_name="", trade_name="", legal_form="", sector="")),
                name="relations_relation_kind",
                violation_error_message=_(
                    "A person has no organisation's name, and an organisation no person's name."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.PERSON) & (~Q(family_name="") | ~Q(partner_family_name="") | ~Q(given_name=""))
                | Q(kind=Kind.ORGANISATION) & (~Q(legal_name="") | ~Q(trade_name="")),
                name="relations_relation_named",
                violation_error_message=_(
                    "Give a family name or a given name; of an organisation its legal or trade name."
                ),
            ),
            models.UniqueConstraint(
                fields=["administration", "external_key"],
                condition=~Q(external_key=""),
                name="relations_relation_external_key",
                violation_error_message=_("Another relation of this administration has this external key."),
            ),
        ]

    def __str__(self) -> str:
        if "display_name" in self.__dict__ and self.pk and not self.changes:
            return self.display_name
        return names.display_name_of({name: getattr(self, name) for name in NAME_SOURCES})

    def get_absolute_url(self) -> str:
        return reverse("relations:card", args=[self.number])

    @classmethod
    def before_insert(cls, instances) -> None:
        unnumbered = [row for row in instances if row.number is None]
        given = [row.number for row in instances if row.number is not None]
        if given:
            numbering.at_least(NUMBER_SERIES, max(given))
        if unnumbered:
            first = numbering.take(NUMBER_SERIES, len(unnumbered))
            for number, row in enumerate(unnumbered, start=first):
                row.number = number

    def clean(self):
        if self.deceased_on and self.deceased_on > timezone.localdate():
            raise ValidationError({"deceased_on": _("Nobody is deceased on a day that has yet to come.")})

    @property
    def is_person(self) -> bool:
        return self.kind == Kind.PERSON

    def is_active(self, on) -> bool:
        return not any(day and day <= on for day in (self.ended_on, self.deceased_on))

    def salutation(self, *, formal: bool = True) -> str:
        fields = (*NAME_SOURCES, "gender", "salutation_formal", "salutation_informal")
        return names.salutation({name: getattr(self, name) for name in fields}, formal=formal, language=self.language)


class KindManager(models.Manager.from_queryset(RelationQuerySet)):
    """The rows of one kind; a new row gets that kind."""

    def __init__(self, kind: str | None = None):
        super().__init__()
        self.kind = kind

    def get_queryset(self):
        return super().get_queryset().filter(kind=self.kind)

    def create(self, **values):
        return super().create(**{"kind": self.kind, **values})


class Person(Relation):
    objects = KindManager(Kind.PERSON)

    class Meta:
        proxy = True
        verbose_name = _("person")
        verbose_name_plural = _("persons")

    def __init__(self, *args, **kwargs):
        if not args:
            kwargs.setdefault("kind", Kind.PERSON)
        super().__init__(*args, **kwargs)


class Organisation(Relation):
    objects = KindManager(Kind.ORGANISATION)

    class Meta:
        proxy = True
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __init__(self, *args, **kwargs):
        if not args:
            kwargs.setdefault("kind", Kind.ORGANISATION)
        super().__init__(*args, **kwargs)


class RelationUse(Recorded):
    """In the mode multiple: the umbrella's relation is put to use in another administration."""

    administration = models.ForeignKey(
        Administration, on_delete=models.PROTECT, related_name="uses", verbose_name=_("administration")
    )
    relation = models.ForeignKey(Relation, on_delete=models.CASCADE, related_name="uses", verbose_name=_("relation"))

    objects = ScopedQuerySet.as_manager()

    field_classes = {PUBLIC: ("administration", "relation")}

    class Meta:
        verbose_name = _("use of a relation")
        verbose_name_plural = _("uses of relations")
        constraints = [
            models.UniqueConstraint(fields=["administration", "relation"], name="relations_relationuse_once")
        ]

    def __str__(self) -> str:
        return f"{self.relation}: {self.administration}"
