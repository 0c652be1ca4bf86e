import pytest

from crm.relations.search import keys
from crm.relations.search.keys import Lookup, Piece, pieces, stored, typed

NUMBERS = ("number", "books", "kvk", "rsin", "oin")


@pytest.mark.parametrize(
    "text", ["06 12345678", "06-12 34 56 78", "+31 6 12345678", "0031612345678", "+31 (0)6 1234 5678"]
)
def test_phone_in_any_notation_is_one_value(text):
    assert typed(text)[0].value == stored("phone", "+31612345678") == "31612345678"


@pytest.mark.parametrize(
    ("text", "source", "value"),
    [
        ("NL91 ABNA 0417 1643 00", "iban", "nl91abna0417164300"),
        ("nl91abna0417164300", "iban", "nl91abna0417164300"),
        ("1234 AB 12", "address", "1234ab12"),
        ("1234ab", "address", "1234ab"),
        ("1234 5678", "kvk", "12345678"),
        ("NL 1234.56.782.B01", "vat", "nl123456782b01"),
        ("123456782B01", "vat", "nl123456782b01"),
        ("123456782", "rsin", "123456782"),
        ("00000001123456789000", "oin", "00000001123456789000"),
        ("10023", "number", "10023"),
        ("Jan@Example.NL", "email", "jan@example.nl"),
        ("https://www.Example.nl/over-ons", "website", "example.nl"),
    ],
)
def test_key_in_its_usual_notation_is_read_as_what_is_stored(text, source, value):
    readings = [lookup for lookup in typed(text) if source in lookup.whole]

    assert [lookup.value for lookup in readings] == [value]
    assert stored(source, text) == value


def test_phone_with_an_extension_is_found_without_it():
    assert stored("phone", "+31201234567;ext=12") == "31201234567"


def test_old_kvk_number_of_seven_digits_is_found_with_its_zero():
    assert Lookup("01234567", ("kvk",), ("kvk",)) in typed("1234567")


def test_short_beginning_of_a_number_counts_only_whole():
    assert typed("12") == (Lookup("12", NUMBERS, ()),)


@pytest.mark.parametrize("text", ["jansen", "jan jansen", "", "de roode bioscoop"])
def test_name_is_no_key(text):
    assert typed(text) == ()


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("Jansen 1234 AB 12", [("jansen", None), ("1234 ab 12", "1234ab12")]),
        ("de vries 06 12 34 56 78", [("de vries", None), ("06 12 34 56 78", "31612345678")]),
        ("jansen NL91 ABNA 0417 1643 00", [("jansen", None), ("nl91 abna 0417 1643 00", "nl91abna0417164300")]),
        ("jan@foo.nl jansen", [("jan@foo.nl", "jan@foo.nl"), ("jansen", None)]),
        ("studio 54", [("studio", None), ("54", "54")]),
        ("anne marie jansen", [("anne marie jansen", None)]),
    ],
)
def test_pieces_take_the_keys_out_of_a_longer_text(text, split):
    assert [(p.text, p.lookups[0].value if p.lookups else None) for p in pieces(text)] == split


def test_pieces_of_nothing_are_none():
    assert pieces("  ") == []
    assert pieces("jan") == [Piece("jan")]


def test_every_source_has_a_shortest_beginning_and_a_stored_form():
    assert {source: stored(source, "NL12 3456@a.b") != "" for source in keys.SOURCES} == dict.fromkeys(
        keys.SOURCES, True
    )
