from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from crm.core.change_set import ChangeSet, change_set
from crm.core.models import ChangedMeanwhile
from crm.relations import services
from crm.relations.models import Address, BankAccount, Employment, FinancialRole, OpenAmount, Relation, Relationship
from tests.factories.relations import (
    DAY,
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    RelationshipFactory,
    RelationshipTypeFactory,
    user_in,
)

pytestmark = pytest.mark.django_db

MOVE = date(2026, 12, 1)
OLD_IBAN, NEW_IBAN = "NL91ABNA0417164300", "NL20INGB0001234567"


def periods(relation):
    return list(relation.addresses.order_by("valid_from").values_list("street", "valid_from", "valid_until"))


def test_relation_is_made_whole_in_one_change_set():
    administration = AdministrationFactory()

    with change_set(action="request"):
        relation = services.create_relation(
            administration=administration,
            kind="person",
            given_name="Aafje",
            prefix="van den",
            family_name="Brink",
            phone="074 2550330",
            address={"kind": "visiting", "valid_from": LONG_AGO, "street": "Marktplein", "postcode": "7551 ec"},
            iban="NL91 ABNA 0417 1643 00",
        )

    relation.refresh_from_db()
    assert (relation.display_name, relation.phone) == ("Aafje van den Brink", "+31742550330")
    assert relation.addresses.get().postcode == "7551EC"
    assert list(relation.bank_accounts.values_list("iban", "main")) == [(OLD_IBAN, True)]
    history = [relation.history, relation.addresses.get().history, relation.bank_accounts.get().history]
    assert {rows.get().change_set.action for rows in history} == {"request"}


def test_relation_with_a_wrong_field_leaves_nothing():
    administration = AdministrationFactory()

    with pytest.raises(ValidationError) as refusal:
        services.create_relation(administration=administration, kind="person", family_name="Brink", phone="12")

    assert list(refusal.value.message_dict) == ["phone"]
    assert Relation.objects.count() == 0


def test_move_of_tomorrow_ends_the_old_address_on_that_day():
    relation = AddressFactory(street="Marktplein").relation

    services.change_address(relation, kind="visiting", valid_from=MOVE, street="Brinkhof", city="Hengelo")

    assert periods(relation) == [("Marktplein", LONG_AGO, MOVE), ("Brinkhof", MOVE, None)]
    assert [a.street for a in relation.addresses.on(MOVE - timedelta(days=1))] == ["Marktplein"]
    assert [a.street for a in relation.addresses.on(MOVE)] == ["Brinkhof"]


def test_same_move_twice_changes_nothing():
    relation = AddressFactory().relation
    move = {"kind": "visiting", "valid_from": MOVE, "street": "Brinkhof", "city": "Hengelo"}
    services.change_address(relation, **move)
    before = (ChangeSet.objects.count(), Address.history.count())

    services.change_address(relation, **move)

    assert (ChangeSet.objects.count(), Address.history.count()) == before


def test_move_before_a_planned_move_ends_where_that_one_begins():
    relation = AddressFactory(street="Marktplein").relation
    services.change_address(relation, kind="visiting", valid_from=MOVE, street="Brinkhof", city="Hengelo")

    services.change_address(relation, kind="visiting", valid_from=DAY, street="Kade", city="Hengelo")

    assert periods(relation) == [("Marktplein", LONG_AGO, DAY), ("Kade", DAY, MOVE), ("Brinkhof", MOVE, None)]


def test_addresses_of_one_kind_do_not_overlap_whoever_saves_them():
    address = AddressFactory()

    with pytest.raises(ValidationError), transaction.atomic():
        Address.objects.create(relation=address.relation, kind="visiting", valid_from=DAY)

    assert address.relation.addresses.count() == 1


def test_new_iban_becomes_main_and_the_old_one_stays():
    relation = OrganisationFactory()
    services.set_iban(relation, iban=OLD_IBAN)

    services.set_iban(relation, iban="nl20 ingb 0001 2345 67", holder="Stichting De Brink")

    assert list(relation.bank_accounts.order_by("pk").values_list("iban", "main", "holder")) == [
        (OLD_IBAN, False, ""),
        (NEW_IBAN, True, "Stichting De Brink"),
    ]


