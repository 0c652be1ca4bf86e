"""How relations hang together: employments, and typed ties between any two."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedDatedQuerySet, ScopedQuerySet
from crm.core.field_classes import PUBLIC, SPECIAL
from crm.core.models import Dated, Recorded
from crm.relations.fields import PhoneField
from crm.relations.models.relation import Kind, Relation


class Employment(Recorded, Dated):
    """A person working at, or acting for, an organisation: a contact card. Ending one never deletes it."""

    class AddressChoice(models.TextChoices):
        WORK = "work", _("address of the organisation")
        PRIVATE = "private", _("private address")

    person = models.ForeignKey(
        Relation, on_delete=models.CASCADE, related_name="employments", verbose_name=_("person")
    )
    organisation = models.ForeignKey(
        Relation, on_delete=models.CASCADE, related_name="staff", verbose_name=_("organisation")
    )
    function = models.CharField(_("function"), max_length=120, blank=True)
    department = models.CharField(_("department"), max_length=120, blank=True)
    email = models.EmailField(_("work e-mail"), blank=True)
    phone = PhoneField(_("work phone"), max_length=24, blank=True)
    mobile = PhoneField(_("work mobile"), max_length=24, blank=True)
    address_choice = models.CharField(
        _("post goes to"), max_length=8, choices=AddressChoice.choices, default=AddressChoice.WORK
    )
    first_contact = models.BooleanField(_("first contact of the organisation"), default=False)
    main_contact = models.ForeignKey(
        Relation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cards",
        verbose_name=_("main contact"),
        help_text=_("The record this card belongs to when one human has several records."),
    )
    end_reason = models.CharField(_("reason of ending"), max_length=200, blank=True)

    objects = ScopedDatedQuerySet.as_manager()

    field_classes = {
        PUBLIC: (
            "person",
            "organisation",
            "function",
            "department",
            "email",
            "phone",
            "mobile",
            "address_choice",
            "first_contact",
            "main_contact",
            "end_reason",
            "valid_from",
            "valid_until",
        )
    }

    class Meta:
        verbose_name = _("employment")
        verbose_name_plural = _("employments")
        ordering = ["-valid_from", "pk"]
        indexes = [
            models.Index(fields=["person", "valid_from"], name="employment_person"),
            models.Index(fields=["organisation", "valid_from"], name="employment_organisation"),
        ]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(person=F("organisation")),
                name="relations_employment_two",
                violation_error_message=_("Nobody works at themselves."),
            ),
        ]

    def __str__(self) -> str:
        return self.function or str(_("employment"))


class RelationshipType(Recorded):
    """A kind of tie, named from both sides. The rules of its structure are checked for every tie."""

    class Structure(models.TextChoices):
        NONE = "none", _("no structure")
        GROUP = "group", _("group of companies")
        FAMILY = "family", _("family and life partners")
        OWNERSHIP = "ownership", _("beneficial ownership (WWFT)")

    class Side(models.TextChoices):
        ANY = "", _("person or organisation")
        PERSON = Kind.PERSON.value, _("person")
        ORGANISATION = Kind.ORGANISATION.value, _("organisation")

    name = models.CharField(
        _("label"), max_length=80, help_text=_("Read from the first to the second: “is parent company of”.")
    )
    reverse_name = models.CharField(
        _("label the other way"), max_length=80, help_text=_("Read from the second: “is subsidiary of”.")
    )
    structure = models.CharField(_("structure"), max_length=12, choices=Structure.choices, default=Structure.NONE)
    from_kind = models.CharField(_("kind of the first"), max_length=12, choices=Side.choices, blank=True, default="")
    to_kind = models.CharField(_("kind of the second"), max_length=12, choices=Side.choices, blank=True, default="")
    acyclic = models.BooleanField(
        _("no cycles"), default=False, help_text=_("A relation may not be its own ancestor along this tie.")
    )
    symmetric = models.BooleanField(_("same both ways"), default=False)
    acts_for = models.BooleanField(
        _("acts for"), default=False, help_text=_("The first acts for the second: partner, executor, guardian.")
    )
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Kept where it is used, no longer offered.")
    )

    objects = ScopedQuerySet.as_manager()

    field_classes = {
        PUBLIC: (
            "name",
            "reverse_name",
            "structure",
            "from_kind",
            "to_kind",
            "acyclic",
            "symmetric",
            "acts_for",
            "retired",
        )
    }

    class Meta:
        verbose_name = _("relationship type")
        verbose_name_plural = _("relationship types")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name", "reverse_name"], name="relations_relationshiptype_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} / {self.reverse_name}"

    @property
    def has_percentage(self) -> bool:
        return self.structure in (self.Structure.GROUP, self.Structure.OWNERSHIP)


class Relationship(Recorded, Dated):
    """A typed, directed, dated tie between two relations."""

    type = models.ForeignKey(
        RelationshipType, on_delete=models.PROTECT, related_name="relationships", verbose_name=_("type")
    )
    from_relation = models.ForeignKey(
        Relation, on_delete=models.CASCADE, related_name="ties_from", verbose_name=_("from")
    )
    to_relation = models.ForeignKey(Relation, on_delete=models.CASCADE, related_name="ties_to", verbose_name=_("to"))
    percentage = models.DecimalField(
        _("share"), max_digits=5, decimal_places=2, null=True, blank=True, help_text=_("In percent.")
    )
    remarks = models.CharField(_("remarks"), max_length=200, blank=True)

    objects = ScopedDatedQuerySet.as_manager()

    field_classes = {
        PUBLIC: ("type", "from_relation", "to_relation", "remarks", "valid_from", "valid_until"),
        SPECIAL: ("percentage",),
    }

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        ordering = ["-valid_from", "pk"]
        indexes = [
            models.Index(fields=["from_relation", "valid_from"], name="relationship_from"),
            models.Index(fields=["to_relation", "valid_from"], name="relationship_to"),
        ]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(from_relation=F("to_relation")),
                name="relations_relationship_two",
                violation_error_message=_("A relation has no tie with itself."),
            ),
            models.CheckConstraint(
                condition=Q(percentage=None) | Q(percentage__gt=0, percentage__lte=100),
                name="relations_relationship_percentage",
                violation_error_message=_("A share is more than 0 and at most 100 percent."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.type)
