"""Taking rows out by the screen: the file, its log, and the file that is made in the background."""

import csv
import io
import json
from datetime import timedelta

import pytest
import vobject
from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from lxml import etree

from crm.access.rights import Right
from crm.administrations.retention import days_kept
from crm.core import jobs
from crm.core.jobs import Job
from crm.exchange import exporting, tasks
from crm.exchange.exporting import Order, export_later
from crm.exchange.models import ExportLog, ExportRules
from crm.exchange.services import change_export_rules
from tests.factories.relations import DAY, AddressFactory, AdministrationFactory, PersonFactory, user_in

pytestmark = pytest.mark.django_db
FORMULA = '=HYPERLINK("https://example.nl")'


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_FOLDER = tmp_path / "exports"


@pytest.fixture
def here():
    return AdministrationFactory(name="Oost")


@pytest.fixture
def office(here, client):
    user = user_in(here, language="en")
    client.force_login(user)
    return user


def posted(client, query="of=", **values):
    values = {"form": "csv", "columns": ["number", "given_name", "family_name"]} | values
    return client.post(f"{reverse('export:choose', args=['relations'])}?{query}", values)


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_export_comes_as_a_file_that_a_browser_only_saves(client, office, here):
    person = PersonFactory(administration=here, given_name=FORMULA, family_name="Brink")

    answer = posted(client)

    rows = list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig")), delimiter=";"))
    assert rows == [["number", "given name", "family name"], [str(person.number), f"'{FORMULA}", "Brink"]]
    assert {name: answer[name] for name in ("X-Content-Type-Options", "Content-Security-Policy")} == {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert answer["Content-Disposition"].startswith('attachment; filename="relations-')


def test_export_as_json_gives_the_values_by_name(client, office, here):
    person = PersonFactory(administration=here, given_name=FORMULA, family_name="Brink")

    found = json.loads(body(posted(client, form="json")))

    assert found == [{"number": person.number, "given_name": FORMULA, "family_name": "Brink"}]


def test_export_as_xml_fits_its_schema(client, office, here):
    PersonFactory(administration=here, given_name="Aafje & Co <x>", birth_date="1980-05-17")
    address = f"{reverse('export:schema', args=['relations'])}?what=relations"
    schema = etree.XMLSchema(etree.fromstring(client.get(address).content))
    names = [name for name, _label in client.get("/export/relations/?of=").context["form"].fields["columns"].choices]

    document = etree.fromstring(body(posted(client, form="xml", columns=names)))

    schema.assertValid(document)
    assert [document.findtext("row/given_name"), document.findtext("row/birth_date")] == [
        "Aafje & Co <x>",
        "1980-05-17",
    ]


def test_export_as_vcard_is_read_back_as_the_same_people(client, office, here):
    person = PersonFactory(
        administration=here, given_name="Aafje", prefix="van den", family_name="Brink; jr", email="a@example.nl"
    )
    AddressFactory(relation=person)
    AddressFactory(relation__administration=here, relation__legal_name="Theater, Oost")

    cards = list(vobject.readComponents(body(posted(client, form="vcard")).decode()))

    assert [(card.fn.value, card.n.value.family, card.adr.value.street, card.adr.value.code) for card in cards] == [
        ("Aafje van den Brink; jr", "van den Brink; jr", "Brinkhof 14", "7551EC"),
        ("Theater, Oost", "Theater, Oost", "Brinkhof 14", "7551EC"),
    ]
    assert [cards[0].email.value, cards[0].uid.value, cards[1].org.value] == [
        "a@example.nl",
        f"relation-{person.number}",
        ["Theater, Oost"],
    ]


def test_export_is_logged_with_which_rows_in_words(client, office, here):
    for city in ("Hengelo", "Zeist"):
        AddressFactory(relation__administration=here, city=city)

    body(posted(client, "of=city%3DHengelo", form="xlsx"))

    log = ExportLog.objects.get()
    assert (log.user, log.kind, log.form, log.count, log.words) == (office, "relations", "xlsx", 1, "City: Hengelo")
    assert log.columns == ["number", "given_name", "family_name"]


def test_export_of_many_rows_asks_for_a_reason(client, office, here):
    PersonFactory.create_batch(2, administration=here)
    change_export_rules(version=1, reason_above=1)

    refused = posted(client)
    given = posted(client, reason="voor de drukker")

    assert (refused.status_code, "Say what you need" in refused.content.decode()) == (422, True)
    assert body(given)
    assert [log.reason for log in ExportLog.objects.all()] == ["voor de drukker"]


def test_export_of_nothing_chosen_says_so(client, office, here):
    PersonFactory(administration=here)

    answer = posted(client, "of=chosen%3D")

    assert (answer.status_code, ExportLog.objects.count()) == (422, 0)


def test_export_without_a_column_is_refused(client, office, here):
    PersonFactory(administration=here)

    assert posted(client, columns=[]).status_code == 422


def test_export_leaves_out_a_column_that_is_closed(client, here):
    PersonFactory(administration=here, birth_date="1980-05-17")
    client.force_login(user_in(here, rights=[Right.EXPORT]))

    answer = posted(client, columns=["number", "birth_date"])

    assert answer.status_code == 422


def test_export_asks_for_the_right_to_export(client, here):
    PersonFactory(administration=here)
    client.force_login(user_in(here, rights=[Right.RELATIONS_CHANGE]))

    answers = [client.get("/export/relations/?of="), posted(client), client.get("/export/relations/schema/")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert "/export/relations/" not in client.get("/relations/").content.decode()


def test_list_and_card_lead_to_what_they_show(client, office, here):
    person = PersonFactory(administration=here)

    assert "/export/relations/?of=q%3Dbrink" in client.get("/relations/?q=brink").content.decode()
    assert f"/export/relations/?chosen={person.number}" in client.get(person.get_absolute_url()).content.decode()
    folded = client.get(f"/export/relations/?chosen={person.number}")
    assert folded["Location"] == f"/export/relations/?of=chosen%3D{person.number}"


# ------------------------------------------------------------------------------------------ in the background


def order_of(form="csv", **values):
    return Order("relations", "", "relations", form, ("number", "family_name"), on=DAY, **values)


def run(log):
    with TestCase.captureOnCommitCallbacks(execute=True):
        return jobs.run(log.job_id)


@pytest.mark.parametrize("form", exporting.FORMS)
def test_export_in_the_background_gives_the_same_bytes_as_at_once(client, office, here, form):
    PersonFactory.create_batch(3, administration=here)
    at_once, _log = exporting.export_now(office, order_of(form))

    log = export_later(office, order_of(form))
    state = run(log)

    log.refresh_from_db()
    waiting = body(client.get(reverse("export:download", args=[log.pk])))
    assert (state, log.count) == ("done", 3)
    assert len(waiting) == len(at_once.read()) if form == "xlsx" else waiting == at_once.read()
    assert [path.suffix for path in exporting._folder().iterdir() if path.name.startswith(f"{log.job_id}.")] == []


def test_export_in_the_background_goes_on_where_it_was_killed(office, here):
    people = PersonFactory.create_batch(3, administration=here)
    log = export_later(office, order_of("json"))
    job = Job.objects.get(pk=log.job_id)
    first = exporting.export_piece(job)
    with exporting._pieces_path(job).open("ab") as pieces:
        pieces.write(b"half a piece")
    again = exporting.export_piece(job)

    assert (first.mark, first.more) == (again.mark, again.more)
    assert exporting._pieces_path(job).stat().st_size == again.mark["length"]
    assert again.done == len(people)


def test_export_file_is_its_owners_alone_and_for_a_day(client, office, here):
    PersonFactory(administration=here)
    log = export_later(office, order_of())
    run(log)
    log.refresh_from_db()
    address = reverse("export:download", args=[log.pk])
    answers = [client.get(address).status_code]
    client.force_login(user_in(here))
    answers += [client.get(address).status_code, client.get(log.get_absolute_url()).status_code]
    client.force_login(office)
    ExportLog.objects.filter(pk=log.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answers += [client.get(address).status_code, client.get(log.get_absolute_url()).status_code]

    assert answers == [200, 404, 404, 404, 200]


def test_export_file_goes_when_nobody_may_fetch_it_any_more(office, here):
    PersonFactory(administration=here)
    log = export_later(office, order_of())
    run(log)
    log.refresh_from_db()
    path = exporting._folder() / log.file
    kept = exporting.remove_old_files(now=timezone.now())

    removed = exporting.remove_old_files(now=log.expires_at + timedelta(minutes=1))

    assert (kept, removed, path.exists()) == (0, 1, False)


def test_export_whose_worker_died_before_the_file_is_made_by_the_clock(office, here):
    PersonFactory(administration=here)
    log = export_later(office, order_of())
    jobs.run(log.job_id)  # no callbacks of the commit are run

    tasks.tidy_export_files()

    log.refresh_from_db()
    assert log.is_ready(timezone.now())


def test_export_in_the_background_stops_when_the_right_is_taken_away(office, here):
    PersonFactory(administration=here)
    log = export_later(office, order_of())
    user_in(here)  # somebody remains who manages users
    office.grants.all().delete()

    assert run(log) == "failed"
    assert not ExportLog.objects.get(pk=log.pk).file


# ---------------------------------------------------------------------------------------------------- the log


def test_log_of_exports_is_read_by_oneself_and_by_who_manages_users(client, here):
    other = user_in(here, rights=[Right.EXPORT], username="exporteur")
    ExportLog.objects.create(user=other, kind="relations", form="csv", count=7, words="plaats: Hengelo")
    seen = {}
    for name, rights in {
        "manager": [Right.USERS_MANAGE],
        "exporter": [Right.EXPORT],
        "reader": [Right.RELATIONS_CHANGE],
    }.items():
        client.force_login(user_in(here, rights=rights))
        answer = client.get(reverse("exchange:exports"))
        seen[name] = (answer.status_code, "plaats: Hengelo" in answer.content.decode())

    assert seen == {"manager": (200, True), "exporter": (200, False), "reader": (404, False)}


def test_number_above_which_a_reason_is_asked_is_set_by_who_sets_everywhere(client, office, here):
    answer = client.post(reverse("exchange:exports"), {"version": 1, "reason_above": 40})
    client.force_login(user_in(here, rights=[Right.EXPORT]))
    refused = client.post(reverse("exchange:exports"), {"version": 1, "reason_above": 1})

    assert (answer.status_code, refused.status_code) == (302, 404)
    assert ExportRules.current().reason_above == 40


def test_log_of_exports_goes_by_its_age(office):
    for days in (1, days_kept("exports") + 1):
        ExportLog.objects.create(user=office, kind="relations", form="csv", at=timezone.now() - timedelta(days=days))

    assert (tasks.forget_old_exports(), ExportLog.objects.count()) == (1, 1)


def test_export_of_nothing_is_refused(office):
    with pytest.raises(ValidationError):
        exporting.export_now(office, order_of(), reason="x")
