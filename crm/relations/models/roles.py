"""What a relation is in an administration: client or member, debtor or creditor."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access.rules import ScopedDatedQuerySet, ScopedQuerySet
from crm.administrations.models import Administration
from crm.core.field_classes import FINANCIAL, INTERNAL
from crm.core.models import Dated, Recorded
from crm.relations.models.contact import Address, BankAccount, relation_key


class Standing(Recorded, Dated):
    """Client or member of an administration, since and until ("klant sinds", "geen klant meer")."""

    class Kind(models.TextChoices):
        CLIENT = "client", _("client")
        MEMBER = "member", _("member")

    relation = relation_key("standings")
    administration = models.ForeignKey(
        Administration, on_delete=models.PROTECT, related_name="standings", verbose_name=_("administration")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    end_reason = models.CharField(_("reason of ending"), max_length=200, blank=True)

    objects = ScopedDatedQuerySet.as_manager()

    field_classes = {INTERNAL: ("relation", "administration", "kind", "end_reason", "valid_from", "valid_until")}

    class Meta:
        verbose_name = _("client or member")
        verbose_name_plural = _("clients and members")
        ordering = ["-valid_from", "pk"]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["relation", "valid_from", "administration", "kind"], name="relations_standing_once"
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class FinancialNumber(Recorded):
    """The number of a relation in the books of one administration; its debtor and creditor role share it."""

    relation = relation_key("financial_numbers")
    administration = models.ForeignKey(
        Administration, on_delete=models.PROTECT, related_name="financial_numbers", verbose_name=_("administration")
    )
    number = models.BigIntegerField(_("number"))

    objects = ScopedQuerySet.as_manager()

    field_classes = {FINANCIAL: ("relation", "administration", "number")}

    class Meta:
        verbose_name = _("number in the books")
        verbose_name_plural = _("numbers in the books")
        constraints = [
            models.UniqueConstraint(fields=["administration", "relation"], name="relations_financialnumber_relation"),
            models.UniqueConstraint(
                fields=["administration", "number"],
                name="relations_financialnumber_number",
                violation_error_message=_("Another relation has this number in this administration."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class FinancialRoleQuerySet(ScopedDatedQuerySet):
    def debtors(self, on):
        return self.on(on).filter(kind=FinancialRole.Kind.DEBTOR)

    def creditors(self, on):
        return self.on(on).filter(kind=FinancialRole.Kind.CREDITOR)


class FinancialRole(Recorded, Dated):
    """A relation is debtor or creditor in one administration. The flag knows what set it."""

    class Kind(models.TextChoices):
        DEBTOR = "debtor", _("debtor")
        CREDITOR = "creditor", _("creditor")

    class Cause(models.TextChoices):
        MANUAL = "manual", _("by hand")
        IMPORT = "import", _("import")
        INVOICE = "invoice", _("first invoice")
        COUPLING = "coupling", _("coupling")

    relation = relation_key("financial_roles")
    administration = models.ForeignKey(
        Administration, on_delete=models.PROTECT, related_name="financial_roles", verbose_name=_("administration")
    )
    kind = models.CharField(_("role"), max_length=8, choices=Kind.choices)
    number = models.ForeignKey(
        FinancialNumber, on_delete=models.PROTECT, related_name="roles", verbose_name=_("number")
    )
    payment_term_days = models.PositiveSmallIntegerField(_("payment term in days"), default=30)
    reminders = models.BooleanField(_("send reminders"), default=True)
    bank_account = models.ForeignKey(
        BankAccount,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="roles",
        verbose_name=_("bank account"),
        help_text=_("Empty: the main account."),
    )
    billing_address = models.ForeignKey(
        Address,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="roles",
        verbose_name=_("billing address"),
        help_text=_("Empty: the billing, else the postal, else the visiting address of the day."),
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices, default=Cause.MANUAL, editable=False)
    cause_detail = models.CharField(_("what set it"), max_length=120, blank=True, editable=False)
    set_by = models.ForeignKey(
        "access.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("set by"),
    )
    set_at = models.DateTimeField(_("set at"), auto_now_add=True)

    objects = FinancialRoleQuerySet.as_manager()

    field_classes = {
        FINANCIAL: (
            "relation",
            "administration",
            "kind",
            "number",
            "payment_term_days",
            "reminders",
            "bank_account",
            "billing_address",
            "cause",
            "cause_detail",
            "set_by",
            "set_at",
            "valid_from",
            "valid_until",
        )
    }

    class Meta:
        verbose_name = _("financial role")
        verbose_name_plural = _("financial roles")
        ordering = ["administration", "kind", "-valid_from"]
        indexes = [models.Index(fields=["administration", "valid_from", "relation"], name="financialrole_books")]
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["relation", "valid_from", "administration", "kind"], name="relations_financialrole_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class OpenAmount(models.Model):
    """What the books say is still open for a role, as last read. A reading, not our data: no history."""

    role = models.OneToOneField(
        FinancialRole, on_delete=models.CASCADE, related_name="open_amount", verbose_name=_("financial role")
    )
    amount = models.DecimalField(_("open amount in euros"), max_digits=14, decimal_places=2)
    oldest_due_on = models.DateField(_("oldest due date"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("open amount")
        verbose_name_plural = _("open amounts")

    def __str__(self) -> str:
        return str(self.amount)
