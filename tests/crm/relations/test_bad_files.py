"""Files that are wrong in every way an office can bring: each is answered in a sentence that says what to do."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from crm.relations import spreadsheet
from crm.relations.models import Relation
from tests.factories.relations import AdministrationFactory, user_in

HEAD = b"lidnummer;achternaam\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b";;;\n;;;\n", "empty"),
        (b'"";""\n', "empty"),
        (b"PK\x03\x04\x14\x00\x06\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"%PDF-1.7\n", "PDF"),
        (b'{"leden": []}', "JSON"),
        (b"<!doctype html><table>", "web page"),
        (HEAD + b"L1;\x00\x00", "no text file"),
        (HEAD + b"L1;Brink\nL2;\x81\xe9", "Line 3 has letters"),
        (b"\xff\xfel\x00i\x00d", "Line 1 has letters"),
        (HEAD + b"L1;" + b"x" * 70_000, "no CSV file"),
        (HEAD + b"L1;B\n" * 5001, "at most 5000"),
        (b"x" * 20 * 1024 * 1024, "larger than 5 MB"),
    ],
    ids=range(15),
)
def test_file_that_cannot_be_read_says_what_it_is_and_what_to_do(data, said):
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        spreadsheet.read(data)
    assert said in refused.value.messages[0]


@pytest.fixture
def upload(client, db):
    home = AdministrationFactory()
    client.force_login(user_in(home, language="nl"))

    def send(data: bytes):
        file = SimpleUploadedFile("leden.csv", data, content_type="text/csv")
        form = {"administration": home.pk, "format": "0", "import_file": file}
        return client.post(reverse("admin:relations_relation_import"), form)

    return send


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("nummer", "²"),
        ("nummer", "9" * 30),
        ("nummer", "-1"),
        ("soort", "vogel"),
        ("geslacht", "q"),
        ("geboortedatum", "31-02-1980"),
        ("geboortedatum", "2026"),
        ("e-mail", "geen adres"),
        ("telefoon", "12"),
        ("website", "javascript:alert(1)"),
        ("postcode", "12 AB"),
        ("huisnummer", "nul"),
        ("huisnummer", "999999"),
        ("toevoeging", "x" * 30),
        ("straat", "x" * 200),
        ("land", "Nederland"),
        ("iban", "NL00ABNA0417164300"),
        ("lid sinds", "ooit"),
        ("debiteur", "misschien"),
        ("achternaam", "x" * 200),
        ("voorletters", "x" * 60),
    ],
)
def test_wrong_cell_is_named_with_line_column_value_and_what_was_expected(upload, heading, value):
    head = f"lidnummer;{heading}" if heading == "achternaam" else f"lidnummer;achternaam;{heading}"
    row = f"L1;{value}" if heading == "achternaam" else f"L1;Brink;{value}"

    answer = upload(f"{head}\n{row}\n".encode())

    (wrong,) = answer.context["result"].invalid_rows
    ((place, said),) = wrong.field_specific_errors.items()
    assert (answer.status_code, wrong.number) == (200, 1)
    assert value in place
    assert all(len(sentence.split()) > 2 for sentence in said)
    assert Relation.objects.count() == 0


def test_formula_in_a_cell_is_a_text_and_stays_one(upload):
    answer = upload(b"lidnummer;achternaam\nL1;=1+1\n")
    assert (answer.status_code, answer.context["result"].has_validation_errors()) == (200, False)


def test_file_without_a_column_to_know_a_relation_by_says_which_are_expected(upload):
    said = upload(b"achternaam\nBrink\n").content.decode()
    assert "nummer" in said
    assert "externe sleutel" in said


def test_the_same_number_twice_is_named_at_the_second_line(upload):
    answer = upload(b"lidnummer;achternaam\nL1;Brink\nL1;Brink\n")
    assert [row.number for row in answer.context["result"].invalid_rows] == [2]
