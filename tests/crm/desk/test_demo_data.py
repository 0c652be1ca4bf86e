"""Made-up data: as many as asked, the same for the same seed, and as odd as real data is."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from stdnum import iban as stdnum_iban

from crm.core.change_set import ChangeSet
from crm.desk.imaginary import people
from crm.desk.imaginary.writing import write
from crm.relations.models import (
    Address,
    BankAccount,
    Employment,
    FinancialRole,
    Relation,
    Relationship,
    WordUse,
)
from tests.factories.relations import AdministrationFactory

TODAY = date(2026, 11, 25)
MADE = (Relation, Address, BankAccount, Employment, Relationship, FinancialRole)


@pytest.fixture
def four_hundred(db):
    write(AdministrationFactory(), relations=400, seed=7, today=TODAY)


@pytest.mark.usefixtures("four_hundred")
def test_demo_data_makes_as_many_as_asked_with_everything_under_them():
    assert Relation.objects.count() == 400
    assert all(model.objects.count() > 20 for model in MADE)


@pytest.mark.usefixtures("four_hundred")
def test_demo_data_writes_history_and_search_and_is_one_change_set():
    assert [model.history.filter(history_type="+").count() for model in MADE] == [m.objects.count() for m in MADE]
    assert WordUse.objects.values("relation_id").distinct().count() == 400
    made_in = Relation.history.order_by().values_list("change_set_id", flat=True).distinct()
    assert list(made_in) == [ChangeSet.objects.get(action="demo.data").pk]


def test_demo_data_is_the_same_for_the_same_seed(db):
    administration = AdministrationFactory()
    made = []
    for seed in (3, 3, 4):
        write(administration, relations=60, seed=seed, today=TODAY)
        newest = Relation.objects.order_by("-pk").values("pk")[:60]
        rows = Relation.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).order_by("pk")
        made.append(list(rows.values_list("display_name", "email", "mobile", "birth_date")))

    assert made[0] == made[1]
    assert made[0] != made[2]


@pytest.mark.usefixtures("four_hundred")
def test_demo_data_has_households_holdings_and_careers():
    kinds = set(Relationship.objects.values_list("type__name", flat=True))
    shares = set(Relationship.objects.exclude(percentage=None).values_list("type__name", flat=True))
    shapes = {employment.when(TODAY) for employment in Employment.objects.all()}

    assert kinds == {"is partner van", "is ouder van", "is moeder van"}
    assert shares == {"is moeder van"}
    assert {"now", "past"} <= shapes


@pytest.mark.usefixtures("four_hundred")
def test_demo_data_makes_about_one_in_seven_a_debtor():
    debtors = FinancialRole.objects.debtors(TODAY).count()

    assert 400 * 0.09 < debtors < 400 * 0.22


@pytest.mark.usefixtures("four_hundred")
def test_demo_data_writes_the_same_form_in_several_ways():
    names = Relation.objects.organisations().filter(legal_form="bv").values_list("legal_name", flat=True)

    assert len({name.rpartition(" ")[2] for name in names}) > 2


def test_iban_of_has_right_check_digits():
    iban = people.iban_of("TEST0123456789")

    assert stdnum_iban.is_valid(iban, check_country=False)
    assert iban == "NL13TEST0123456789"


def test_demo_data_refuses_an_administration_that_is_not_there(db):
    with pytest.raises(CommandError, match="no administration 'Nergens'"):
        call_command("demo_data", relations=1, administration="Nergens")


def test_demo_data_makes_an_administration_where_there_is_none(db):
    call_command("demo_data", relations=3, verbosity=0)

    assert Relation.objects.get(number=10001).administration.name == "Verbond Kleine Podia"
    assert Relation.objects.count() == 3
