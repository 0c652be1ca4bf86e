"""The shape of relations and what hangs under them, as the API takes and gives them."""

from rest_framework import serializers

from crm.core.api.serializers import RecordSerializer
from crm.relations.models import (
    Address,
    BankAccount,
    Employment,
    FinancialRole,
    Identifier,
    Relation,
    Relationship,
    RelationshipType,
)

DAYS = ("valid_from", "valid_until")


class RelationSerializer(RecordSerializer):
    display_name = serializers.CharField(read_only=True)

    class Meta:
        model = Relation
        fields = (
            "id",
            "version",
            "number",
            "public_id",
            "administration",
            "kind",
            "display_name",
            "initials",
            "given_name",
            "prefix",
            "family_name",
            "partner_prefix",
            "partner_family_name",
            "name_order",
            "title_before",
            "title_after",
            "salutation_formal",
            "salutation_informal",
            "gender",
            "birth_date",
            "deceased_on",
            "legal_name",
            "trade_name",
            "legal_form",
            "sector",
            "language",
            "email",
            "phone",
            "mobile",
            "website",
            "no_post",
            "no_mail",
            "no_phone",
            "block_reason",
            "ended_on",
            "end_reason",
            "notes",
            "external_key",
        )
        # the number is given out; ending and dying are acts that end more than the relation
        read_only_fields = ("number", "public_id", "deceased_on", "ended_on", "end_reason")


class AddressSerializer(RecordSerializer):
    class Meta:
        model = Address
        fields = (
            "id",
            "version",
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
            *DAYS,
            "check_state",
        )
        read_only_fields = ("check_state",)


class BankAccountSerializer(RecordSerializer):
    class Meta:
        model = BankAccount
        fields = ("id", "version", "relation", "iban", "bic", "holder", "main")
        extra_kwargs = {"iban": {"max_length": 42}}  # with its spaces


class IdentifierSerializer(RecordSerializer):
    class Meta:
        model = Identifier
        fields = ("id", "version", "relation", "kind", "value")


class EmploymentSerializer(RecordSerializer):
    class Meta:
        model = Employment
        fields = (
            "id",
            "version",
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
            *DAYS,
        )
        # a tie that makes two records one human
        read_only_fields = ("main_contact",)


class RelationshipTypeSerializer(RecordSerializer):
    class Meta:
        model = RelationshipType
        fields = (
            "id",
            "version",
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


class RelationshipSerializer(RecordSerializer):
    class Meta:
        model = Relationship
        fields = ("id", "version", "type", "from_relation", "to_relation", "percentage", "remarks", *DAYS)


class FinancialRoleSerializer(RecordSerializer):
    number = serializers.IntegerField(
        source="number.number",
        required=False,
        min_value=1,
        max_value=999_999_999_999,
        help_text="Empty: the next one.",
    )

    class Meta:
        model = FinancialRole
        fields = (
            "id",
            "version",
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
            "set_at",
            *DAYS,
        )
        read_only_fields = ("cause", "cause_detail", "set_at")
