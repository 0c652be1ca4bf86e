"""What was told to another system, as people write it."""

import pytest
from django.utils.translation import override

from integrations.hub.words import changes_in_words

CHANGES = [
    ["debtor_since", "", "2026-11-25"],
    ["language", "nl", "en"],
    ["visiting.country", "BE", "NL"],
    ["billing.country", "", "QX"],
    ["iban", "", "NL91ABNA0417164300"],
    ["amount", "", "1240.5"],
    ["is_creditor", "", False],
    ["is_debtor", False, True],
]
ENGLISH = [
    ("debtor since", "", "25-11-2026"),
    ("language", "Dutch", "English"),
    ("visiting address: country", "Belgium", "Netherlands"),
    ("billing address: country", "", "QX"),
    ("IBAN", "", "NL91 ABNA 0417 1643 00"),
    ("open amount", "", "€ 1,240.50"),
    ("debtor", "no", "yes"),
]


def test_changes_show_days_names_and_amounts_as_people_write_them():
    with override("en"):
        shown = changes_in_words(CHANGES)

    assert [tuple(part.replace("\xa0", " ") for part in line) for line in shown] == ENGLISH


@pytest.mark.parametrize(("code", "name"), [("en", "Engels"), ("nl", "Nederlands"), ("xx", "xx")])
def test_language_is_named_in_the_reader_s_own(code, name):
    with override("nl"):
        assert changes_in_words([["language", "", code]])[0][2] == name
