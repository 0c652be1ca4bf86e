import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.relations.house_numbers import (
    HouseNumber,
    NotAHouseNumber,
    NotAPostcode,
    address_lines,
    is_po_box,
    is_postcode,
    is_unusual_postcode,
    normalised_postcode,
    parse_house_number,
    shown_postcode,
)

postcodes = st.from_regex(r"[1-9][0-9]{3}[A-Z]{2}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("7551EC", "7551EC"), (" 7551 ec ", "7551EC"), ("7551\u00a0Ec", "7551EC"), ("75 51 EC", "7551EC")],
)
def test_postcode_is_stored_in_one_form(typed, stored):
    assert normalised_postcode(typed) == stored


@pytest.mark.parametrize("typed", ["", "0551EC", "7551", "7551E", "7551ECC", "7551E1", "EC7551", "٧٥٥١EC", "7551-EC"])
def test_postcode_that_is_none_is_refused(typed):
    with pytest.raises(NotAPostcode):
        normalised_postcode(typed)
    assert not is_postcode(typed)


@given(postcodes)
def test_postcode_survives_being_shown(postcode):
    assert normalised_postcode(shown_postcode(postcode)) == postcode


def test_foreign_postcode_is_shown_as_it_is():
    assert shown_postcode("B-2000") == "B-2000"


@pytest.mark.parametrize(
    ("postcode", "unusual"), [("7551SA", True), ("7551SD", True), ("7551SS", True), ("7551EC", False)]
)
def test_unusual_postcode_has_letters_not_given_out(postcode, unusual):
    assert is_unusual_postcode(postcode) == unusual


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("12", HouseNumber(12)),
        (" 12 ", HouseNumber(12)),
        ("012", HouseNumber(12)),
        ("99999", HouseNumber(99999)),
        ("12a", HouseNumber(12, "a")),
        ("12A2", HouseNumber(12, "A", "2")),
        ("12A-2", HouseNumber(12, "A", "2")),
        ("12A III", HouseNumber(12, "A", "III")),
        ("12-a III", HouseNumber(12, "", "a III")),
        ("12 a", HouseNumber(12, "", "a")),
        ("12bis", HouseNumber(12, "", "bis")),
        ("12 bis", HouseNumber(12, "", "bis")),
        ("12-1", HouseNumber(12, "", "1")),
        ("12–14", HouseNumber(12, "", "14")),
        ("12 - - 2 hoog", HouseNumber(12, "", "2 hoog")),
        ("12/14", HouseNumber(12, "", "/14")),
        ("12é", HouseNumber(12, "", "é")),
        ("12 2e  etage\n", HouseNumber(12, "", "2e etage")),
    ],
)
def test_house_number_is_read_from_one_field(typed, parsed):
    assert parse_house_number(typed) == parsed


@pytest.mark.parametrize("typed", ["", "0", "00000", "a", "-12", "123456", "1234567a", "١٢", "Kerkstraat 12"])
def test_house_number_that_is_none_is_refused(typed):
    with pytest.raises(NotAHouseNumber):
        parse_house_number(typed)


@given(st.text(max_size=20))
def test_house_number_of_any_text_is_read_or_refused_and_reads_the_same_again(text):
    try:
        parsed = parse_house_number(text)
    except NotAHouseNumber:
        return
    assert 1 <= parsed.number <= 99999
    assert parse_house_number(str(parsed)) == parsed


@given(
    st.integers(1, 99999),
    st.sampled_from(["", "a", "B"]),
    st.from_regex(r"([0-9A-Za-z][0-9A-Za-z -]{0,6}[0-9A-Za-z]|[0-9A-Za-z])?", fullmatch=True),
)
def test_house_number_survives_being_shown(number, letter, addition):
    house_number = HouseNumber(number, letter, " ".join(addition.split()))
    assert parse_house_number(str(house_number)) == house_number


@pytest.mark.parametrize(
    ("house_number", "shown", "on_label"),
    [
        (HouseNumber(1), "1", "1"),
        (HouseNumber(10, "A", "2"), "10A 2", "10A2"),
        (HouseNumber(1, "", "5A3"), "1-5A3", "1-5A3"),
        (HouseNumber(1, "", "BEN"), "1 BEN", "1 BEN"),
        (HouseNumber(12, "A", "III"), "12A III", "12AIII"),
        (HouseNumber(12, "A"), "12A", "12A"),
    ],
)
def test_house_number_is_written_for_screen_and_label(house_number, shown, on_label):
    assert (str(house_number), house_number.on_label) == (shown, on_label)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HouseNumber(12, "", "a III"), HouseNumber(12, "A", "III")),
        (HouseNumber(12, "", "a-2"), HouseNumber(12, "A", "2")),
        (HouseNumber(12, "", "2 hoog"), HouseNumber(12, "", "2-HOOG")),
    ],
)
def test_suffix_is_equal_however_it_was_written(one, other):
    assert one.suffix == other.suffix


@pytest.mark.parametrize(
    ("street", "house_number", "postcode", "city", "lines"),
    [
        (
            "Voorbeeldstr",
            HouseNumber(10, "A", "2"),
            "1234AB",
            "Voorbeeldstad",
            ("Voorbeeldstr 10A2", "1234 AB  VOORBEELDSTAD"),
        ),
        ("Brinkhof", HouseNumber(14), "7551EC", "'s-Voorbeeld", ("Brinkhof 14", "7551 EC  'S-VOORBEELD")),
        ("Zeeënpad", HouseNumber(3, "", "1"), "9712ZE", "Súdwâld", ("Zeeënpad 3-1", "9712 ZE  SÚDWÂLD")),
    ],
)
def test_address_lines_follow_nen_5825(street, house_number, postcode, city, lines):
    assert address_lines(street=street, house_number=house_number, postcode=postcode, city=city) == lines


@pytest.mark.parametrize(
    ("street", "is_box"),
    [
        ("Postbus", True),
        (" postbus 88", True),
        ("Antwoordnummer", True),
        ("Postbusweg", False),
        ("Brinkhof", False),
        ("", False),
    ],
)
def test_po_box_is_recognised_by_its_street(street, is_box):
    assert is_po_box(street) == is_box
