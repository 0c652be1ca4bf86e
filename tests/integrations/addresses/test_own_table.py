from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from crm.relations.address_lookup import FoundAddress, Hint, Registered, Result, State, lookup
from integrations.addresses.address_services import own_addresses
from integrations.addresses.models import PostcodeEntry, PostcodeRange
from integrations.addresses.queries import addresses_in_own_table
from integrations.addresses.services import Imported, UnableToImportPostcodes, import_postcodes
from integrations.addresses.simulators.pdok import ADDRESSES_FILE

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 1)
ENTRIES = """postcode,number,letter,addition,street,city
7551EC,12,,,Brinkhof,Hengelo
7551EC,14,,,Brinkhof,Hengelo
7551EC,14,A,,Brinkhof,Hengelo
"""
RANGES = """Postcode;Van;Tot;Even_oneven;Straat;Plaats;Gemeente
7551 da;1;9;oneven;Marktplein;Hengelo;Hengelo
7551 DA;2;4;even;Marktstraat;Hengelo;Hengelo
"""


@pytest.fixture
def imported(tmp_path):
    """Import a text as a file; gives what import_postcodes returns."""

    def import_text(text, encoding="utf-8"):
        path = tmp_path / "postcodes.csv"
        path.write_bytes(text.encode(encoding))
        return import_postcodes(path, as_of=DAY)

    return import_text


def asked(postcode, number, addition=""):
    return lookup(
        postcode, number, "", addition, timeout_seconds=2, services={"own": Registered(own_addresses, False)}
    )


def test_own_table_finds_an_entry_with_its_day(imported):
    assert imported(ENTRIES) == Imported(rows=3, postcodes=1)
    brinkhof = FoundAddress(
        street="Brinkhof",
        number=14,
        letter="A",
        postcode="7551EC",
        city="Hengelo",
        source="own",
        as_of=datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert asked("7551 EC", 14, "a") == Result(State.FOUND, (brinkhof,))


@pytest.mark.parametrize(
    ("number", "addition", "state", "street", "hint"),
    [
        (3, "", State.FOUND, "Marktplein", Hint.NOTHING),
        (4, "", State.FOUND, "Marktstraat", Hint.NOTHING),
        (3, "b", State.FOUND, "Marktplein", Hint.ADDITION_NOT_CHECKED),
        (6, "", State.NONE, None, Hint.NOTHING),
        (11, "", State.NONE, None, Hint.NOTHING),
    ],
)
def test_own_table_finds_a_number_in_a_range(imported, number, addition, state, street, hint):
    imported(RANGES)
    result = asked("7551DA", number, addition)
    assert (result.state, result.address and result.address.street, result.hint) == (state, street, hint)


def test_own_table_cannot_tell_of_a_postcode_it_does_not_have(imported):
    imported(ENTRIES)
    assert addresses_in_own_table("9999ZZ", 1) is None
    assert asked("9999ZZ", 1) == Result(State.UNAVAILABLE)
    assert asked("7551EC", 13) == Result(State.NONE)


@pytest.mark.parametrize(("number", "query_count"), [(14, 1), (13, 2)])
def test_own_table_is_read_in_two_queries_at_most(imported, django_assert_num_queries, number, query_count):
    imported(ENTRIES)
    with django_assert_num_queries(query_count):
        addresses_in_own_table("7551EC", number)


def test_import_of_the_same_file_again_changes_nothing(imported):
    imported(ENTRIES)
    before = list(PostcodeEntry.objects.order_by("number", "letter").values_list("postcode", "number", "letter"))
    imported(ENTRIES)
    after = list(PostcodeEntry.objects.order_by("number", "letter").values_list("postcode", "number", "letter"))
    assert after == before == [("7551EC", 12, ""), ("7551EC", 14, ""), ("7551EC", 14, "A")]


def test_import_replaces_the_postcodes_of_the_file_and_no_others(imported):
    imported(ENTRIES + "7553LN,1,,,Weverspad,Hengelo\n")
    imported(RANGES)
    imported("postcode,number,street,city\n7551EC,16a 2,Brinkhof,Hengelo\n")
    assert list(
        PostcodeEntry.objects.order_by("postcode").values_list("postcode", "number", "letter", "addition")
    ) == [
        ("7551EC", 16, "a", "2"),
        ("7553LN", 1, "", ""),
    ]
    assert PostcodeRange.objects.count() == 2


def test_import_takes_the_same_address_twice_as_one(imported):
    imported(ENTRIES + "7551EC,12,,,Brinkhof,Hengelo\n")
    assert PostcodeEntry.objects.count() == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_import_reads_accents_in_the_usual_encodings(imported, encoding):
    imported("postcode\tnumber\tstreet\tcity\n1094TS\t31\tCuraçaokade\t's-Voorbeeld\n", encoding)
    assert PostcodeEntry.objects.values_list("street", "city").get() == ("Curaçaokade", "'s-Voorbeeld")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("postcode,street,city\n7551EC,Brinkhof,Hengelo\n", 1),
        ("postcode,number,street,city\n\n7551,14,Brinkhof,Hengelo\n", 3),
        ("postcode,number,street,city\n7551EC,veertien,Brinkhof,Hengelo\n", 2),
        ("postcode,number,street,city\n7551EC,14,,Hengelo\n", 2),
        ("postcode,number,street,city\n7551EC,14,Brink\0hof,Hengelo\n", 2),
        (f"postcode,number,street,city\n7551EC,14,{'x' * 81},Hengelo\n", 2),
        (f"postcode,number,street,city\n7551EC,14,{'x' * 140_000},Hengelo\n", 0),
        ("postcode,number,street,city,lat\n7551EC,14,Brinkhof,Hengelo,noord\n", 2),
        ("postcode,first_number,last_number,street,city\n7551EC,14,12,Brinkhof,Hengelo\n", 2),
        ("postcode,first_number,last_number,street,city\n7551EC,1a,3,Brinkhof,Hengelo\n", 2),
        ("postcode,first_number,last_number,parity,street,city\n7551EC,1,3,soms,Brinkhof,Hengelo\n", 2),
        ("postcode,first_number,street,city\n7551EC,1,Brinkhof,Hengelo\n", 2),
    ],
)
def test_import_names_the_line_that_is_wrong_and_imports_nothing(imported, text, line):
    imported(ENTRIES)
    with pytest.raises(UnableToImportPostcodes) as refusal:
        imported(text)
    assert [problem_line for problem_line, _problem in refusal.value.problems] == [line]
    assert (PostcodeEntry.objects.count(), PostcodeRange.objects.count()) == (3, 0)


