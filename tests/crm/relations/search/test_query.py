"""What is found, in which order. The literals are the same on SQLite and PostgreSQL, and so are the answers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.access.models import User
from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.core import bulk
from crm.relations.models import (
    Address,
    BankAccount,
    EmailAddress,
    Employment,
    FinancialNumber,
    Identifier,
    Organisation,
    Person,
    PhoneNumber,
    Relation,
    RelationUse,
)
from crm.relations.search.query import Hit, Match, find, find_for
from crm.relations.search.reading import vocabulary
from tests.factories.relations import DAY, LONG_AGO, AdministrationFactory, PersonFactory, user_in

EVERYTHING = frozenset({"public", "internal", "financial", "special"})


@pytest.fixture
def people(administration):
    """Some names of an ordinary office, numbered from 1."""
    rows = [
        Person(number=1, initials="J.P.", given_name="Jan", prefix="van den", family_name="Berg"),
        Person(number=2, given_name="Anne-Marie", family_name="Dijkstra", partner_family_name="Jansen"),
        Person(number=3, initials="T.", given_name="Teun", prefix="'t", family_name="Hart"),
        Person(number=4, given_name="Jan", family_name="Jansen"),
        Person(number=5, given_name="Éva", family_name="Łoś"),
        Organisation(
            number=6, legal_name="Stichting De Roode Bioscoop", website="https://www.roodebioscoop.nl/agenda"
        ),
        Organisation(number=7, legal_name="Jansen Bouw B.V.", trade_name="Jansen & Zn."),
        Organisation(number=8, legal_name="De Vereniging"),
        Person(number=9, given_name="Jansje", prefix="de", family_name="Groot"),
    ]
    for row in rows:
        row.administration = administration
    bulk.create(rows)
    return {row.number: row for row in rows}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        # exact words, in any order, with and without what does not count
        ("jan berg", [(1, 0)]),
        ("Berg, Jan van den", [(1, 0)]),
        ("J.P. v.d. Berg", [(1, 0)]),
        ("jp berg", [(1, 0)]),
        ("roode bioscoop", [(6, 0)]),
        ("stichting roode bioscoop b.v.", [(6, 0)]),
        ("de vereniging", [(8, 0)]),
        ("eva los", [(5, 0)]),
        ("Éva Łoś", [(5, 0)]),
        ("dykstra", [(2, 0)]),
        ("dijkstra", [(2, 0)]),
        ("'t hart", [(3, 0)]),
        ("t hart", [(3, 0)]),
        # split and joined
        ("annemarie dijkstra", [(2, 0)]),
        ("anne marie dijkstra", [(2, 0)]),
        ("anne-marie jansen", [(2, 0)]),
        ("vandenberg", [(1, 1)]),
        ("degroot", [(9, 1)]),
        # beginnings
        ("jansen bou", [(7, 1)]),
        ("di", [(2, 1)]),
        ("bios", [(6, 1)]),
        ("a dijkstra", [(2, 1)]),
        ("roo bio", [(6, 2)]),
        # typing errors
        ("rode bioscop", [(6, 4)]),
        ("bioskoop", [(6, 2)]),
        ("dijksrta", [(2, 2)]),
        ("jna jansne", [(4, 4)]),
        ("annemarie dikstr", [(2, 4)]),
        ("bisoc", [(6, 5)]),
        ("verenigniegn", [(8, 6)]),
        # nothing
        ("zwaluw", []),
        ("jan zwaluw", []),
        ("", []),
        ("?", []),
    ],
)
def test_question_finds(people, answers, typed, found):
    assert answers(typed) == found


def test_answers_are_ranked_by_cost_and_then_by_age(people, answers):
    assert answers("jansen") == [(2, 0), (4, 0), (7, 0), (9, 4)]
    assert answers("jan") == [(1, 0), (4, 0), (2, 1), (7, 1), (9, 1)]
    assert answers("jan", limit=2) == [(1, 0), (4, 0)]


def test_widening_stops_at_ten(administration, answers):
    names = ["Jansen"] * 10 + ["Jansens", "Janssen"]
    bulk.create(
        [
            Person(number=number, administration=administration, family_name=name)
            for number, name in enumerate(names, start=1)
        ],
    )

    assert answers("jansen") == [(number, 0) for number in range(1, 11)]
    assert answers("janse") == [(number, 1) for number in range(1, 12)]
    assert answers("janssen") == [(12, 0), *((number, 2) for number in range(1, 11))]


@pytest.fixture
def reachable(people):
    """Keys of every kind on the people; 2 works at 6."""
    rows = [
        Address(
            relation=people[2],
            valid_from=LONG_AGO,
            postcode="1234 AB",
            house_number=12,
            house_letter="a",
            city="'s-Gravenhage",
        ),
        EmailAddress(relation=people[1], email="jan@vandenberg.example"),
        PhoneNumber(relation=people[1], number="06 12345678"),
        BankAccount(relation=people[7], iban="NL91 ABNA 0417 1643 00"),
        Employment(
            person=people[2],
            organisation=people[6],
            email="anne@roodebioscoop.nl",
            phone="030 123 45 67",
            valid_from=LONG_AGO,
        ),
        Identifier(relation=people[6], kind="kvk", value="12345678"),
        Identifier(relation=people[7], kind="vat", value="NL123456782B01"),
        FinancialNumber(relation=people[7], administration=people[7].administration, number=70001),
    ]
    for row in rows:
        row.save()
    return people


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1234 AB 12a", [(2, 0)]),
        ("1234ab 12", [(2, 1)]),
        ("1234 ab", [(2, 1)]),
        ("den haag", [(2, 0)]),
        ("dijkstra gravenhage", [(2, 0)]),
        ("dijkstra 1234 ab", [(2, 1)]),
        ("jan 1234ab", [(2, 2)]),
        ("berg 1234 ab", []),
        ("jan@vandenberg.example", [(1, 0)]),
        ("JAN@vandenb", [(1, 1)]),
        ("jan@vandenborg.example", []),
        ("06-1234 5678", [(1, 0)]),
        ("+31 (0)6 1234", [(1, 1)]),
        ("NL91ABNA0417164300", [(7, 0)]),
        ("nl91 abna 0417", [(7, 1)]),
        ("12345678", [(6, 0)]),
        ("123456782B01", [(7, 0)]),
        ("70001", [(7, 0)]),
        ("roodebioscoop.nl", [(6, 0)]),
        ("anne@roodebioscoop.nl", [(2, 0), (6, 0)]),
        ("030-1234567", [(2, 0), (6, 0)]),
    ],
)
def test_key_finds_whole_or_by_its_beginning_and_never_with_an_error(reachable, answers, typed, found):
    assert answers(typed) == found


def test_hit_says_why(reachable):
    hits = find("dijkstr 1234ab", visible=Relation.objects.all(), classes=EVERYTHING)

    assert hits == [
        Hit(reachable[2].pk, 2, False, (Match("word", "dykstra"), Match("address", "1234ab"))),
    ]


# ------------------------------------------------------------------------------------ who may find what


def test_hidden_administration_is_not_found_and_does_not_take_the_place_of_what_may_be_seen(administration):
    hidden = AdministrationFactory()
    bulk.create(
        [Person(administration=hidden, given_name="Jan", family_name="Jansen") for _ in range(600)],
    )
    seen = PersonFactory(administration=administration, given_name="Jan", family_name="Jansen", email="jan@example.nl")
    user, stranger = user_in(administration), user_in(AdministrationFactory())

    for typed in ("jan jansen", "jansen", "jans", "jnasen", "jan@example.nl"):
        assert [hit.relation_id for hit in find_for(user, typed, on=DAY)] == [seen.pk]
        assert find_for(stranger, typed, on=DAY) == []


def test_relation_put_to_use_elsewhere_is_found_there(administration):
    elsewhere = AdministrationFactory()
    Installation.objects.create(pk=1, mode="multiple", umbrella=administration)
    person = PersonFactory(administration=administration, family_name="Oosterhuis")
    RelationUse.objects.create(administration=elsewhere, relation=person)

    assert [hit.relation_id for hit in find_for(user_in(elsewhere), "oosterhuis", on=DAY)] == [person.pk]


def test_bank_account_and_number_in_the_books_are_found_only_where_financial_data_may_be_read(administration):
    without, elsewhere = AdministrationFactory(), AdministrationFactory()
    mine = PersonFactory(administration=administration)
    theirs = PersonFactory(administration=without)
    for person in (mine, theirs):
        BankAccount.objects.create(relation=person, iban="NL91ABNA0417164300")
        FinancialNumber.objects.create(relation=person, administration=person.administration, number=70001)
    FinancialNumber.objects.create(relation=mine, administration=elsewhere, number=70002)
    user = user_in(administration, rights=(Right.FINANCIAL_VIEW,))
    role = user_in(without, rights=()).grants.get().role
    user.grants.create(administration=without, role=role)

    found = {
        typed: [hit.relation_id for hit in find_for(user, typed, on=DAY)]
        for typed in ("NL91ABNA0417164300", "nl91abna", "70001", "70002")
    }

    assert found == {"NL91ABNA0417164300": [mine.pk], "nl91abna": [mine.pk], "70001": [mine.pk], "70002": []}


def test_key_of_a_class_that_may_not_be_read_is_not_looked_in(reachable, answers):
    assert answers("nl91abna0417164300", classes=frozenset({"public"})) == []
    assert answers("70001", classes=frozenset({"public"})) == []
    assert answers("70001", financial_administrations=None) == []
    assert answers("nl91abna0417164300", financial_visible=Relation.objects.none()) == []
    assert answers("12345678", classes=frozenset()) == []


def test_nothing_is_visible_nothing_is_found(people, answers):
    assert answers("jansen", visible=Relation.objects.none()) == []


# -------------------------------------------------------------------------------------- queries and plans


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("typed", "queries"),
    [("", 0), ("zwaluwstaart", 1), ("oosterhuis", 2), ("aafje oosterhuis", 2), ("aafje osterhuis", 2), ("10001", 3)],
)
def test_search_takes_the_same_queries_for_one_and_for_three(
    administration, django_assert_num_queries, number, typed, queries
):
    for _ in range(number):
        PersonFactory(administration=administration, given_name="Aafje", family_name="Oosterhuis")
    vocabulary()  # what this process kept of an earlier test is read anew once in this one's transaction

    with django_assert_num_queries(queries):
        find(typed, visible=Relation.objects.all())


def test_search_for_a_user_takes_at_most_ten_queries(reachable):
    user = user_in(reachable[1].administration)
    taken = {}
    for typed in (
        "jan jansen",
        "jna jansne",
        "jnasen 1234ab",
        "a b c",
        "bisoc roo",
        "06 12345678",
        "1234 jansen berg",
    ):
        with CaptureQueriesContext(connection) as queries:
            find_for(User.objects.get(pk=user.pk), typed, on=DAY)
        taken[typed] = len(queries) - 1  # the user itself

    assert max(taken.values()) <= 10


def test_sqlite_compares_joined_words_instead_of_looking_each_up(administration):
    names = ("Molenaar", "Molema", "Molenkamp", "Molen", "Molijn", "Molster", "Mollema", "Molhuizen", "Molhoek", "Mol")
    bulk.create([Person(administration=administration, given_name="Jan", family_name=name) for name in names])
    with CaptureQueriesContext(connection) as queries:
        find("jan mol", visible=Relation.objects.filter(kind="person"))

    plain = [query["sql"] for query in queries if "word_id + 0 IN" not in query["sql"]]
    assert (len(queries) - len(plain) > 0) == (connection.vendor == "sqlite")
