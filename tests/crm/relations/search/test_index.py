import pytest

from crm.core import bulk
from crm.relations.models import (
    Address,
    Employment,
    FinancialNumber,
    Identifier,
    Relation,
    SearchKey,
    Word,
    WordUse,
)
from crm.relations.search import index
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    OrganisationFactory,
    PersonFactory,
)


def words_of(relation):
    return sorted(WordUse.objects.filter(relation_id=relation.pk).values_list("word__text", flat=True))


def keys_of(relation):
    rows = SearchKey.objects.filter(relation_id=relation.pk).exclude(source="number")
    return sorted(rows.values_list("source", "value", "scope", "field_class"))


def test_saved_person_has_the_words_of_all_their_names(administration):
    person = PersonFactory(
        administration=administration,
        initials="J.P.",
        given_name="Anne-Marie",
        prefix="van den",
        family_name="Berg",
        partner_prefix="'t",
        partner_family_name="Hart",
    )

    assert words_of(person) == ["anne", "annemarie", "berg", "hart", "jp", "marie", "t"]


def test_saved_organisation_has_its_names_without_legal_form(administration):
    organisation = OrganisationFactory(
        administration=administration, legal_name="Stichting De Roode Bioscoop", trade_name="Roodebios B.V."
    )

    assert words_of(organisation) == ["bioscoop", "roode", "roodebios"]


def test_changed_name_takes_the_old_words_away(administration):
    person = PersonFactory(administration=administration, given_name="Jan", family_name="Berg")

    person.family_name = "Zwartsluis"
    person.save()

    assert words_of(person) == ["jan", "zwartsluis"]


def test_keys_come_from_all_that_hangs_under_a_relation(administration):
    person = PersonFactory(
        administration=administration,
        given_name="Jan",
        family_name="Berg",
        email="Jan@Example.nl",
        phone="030 123 45 67",
        mobile="06 12345678",
    )
    AddressFactory(
        relation=person, postcode="1234 AB", house_number=12, house_letter="a", house_addition="II", city="Den Bosch"
    )
    BankAccountFactory(relation=person)
    Identifier.objects.create(relation=person, kind="rsin", value="123456782")
    FinancialNumber.objects.create(relation=person, administration=administration, number=70001)

    assert keys_of(person) == [
        ("address", "1234ab12aii", 0, "public"),
        ("books", "70001", administration.pk, "financial"),
        ("email", "jan@example.nl", 0, "public"),
        ("iban", "nl91abna0417164300", 0, "financial"),
        ("phone", "31301234567", 0, "public"),
        ("phone", "31612345678", 0, "public"),
        ("rsin", "123456782", 0, "public"),
    ]
    assert words_of(person) == ["berg", "bosch", "hertogenbosch", "jan"]


def test_employment_gives_its_keys_to_the_person_and_the_organisation_and_takes_them_along(administration):
    person = PersonFactory(administration=administration)
    first, second = (OrganisationFactory(administration=administration) for _ in range(2))
    employment = Employment.objects.create(
        person=person, organisation=first, email="werk@example.nl", valid_from=LONG_AGO
    )
    key = [("email", "werk@example.nl", 0, "public")]
    assert [keys_of(r) for r in (person, first, second)] == [key, key, []]

    employment.organisation = second
    employment.save()
    assert [keys_of(r) for r in (person, first, second)] == [key, [], key]

    employment.delete()
    assert [keys_of(r) for r in (person, first, second)] == [[], [], []]


def test_bulk_door_refreshes_too(administration):
    people = [
        PersonFactory(administration=administration, given_name="Jan", family_name=name) for name in ("Aa", "Bee")
    ]

    bulk.update(Relation, {person.pk: {"given_name": "Piet"} for person in people})

    assert [words_of(person) for person in people] == [["aa", "piet"], ["bee", "piet"]]


def test_deleted_relation_leaves_nothing_behind(administration):
    person = PersonFactory(administration=administration, email="jan@example.nl")
    pk = person.pk

    person.delete()

    assert not WordUse.objects.filter(relation_id=pk).exists()
    assert not SearchKey.objects.filter(relation_id=pk).exists()


@pytest.mark.parametrize("number", [1, 3])
def test_refresh_of_what_is_right_reads_and_writes_nothing(administration, django_assert_num_queries, number):
    people = [AddressFactory(relation=PersonFactory(administration=administration)).relation for _ in range(number)]

    with django_assert_num_queries(2):
        index.refresh([person.pk for person in people])


@pytest.mark.parametrize("number", [1, 3])
def test_refresh_takes_the_same_queries_for_one_and_for_three(administration, django_assert_num_queries, number):
    people = [PersonFactory(administration=administration, email="jan@example.nl") for _ in range(number)]
    Word.objects.all().delete()
    SearchKey.objects.all().delete()

    with django_assert_num_queries(7):
        index.refresh([person.pk for person in people])

    assert [len(words_of(person)) for person in people] == [2] * number


def test_refresh_of_nobody_does_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        index.refresh([])


def test_rebuild_makes_the_same_tables_from_nothing(administration):
    for n in range(7):
        AddressFactory(relation=PersonFactory(administration=administration, email=f"p{n}@example.nl"))
    before = [(words_of(r), keys_of(r)) for r in Relation.objects.order_by("pk")]
    WordUse.objects.all().delete()
    SearchKey.objects.all().delete()

    assert index.rebuild_all(chunk=3) == 7

    assert [(words_of(r), keys_of(r)) for r in Relation.objects.order_by("pk")] == before


def test_recount_counts_uses_and_drops_the_words_of_nobody(administration):
    for name in ("Jansen", "Jansen", "Berg"):
        PersonFactory(administration=administration, given_name="Jan", family_name=name)
    Relation.objects.get(family_name="Berg").delete()

    index.recount()

    assert list(Word.objects.order_by("text").values_list("text", "uses")) == [("jan", 2), ("jansen", 2)]


def test_forget_takes_relations_out(administration):
    gone, kept = (PersonFactory(administration=administration, email="jan@example.nl") for _ in range(2))

    index.forget([gone.pk])

    assert (words_of(gone), keys_of(gone)) == ([], [])
    assert keys_of(kept) == [("email", "jan@example.nl", 0, "public")]


def test_address_of_another_kind_is_found_by_its_old_and_new_place(administration):
    person = PersonFactory(administration=administration, given_name="Jan", family_name="Berg")
    for kind, city in (("visiting", "Hengelo"), ("postal", "'s-Gravenhage")):
        Address.objects.create(relation=person, kind=kind, valid_from=LONG_AGO, city=city)

    assert words_of(person) == ["berg", "gravenhage", "haag", "hengelo", "jan"]


def test_keys_compare_byte_by_byte(administration):
    for email in ("jan.b@example.nl", "jan-a@example.nl", "janc@example.nl"):
        PersonFactory(administration=administration, email=email)

    emails = SearchKey.objects.filter(source="email").order_by("value").values_list("value", flat=True)

    assert list(emails) == ["jan-a@example.nl", "jan.b@example.nl", "janc@example.nl"]


def test_two_administrations_may_give_the_same_number(administration):
    person = PersonFactory(administration=administration)
    other = AdministrationFactory()
    for where in (administration, other):
        FinancialNumber.objects.create(relation=person, administration=where, number=70001)

    assert keys_of(person) == [
        ("books", "70001", administration.pk, "financial"),
        ("books", "70001", other.pk, "financial"),
    ]