def test_iban_that_was_changed_meanwhile_is_not_overwritten():
    relation = OrganisationFactory()
    shown = services.set_iban(relation, iban=OLD_IBAN).version
    services.set_iban(relation, iban=NEW_IBAN)
    services.set_iban(relation, iban=OLD_IBAN)

    with pytest.raises(ChangedMeanwhile):
        services.set_iban(relation, iban=NEW_IBAN, version=shown)

    assert BankAccount.objects.get(relation=relation, main=True).iban == OLD_IBAN


@pytest.mark.parametrize("iban", ["NL20INGB0001234568", "NL20", "", "geen iban"])
def test_wrong_iban_is_refused_with_a_sentence(iban):
    relation = OrganisationFactory()

    with pytest.raises(ValidationError) as refusal:
        services.set_iban(relation, iban=iban)

    assert (list(refusal.value.message_dict), BankAccount.objects.count()) == (["iban"], 0)


def test_person_holds_a_function_once_at_a_time():
    held = EmploymentFactory(function="directeur")

    with pytest.raises(ValidationError):
        services.employ(held.person, held.organisation, valid_from=DAY, function="directeur")
    other = services.employ(held.person, held.organisation, valid_from=DAY, function="penningmeester")

    assert Employment.objects.filter(person=held.person).count() == 2
    assert other.function == "penningmeester"


def test_organisation_is_nobodys_employee():
    with pytest.raises(ValidationError):
        services.employ(OrganisationFactory(), OrganisationFactory(), valid_from=DAY)


def test_ended_employment_stays():
    employment = EmploymentFactory()

    services.end_employment(employment, on=DAY, version=employment.version, reason="pensioen")

    employment.refresh_from_db()
    assert (employment.valid_until, employment.end_reason, employment.is_on(DAY)) == (DAY, "pensioen", False)


def test_tie_that_closes_a_circle_is_refused():
    kind = RelationshipTypeFactory()
    first = RelationshipFactory(type=kind)
    second = RelationshipFactory(type=kind, from_relation=first.to_relation)

    with pytest.raises(ValidationError):
        services.relate(second.to_relation, first.from_relation, type=kind, valid_from=DAY)

    assert Relationship.objects.count() == 2


def test_circle_over_ties_that_ended_before_is_no_circle():
    kind = RelationshipTypeFactory()
    first = RelationshipFactory(type=kind, valid_until=DAY)

    services.relate(first.to_relation, first.from_relation, type=kind, valid_from=DAY)

    assert Relationship.objects.count() == 2


def test_same_tie_in_the_same_period_is_refused():
    tie = RelationshipFactory()

    with pytest.raises(ValidationError):
        services.relate(tie.from_relation, tie.to_relation, type=tie.type, valid_from=DAY)


def test_debtor_and_creditor_share_one_number_per_administration():
    relation, here, there = OrganisationFactory(), AdministrationFactory(), AdministrationFactory()

    roles = [
        services.set_financial_role(relation, administration=where, kind=kind, valid_from=DAY)
        for where, kind in [(here, "debtor"), (here, "creditor"), (there, "debtor")]
    ]

    assert roles[0].number == roles[1].number != roles[2].number
    assert roles[0].number.number == roles[2].number.number == 10001


def test_role_that_is_going_on_is_not_given_twice():
    relation, administration = OrganisationFactory(), AdministrationFactory()
    role = services.set_financial_role(relation, administration=administration, kind="debtor", valid_from=LONG_AGO)

    again = services.set_financial_role(relation, administration=administration, kind="debtor", valid_from=DAY)

    assert again.pk == role.pk


def test_role_knows_who_set_it():
    administration = AdministrationFactory()
    user = user_in(administration)

    with change_set(actor=user):
        role = services.set_financial_role(
            OrganisationFactory(administration=administration),
            administration=administration,
            kind="debtor",
            valid_from=DAY,
            cause=FinancialRole.Cause.INVOICE,
            cause_detail="F2026-001",
        )

    role.refresh_from_db()
    assert (role.set_by, role.cause, role.cause_detail) == (user, "invoice", "F2026-001")


@pytest.mark.parametrize("rows", [1, 3])
def test_many_become_debtor_at_once(rows, django_assert_max_num_queries):
    administration = AdministrationFactory()
    ids = [OrganisationFactory(administration=administration).pk for _ in range(rows)]
    services.make_financial_roles(ids[:0], administration=administration, kind="debtor", valid_from=DAY)

    with django_assert_max_num_queries(30):
        made = services.make_financial_roles(ids, administration=administration, kind="debtor", valid_from=DAY)
    again = services.make_financial_roles(ids, administration=administration, kind="debtor", valid_from=DAY)

    assert (made, again) == (ids, [])
    assert list(FinancialRole.objects.order_by("relation_id").values_list("number__number", flat=True)) == [
        10001 + n for n in range(rows)
    ]


