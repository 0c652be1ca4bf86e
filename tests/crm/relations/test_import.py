"""Import and export of relations in the admin: what a file brings in, what is wrong with it, and back again."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.core.models import ChangeSet
from crm.exchange.models import ExportLog
from crm.exchange.services import change_export_rules
from crm.relations.models import Address, BankAccount, FinancialRole, Person, Relation, Standing
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db

LIST = "admin:relations_relation_changelist"


@pytest.fixture
def home():
    return AdministrationFactory(name="Vereniging Oost")


@pytest.fixture
def noor(home, client):
    user = user_in(home)
    client.force_login(user)
    return user


MEMBERS = """\
Lidnummer;Voornaam;Tussenvoegsel;Achternaam;Geslacht;E-mail;Straat;Huisnummer;Postcode;Plaats;IBAN;Debiteur
L1;Aafje;van den;Brink;V;aafje@example.nl;Brinkhof;14a;7551 EC;Hengelo;NL91 ABNA 0417 1643 00;ja
L2;José;;Hofstra;M;jose@example.nl;Langestraat;3;7511 AB;Enschede;;nee
"""


def upload(client, text, home, encoding="utf-8", name="leden.csv", page="relation"):
    """Choose the file and, when nothing is wrong with it, confirm; returns the answer of the last step."""
    file = SimpleUploadedFile(name, text.encode(encoding), content_type="text/csv")
    address = reverse(f"admin:relations_{page}_import")
    shown = client.post(address, {"administration": home.pk, "import_file": file, "format": "0", "resource": "0"})
    if "confirm_form" not in shown.context:
        return shown
    return client.post(reverse(f"admin:relations_{page}_process_import"), dict(shown.context["confirm_form"].initial))


def test_import_makes_members_with_address_iban_and_debtor_role(home, noor, client):
    answer = upload(client, MEMBERS, home)
    assert answer.status_code == 302
    relations = Relation.objects.order_by("external_key")
    assert [(r.external_key, r.display_name, r.kind, r.gender, r.administration_id) for r in relations] == [
        ("L1", "Aafje van den Brink", "person", "f", home.pk),
        ("L2", "José Hofstra", "person", "m", home.pk),
    ]
    address = Address.objects.order_by("relation__external_key").values_list(
        "street", "house_number", "house_letter", "postcode", "city", "valid_from"
    )
    assert list(address) == [
        ("Brinkhof", 14, "a", "7551EC", "Hengelo", date(1900, 1, 1)),
        ("Langestraat", 3, "", "7511AB", "Enschede", date(1900, 1, 1)),
    ]
    assert list(BankAccount.objects.values_list("relation__external_key", "iban", "main")) == [
        ("L1", "NL91ABNA0417164300", True)
    ]
    roles = FinancialRole.objects.values_list("relation__external_key", "administration_id", "kind", "cause")
    assert list(roles) == [("L1", home.pk, "debtor", "import")]


def test_import_is_one_change_set_through_the_door_import(home, noor, client):
    upload(client, MEMBERS, home)
    change_sets = ChangeSet.objects.filter(door="import").values_list("actor_id", "action", "reason")
    assert list(change_sets) == [(noor.pk, "relations.import", "leden.csv")]
    rows = [
        model.history.values_list("change_set__door", flat=True).distinct().get()
        for model in (Address, BankAccount, FinancialRole)
    ]
    assert rows == ["import"] * 3


def test_import_of_the_same_file_again_changes_nothing(home, noor, client):
    upload(client, MEMBERS, home)
    before = [m.history.count() for m in (Relation, Address, BankAccount, FinancialRole)], ChangeSet.objects.count()
    upload(client, MEMBERS, home)
    after = [m.history.count() for m in (Relation, Address, BankAccount, FinancialRole)], ChangeSet.objects.count()
    assert after == before


def test_import_of_a_changed_file_moves_and_keeps_the_former_iban(home, noor, client):
    upload(client, MEMBERS, home)
    changed = MEMBERS.replace("Brinkhof;14a", "Markt;2").replace("NL91 ABNA 0417 1643 00", "NL20INGB0001234567")
    upload(client, changed, home)
    relation = Relation.objects.get(external_key="L1")
    today = timezone.localdate()
    assert list(relation.addresses.order_by("valid_from").values_list("street", "valid_from", "valid_until")) == [
        ("Brinkhof", date(1900, 1, 1), today),
        ("Markt", today, None),
    ]
    assert list(relation.bank_accounts.order_by("pk").values_list("iban", "main")) == [
        ("NL91ABNA0417164300", False),
        ("NL20INGB0001234567", True),
    ]


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ";"), ("cp1252", ";"), ("utf-16", "\t"), ("utf-8", ",")]
)
def test_import_reads_what_offices_have(home, noor, client, encoding, separator):
    upload(client, MEMBERS.replace(";", separator), home, encoding=encoding)
    assert list(Person.objects.order_by("external_key").values_list("given_name", flat=True)) == ["Aafje", "José"]


def test_import_names_line_column_and_value_of_every_mistake_and_writes_nothing(home, noor, client):
    wrong = MEMBERS.replace("7551 EC", "755 EC").replace("NL91 ABNA 0417 1643 00", "NL92 ABNA 0417 1643 00")
    wrong += "L2;Nog;;Eens;;;;;;;;\nL3;;;;;geen adres;;twaalf;;;;misschien\n"
    answer = upload(client, wrong, home)
    places = {
        (row.number, place) for row in answer.context["result"].invalid_rows for place in row.field_specific_errors
    }
    assert places == {
        (1, "Postcode: “755 EC”"),
        (1, "IBAN: “NL92 ABNA 0417 1643 00”"),
        (3, "Lidnummer: “L2”"),
        (4, "Achternaam"),
        (4, "E-mail: “geen adres”"),
        (4, "Huisnummer: “twaalf”"),
        (4, "Debiteur: “misschien”"),
    }
    assert Relation.objects.count() == 0


def test_import_refuses_a_column_one_may_not_change(home, client):
    client.force_login(user_in(home, rights=(Right.RELATIONS_CHANGE, Right.IMPORT)))
    answer = upload(client, MEMBERS, home)
    assert [str(error.error) for error in answer.context["result"].base_errors] != []
    assert Relation.objects.count() == 0


def test_import_knows_no_number_of_another_administration(home, noor, client):
    stranger = PersonFactory(family_name="Elders")
    answers = [
        upload(client, f"nummer;achternaam\n{number};Hofstra\n", home).context["result"].invalid_rows
        for number in (stranger.number, 99999999)
    ]
    said = [[message for row in rows for m in row.field_specific_errors.values() for message in m] for rows in answers]
    assert said[0] == said[1] != []
    assert Relation.objects.get(pk=stranger.pk).family_name == "Elders"


def test_import_queries_grow_with_the_databases_batches_only(home, noor, client):
    head, first, _second = MEMBERS.splitlines()
    upload(client, "\n".join([head, first.replace("L1", "L0")]), home)
    counts = []
    for size in (20, 200):
        with CaptureQueriesContext(connection) as queries:
            upload(client, "\n".join([head, *(first.replace("L1", f"L{size}-{n}") for n in range(size))]), home)
        counts.append(len(queries))
    # SQLite takes so many values in one INSERT; the file is read twice: what it would do, and doing it
    assert counts[1] - counts[0] < 180 // 5
    assert Relation.objects.count() == 221


def test_import_takes_since_when_somebody_is_a_member(home, noor, client):
    text = "Lidnummer;Achternaam;Lid sinds;Klant sinds\nL1;Hofstra;01-09-2012;\nL2;Elders;2020-01-01;1-2-2021\n"
    upload(client, text, home)
    held = Standing.objects.order_by("relation__external_key", "kind").values_list(
        "relation__external_key", "administration_id", "kind", "valid_from", "valid_until"
    )
    first = list(held)
    upload(client, text.replace("01-09-2012", "01-10-2012"), home)
    assert first == [
        ("L1", home.pk, "member", date(2012, 9, 1), None),
        ("L2", home.pk, "client", date(2021, 2, 1), None),
        ("L2", home.pk, "member", date(2020, 1, 1), None),
    ]
    assert list(held.all()) == [("L1", home.pk, "member", date(2012, 10, 1), None), *first[1:]]


def test_import_says_which_columns_it_does_not_read(home, noor, client):
    file = SimpleUploadedFile("leden.csv", b"Lidnummer;Achternaam;Schoenmaat\nL1;Hofstra;43\n")
    shown = client.post(
        reverse("admin:relations_relation_import"),
        {"administration": home.pk, "import_file": file, "format": "0", "resource": "0"},
    )
    assert shown.context["result"].unknown_columns == ["Schoenmaat"]
    assert "<code>Schoenmaat</code>" in shown.content.decode()


def test_import_refuses_a_file_that_is_too_long_in_a_sentence(home, noor, client):
    text = "Lidnummer;Achternaam\n" + "".join(f"L{n};Hofstra\n" for n in range(5_001))
    answer = upload(client, text, home)
    assert [("5001" in said, "5000" in said) for said in answer.context["form"].errors["import_file"]] == [
        (True, True)
    ]
    assert Relation.objects.count() == 0


def test_import_is_undone_as_a_whole(home, noor, client):
    upload(client, MEMBERS.replace("Debiteur\n", "Debiteur\n").replace(";ja\n", ";nee\n"), home)
    change_set = ChangeSet.objects.get(door="import")
    client.post(reverse("audit:undo", args=[change_set.pk]), {"reason": "verkeerd bestand"})
    left = [model.objects.count() for model in (Relation, Address, BankAccount, FinancialRole)]
    assert left == [0, 0, 0, 0]


# -------------------------------------------------------------------------------------------------- export


def test_export_of_an_import_changes_nothing_when_it_comes_back(home, noor, client):
    upload(client, MEMBERS, home)
    exported = b"".join(client.get(reverse("admin:relations_relation_export")).streaming_content).decode("utf-8")
    before = Relation.history.count()
    answer = upload(client, exported, home, encoding="utf-8")
    assert (answer.status_code, Relation.history.count()) == (302, before)


def test_export_makes_formulas_harmless_and_import_takes_that_off_again(home, noor, client):
    OrganisationFactory(administration=home, legal_name="=HYPERLINK(A1)", external_key="X1", phone="+31302345678")
    exported = b"".join(client.get(reverse("admin:relations_relation_export")).streaming_content).decode("utf-8")
    assert "'=HYPERLINK(A1)" in exported
    assert "'+31" not in exported
    upload(client, exported, home)
    assert Relation.objects.get().legal_name == "=HYPERLINK(A1)"


def test_export_leaves_out_what_one_may_not_read(home, client):
    client.force_login(user_in(home, rights=(Right.EXPORT,)))
    person = PersonFactory(administration=home, birth_date=date(1961, 5, 4))
    BankAccountFactory(relation=person)
    PersonFactory(family_name="Elders")
    exported = b"".join(client.get(reverse("admin:relations_relation_export")).streaming_content).decode("utf-8")
    assert ("1961" in exported, "NL91" in exported, "Elders" in exported) == (False, False, False)
    assert len(exported.splitlines()) == 2


def test_export_of_the_administration_pages_is_logged_and_asks_for_a_reason_too(home, noor, client):
    PersonFactory.create_batch(2, administration=home)
    address = reverse("admin:relations_relation_export")
    b"".join(client.get(address).streaming_content)
    change_export_rules(version=1, reason_above=1)

    refused = client.get(address)

    assert [(log.user, log.kind, log.count) for log in ExportLog.objects.all()] == [(noor, "relations", 2)]
    assert refused["Location"] == "/export/relations/?of="


def test_export_queries_do_not_grow_with_rows(home, noor, client, django_assert_num_queries):
    for family_name in ("Hofstra", "Elders", "Zijlstra"):
        AddressFactory(relation=PersonFactory(administration=home, family_name=family_name), valid_from=LONG_AGO)
        client.get(reverse(LIST))
        with django_assert_num_queries(EXPORT_QUERIES):
            b"".join(client.get(reverse("admin:relations_relation_export")).streaming_content)


# with the number above which a reason is asked, the count, and the line of the log
EXPORT_QUERIES = 15
