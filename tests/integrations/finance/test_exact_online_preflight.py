"""What Exact Online would refuse, said beforehand; and that it does refuse it."""

from dataclasses import replace

import pytest

from integrations.finance.payloads import PostalAddress
from integrations.hub.errors import PermanentError

from .conftest import BAKERY

ABROAD = PostalAddress(("Rue 1",), "1000", "Brussel", "BE")


def codes(exact, party):
    return [(problem.field, problem.code, problem.severity) for problem in exact.connector().check(party)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"is_debtor": False}, ("", "no_role", "error")),
        ({"name": "  "}, ("name", "name_missing", "error")),
        ({"name": "Bak\x07kerij"}, ("name", "name_unreadable", "error")),
        ({"name": "B" * 51}, ("name", "name_long", "warning")),
        ({"number": "A-10"}, ("number", "number_not_numeric", "error")),
        ({"number": "1" * 19}, ("number", "number_not_numeric", "error")),
        ({"visiting": PostalAddress(("a",), "1", "b", "Nederland")}, ("visiting.country", "country_unknown", "error")),
        ({"billing": PostalAddress(("a", "b", "c", "d"))}, ("billing.lines", "address_too_long", "error")),
        ({"visiting": ABROAD}, ("vat_number", "vat_of_another_country", "error")),
        ({"vat_number": "NL004495445B02X"}, ("vat_number", "vat_wrong", "error")),
        ({"vat_number": "NL004495446B01"}, ("vat_number", "vat_wrong", "error")),
        ({"iban": "NL91ABNA0417164301"}, ("iban", "iban_wrong", "error")),
        ({"bic": "ABNA"}, ("bic", "bic_wrong", "error")),
        ({"email": "geen adres"}, ("email", "email_wrong", "error")),
        ({"email": "a@b.nl, c@d.nl"}, ("email", "email_wrong", "error")),
        ({"kvk": "1234567"}, ("kvk", "kvk_wrong", "error")),
        ({"rsin": "123456789"}, ("rsin", "rsin_wrong", "error")),
        ({"oin": "0000"}, ("oin", "oin_wrong", "error")),
        ({"language": "nld"}, ("language", "language_unknown", "error")),
    ],
)
def test_check_names_the_field_and_what_is_wrong(exact, change, problem):
    assert problem in codes(exact, replace(BAKERY, **change))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"number": ""},
        {"number": "9" * 18},
        {"is_debtor": False, "debtor_ended": True},
        {"vat_number": "EL094259216", "visiting": PostalAddress((), "", "Athene", "GR")},
        {"vat_number": "GB123456789", "visiting": PostalAddress((), "", "Londen", "GB")},
        {"iban": "BE71096123456769", "bic": "GKCCBEBB"},
        {"rsin": "111222333", "oin": "00000001003214345000"},
        {"email": "voornaam.van-der.achter+1@sub.domein.amsterdam"},
        {"visiting": None},
    ],
)
def test_check_finds_nothing_wrong_with_what_exact_takes(exact, change):
    assert codes(exact, replace(BAKERY, **change)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"number": "A-10"},
        {"email": "geen adres"},
        {"iban": "NL91ABNA0417164301"},
        {"visiting": ABROAD},
        {"vat_number": "NL004495445B02X"},
    ],
)
def test_what_check_finds_wrong_is_refused_there(exact, change):
    party = replace(BAKERY, **change)
    with pytest.raises(PermanentError) as error:
        exact.connector().push(party, external_id=None, key="1")
    assert (error.value.code, bool(error.value.vendor_words)) == ("refused", True)


def test_message_has_the_params_it_names(exact):
    party = replace(BAKERY, number="A", name="B" * 60, visiting=ABROAD)
    for problem in exact.connector().check(party):
        assert problem.message % problem.params