def test_import_names_twenty_problems_and_no_more(imported):
    with pytest.raises(UnableToImportPostcodes) as refusal:
        imported("postcode,number,street,city\n" + "x,1,Brinkhof,Hengelo\n" * 30)
    assert [line for line, _problem in refusal.value.problems] == list(range(2, 22))


def test_import_refuses_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes(b"postcode,number,street,city\n7551EC,14,Brink\x81\xe9hof,Hengelo\n")
    with pytest.raises(UnableToImportPostcodes):
        import_postcodes(path, as_of=DAY)


def test_import_cuts_a_large_file_where_the_postcode_changes(imported):
    lines = [f"{1000 + position // 3000}AB,{position % 3000 + 1},Langeweg,Voorbeeld" for position in range(12_000)]
    assert imported("\n".join(["postcode,number,street,city", *lines])) == Imported(rows=12_000, postcodes=4)
    assert PostcodeEntry.objects.count() == 12_000


def test_import_command_reads_the_addresses_of_the_simulator(capsys):
    call_command("import_postcodes", str(ADDRESSES_FILE), "--as-of", "2026-11-01")
    assert capsys.readouterr().out == "233 rows, 31 postcodes\n"
    assert asked("1012QX", 1, "A").address.street == "Nieuwe Zeemanssteeg"


def test_import_command_says_what_is_wrong(tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text("postcode,number,street,city\n7551,14,Brinkhof,Hengelo\n")
    with pytest.raises(CommandError, match=r"Nothing was imported\.\nline 2: "):
        call_command("import_postcodes", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_postcodes", str(tmp_path / "absent.csv"))
