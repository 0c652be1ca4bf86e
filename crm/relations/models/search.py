"""What the search reads: derived from the relations by `crm.relations.search.index`, made again at any time.

No history and no version: nothing here was entered by anybody. Reasons and figures: design/performance.md 7.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.core.field_classes import FIELD_CLASSES


class BytewiseCharField(models.CharField):
    """Text that compares byte by byte on every database, so that the index serves "begins with".

    SQLite does so by itself; PostgreSQL follows the locale of its cluster unless told otherwise.
    """

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class Word(models.Model):
    """A word in a name or place, folded. Only added; a process that searches keeps them all in memory."""

    text = BytewiseCharField(_("word"), max_length=60, unique=True)
    # how many relations have it, about: counted when the word is made and by `recount`; it only decides which word
    # of a question is looked up first
    uses = models.PositiveIntegerField(_("uses"), default=0)

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")

    def __str__(self) -> str:
        return self.text


class WordUse(models.Model):
    """A relation has a word."""

    pk = models.CompositePrimaryKey("word_id", "relation_id")
    word = models.ForeignKey(Word, on_delete=models.CASCADE, related_name="+", db_index=False)
    relation = models.ForeignKey("relations.Relation", on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("use of a search word")
        verbose_name_plural = _("uses of search words")
        indexes = [models.Index(fields=["relation", "word"], name="worduse_relation")]

    def __str__(self) -> str:
        return f"{self.word_id}: {self.relation_id}"


class SearchKey(models.Model):
    """A relation is found by this value, whole or by its beginning, never with a typing error in it."""

    class Source(models.TextChoices):
        NUMBER = "number", _("number")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        WEBSITE = "website", _("website")
        ADDRESS = "address", _("postcode and house number")
        KVK = "kvk", _("KvK number")
        RSIN = "rsin", _("RSIN")
        VAT = "vat", _("VAT number")
        OIN = "oin", _("OIN")
        IBAN = "iban", _("IBAN")
        FINANCIAL_NUMBER = "books", _("number in the books")

    pk = models.CompositePrimaryKey("value", "relation_id", "source", "scope")
    value = BytewiseCharField(_("value"), max_length=100)
    relation = models.ForeignKey("relations.Relation", on_delete=models.CASCADE, related_name="+")
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    # the administration whose number this is; 0: it holds in every administration
    scope = models.BigIntegerField(_("administration"), default=0)
    field_class = models.CharField(_("field class"), max_length=9, choices=[(c, c) for c in FIELD_CLASSES])

    class Meta:
        verbose_name = _("search key")
        verbose_name_plural = _("search keys")

    def __str__(self) -> str:
        return f"{self.source}: {self.relation_id}"
