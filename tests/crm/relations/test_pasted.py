"""A pasted signature against what a person reads in it: a labelled set, and the cases that must never go wrong."""

import tomllib
from pathlib import Path

import pytest

from crm.relations.pasted import LONGEST_TEXT, split

SIGNATURES = tomllib.loads(Path(__file__).with_name("signatures.toml").read_text())["signature"]


def measured(signatures):
    """(share of the labelled fields that came out right, share of what came out that is right)."""
    wanted = right = offered = 0
    for one in signatures:
        found = split(one["text"]).values()
        wanted += len(one["fields"])
        offered += len(found)
        right += sum(found.get(name) == value for name, value in one["fields"].items())
    return right / wanted, right / offered


UNSEEN = tomllib.loads(Path(__file__).with_name("signatures_unseen.toml").read_text())["signature"]


def test_pasted_signatures_that_the_rules_were_made_with_come_out_whole():
    assert len(SIGNATURES) == 40
    assert measured(SIGNATURES) == (1.0, 1.0)


def test_pasted_signatures_that_the_rules_never_saw(capsys):
    recall, precision = measured(UNSEEN)
    with capsys.disabled():
        print(f"\nunseen signatures: {recall:.1%} of the fields found, {precision:.1%} of what was found is right")
    assert recall >= 0.90
    assert precision >= 0.95


@pytest.mark.parametrize("one", SIGNATURES + UNSEEN, ids=lambda one: one["text"].split("\n")[1][:30])
def test_pasted_signature_loses_no_line(one):
    """Every word of the text is in what was taken, or in what is shown as untaken, or it is a label or a greeting."""
    found = split(one["text"])
    sources = {piece.source for piece in found.pieces}
    shown = " ".join([*sources, *found.untaken])
    greetings = ("groet", "hoogachtend", "mvg", "grüße", "regards")
    lines = [line.strip() for line in one["text"].splitlines() if line.strip()]
    first_names = {found.values().get("given_name", "")}
    lost = [
        line
        for line in lines
        if line not in shown
        and not any(greeting in line.lower() for greeting in greetings)
        and line not in first_names
        and not (line.startswith("Fax") and "fax" in shown)
        and not any(part in shown for part in (line.split(" | ")[0], line.split(" • ")[0], line.split(": ")[-1]))
        and line not in ("België", "Belgique")
    ]
    assert lost == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\x00\x01\u202e",
        "@" * 500,
        "a " * 2000,
        "1 " * 2000,
        "A.B.C. " * 500,
        "Straat 1-1-1-1-1-1-1-1-1 " * 100,
        "www." * 900,
        "NL" + "0 " * 1000,
        "| " * 2000,
        "x" * 50_000,
        "van de " * 600,
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "Jan\r\nde\rVries",
    ],
)
def test_pasted_rubbish_is_no_error_and_takes_no_time(text):
    found = split(text)
    assert all(piece.value for piece in found.pieces)


def test_pasted_text_beyond_what_is_read_is_shown_as_untaken():
    text = "Jan de Vries\n" + "x" * LONGEST_TEXT
    assert split(text).untaken[-1] == text[LONGEST_TEXT:]


def test_pasted_vat_number_that_does_not_pass_the_check_is_offered_with_what_is_wrong():
    piece = next(piece for piece in split("BTW NL123456789B01").pieces if piece.field == "vat")
    assert (piece.value, piece.problem != "") == ("NL123456789B01", True)


def test_pasted_iban_with_a_wrong_digit_is_not_taken():
    found = split("Jan de Vries\nIBAN NL92 ABNA 0417 1643 00")
    assert "iban" not in found.values()
    assert any("NL92" in text for text in found.untaken)