def test_address_of_another_relation_is_no_billing_address():
    relation, administration = OrganisationFactory(), AdministrationFactory()

    with pytest.raises(ValidationError):
        services.set_financial_role(
            relation, administration=administration, kind="debtor", valid_from=DAY, billing_address=AddressFactory()
        )

    assert FinancialRole.objects.count() == 0


def test_open_amounts_go_to_the_role_and_what_is_paid_becomes_zero():
    administration = AdministrationFactory()
    owing, paid = OrganisationFactory(), OrganisationFactory()
    for relation in (owing, paid):
        services.set_financial_role(relation, administration=administration, kind="debtor", valid_from=LONG_AGO)
    now = timezone.now()
    rows = [(owing.pk, administration.pk, "debtor", Decimal("12.50"), DAY)]
    services.set_open_amounts([(paid.pk, administration.pk, "debtor", Decimal(3), DAY)], read_at=now)

    services.set_open_amounts(rows, read_at=now, complete_for=(administration.pk, "debtor"))

    amounts = OpenAmount.objects.order_by("role__relation_id").values_list("amount", "oldest_due_on")
    assert list(amounts) == [(Decimal("12.50"), DAY), (Decimal(0), None)]


def test_ending_ends_what_hangs_under_it_and_leaves_what_is_unpaid():
    employment = EmploymentFactory()
    organisation = employment.organisation
    tie = RelationshipFactory(from_relation=organisation)
    administration = organisation.administration
    unpaid = services.set_financial_role(
        organisation, administration=administration, kind="debtor", valid_from=LONG_AGO
    )
    settled = services.set_financial_role(
        organisation, administration=administration, kind="creditor", valid_from=LONG_AGO
    )
    services.set_open_amounts(
        [(organisation.pk, administration.pk, "debtor", Decimal(5), DAY)], read_at=timezone.now()
    )

    report = services.end_relation(organisation, on=DAY, version=organisation.version, reason="opgeheven")

    for row in (organisation, employment, tie, unpaid, settled):
        row.refresh_from_db()
    assert report.ended == {"employments": 1, "relationships": 1, "roles": 1}
    assert len(report.left) == 1
    assert (organisation.ended_on, employment.valid_until, tie.valid_until) == (DAY, DAY, DAY)
    assert (unpaid.valid_until, settled.valid_until) == (None, DAY)


def test_death_is_noted_on_every_record_of_the_human():
    card = EmploymentFactory()
    head = PersonFactory(administration=card.organisation.administration)
    services.tie_to_main_contact(card, main_contact=head, version=card.version)
    head.refresh_from_db()

    services.mark_deceased(head, on=DAY, version=head.version)

    card.refresh_from_db()
    assert set(Relation.objects.filter(kind="person").values_list("deceased_on", flat=True)) == {DAY}
    assert card.valid_until == DAY


def test_organisation_does_not_die():
    organisation = OrganisationFactory()

    with pytest.raises(ValidationError):
        services.mark_deceased(organisation, on=DAY, version=organisation.version)


def test_relation_that_is_in_the_books_is_not_deleted():
    relation = OrganisationFactory()
    services.set_financial_role(relation, administration=relation.administration, kind="debtor", valid_from=DAY)

    with pytest.raises(services.UnableToDelete) as refusal:
        services.delete_relation(relation, version=relation.version)

    assert (len(refusal.value.obstacles), Relation.objects.filter(pk=relation.pk).exists()) == (1, True)


def test_deleted_relation_leaves_with_history():
    address = AddressFactory()
    relation, key = address.relation, address.relation.pk

    services.delete_relation(relation, version=relation.version, reason="dubbel ingevoerd")

    assert list(Relation.history.filter(id=key).values_list("history_type", flat=True)) == ["-", "+"]
    assert Relation.history.filter(id=key).first().change_set.reason == "dubbel ingevoerd"


def test_nobody_dies_tomorrow():
    person = PersonFactory()

    with pytest.raises(ValidationError) as refusal:
        services.mark_deceased(person, on=timezone.localdate() + timedelta(days=1), version=person.version)

    assert list(refusal.value.message_dict) == ["deceased_on"]
