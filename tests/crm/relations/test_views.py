from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.core.change_set import ChangeSet
from crm.relations import address_lookup, services
from crm.relations.address_lookup import FoundAddress
from crm.relations.models import BankAccount, Employment, OpenAmount, Relation
from crm.relations.photos import re_encoded
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration)
    client.force_login(user)
    return user


def fill(administration, rows):
    for _ in range(rows):
        organisation = OrganisationFactory(administration=administration)
        AddressFactory(relation=organisation)
        EmploymentFactory(organisation=organisation, person__administration=administration)
        services.set_financial_role(organisation, administration=administration, kind="debtor", valid_from=LONG_AGO)


def queries_of(client, url):
    client.get(url)  # what a process reads once (words, the site) is read
    with CaptureQueriesContext(connection) as counted:
        assert client.get(url).status_code == 200
    return len(counted)


def test_card_with_all_its_sections_costs_the_same_with_one_and_three_of_everything(client, noor, administration):
    organisation = OrganisationFactory(administration=administration)
    url, counts = organisation.get_absolute_url(), []
    for more in (1, 2):
        for n in range(more):
            EmploymentFactory(organisation=organisation, person__administration=administration)
            organisation.email_addresses.create(email=f"{more}{n}@x.example")
        counts.append(queries_of(client, url))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["card", "edit", "end", "deceased", "delete", "iban"])
def test_relation_of_another_administration_does_not_exist(client, noor, name):
    other = PersonFactory()

    hidden = client.get(reverse(f"relations:{name}", args=[other.number]))
    absent = client.get(reverse(f"relations:{name}", args=[99999]))

    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert hidden.content == absent.content


def test_iban_is_changed_in_place(client, noor, administration):
    account = BankAccountFactory(relation__administration=administration)
    url = reverse("relations:iban", args=[account.relation.number])

    form = client.get(url, headers={"hx-request": "true"})
    saved = client.post(
        url, {"iban": "NL20 INGB 0001 2345 67", "version": account.version}, headers={"hx-request": "true"}
    )

    assert "NL91 ABNA 0417 1643 00" in form.content.decode()
    assert (saved.status_code, "NL20 INGB 0001 2345 67" in saved.content.decode()) == (200, True)
    assert list(BankAccount.objects.order_by("pk").values_list("iban", "main")) == [
        ("NL91ABNA0417164300", False),
        ("NL20INGB0001234567", True),
    ]
    assert ChangeSet.objects.get(action="iban.change").actor == noor


def test_iban_that_somebody_else_changed_meanwhile_is_a_choice(client, noor, administration):
    account = BankAccountFactory(relation__administration=administration)
    url = reverse("relations:iban", args=[account.relation.number])
    shown = {"version": account.version, "account": account.pk}
    theirs = services.set_iban(account.relation, iban="NL20INGB0001234567")

    refused = client.post(url, {"iban": "NL91 ABNA 0417 1643 00", **shown}, headers={"hx-request": "true"})
    form = refused.context["form"]
    kept = BankAccount.objects.get(main=True).pk
    again = {name: form[name].value() for name in ("iban", "version", "account")}
    chosen = client.post(url, again, headers={"hx-request": "true"})

    assert (refused.status_code, str(theirs) in form.errors["iban"][0], kept) == (409, True, theirs.pk)
    assert (chosen.status_code, BankAccount.objects.get(main=True).pk) == (200, account.pk)


def test_check_of_a_form_writes_nothing(client, noor, administration):
    account = BankAccountFactory(relation__administration=administration)
    url = reverse("relations:iban", args=[account.relation.number])
    typed = {"iban": "NL20INGB0001234567", "version": account.version, "account": account.pk, "check": "1"}

    answer = client.post(url, typed, headers={"hx-request": "true"})

    assert (answer.status_code, BankAccount.objects.get().iban) == (200, account.iban)


def test_wrong_iban_is_refused_in_place_and_typed_text_stays(client, noor, administration):
    relation = OrganisationFactory(administration=administration)

    answer = client.post(
        reverse("relations:iban", args=[relation.number]), {"iban": "NL20 INGB 0001"}, headers={"hx-request": "true"}
    )

    assert (answer.status_code, "NL20 INGB 0001" in answer.content.decode()) == (422, True)
    assert BankAccount.objects.count() == 0


def test_iban_is_hidden_from_who_may_not_see_money(client, administration):
    client.force_login(user_in(administration, rights=[Right.RELATIONS_CHANGE]))
    account = BankAccountFactory(relation__administration=administration)

    card = client.get(account.relation.get_absolute_url()).content.decode()
    form = client.get(reverse("relations:iban", args=[account.relation.number]))

    assert ("NL91" in card, form.status_code) == (False, 404)


def test_column_that_was_changed_meanwhile_is_a_conflict(client, noor, administration):
    relation = OrganisationFactory(administration=administration, email="oud@x.example")
    url = reverse("relations:fact", args=[relation.number, "email"])
    shown = relation.version
    services.update_relation(relation, version=shown, email="anders@x.example")

    answer = client.post(url, {"email": "nieuw@x.example", "version": shown}, headers={"hx-request": "true"})

    assert answer.status_code == 409
    assert Relation.objects.get(pk=relation.pk).email == "anders@x.example"


def test_new_person_is_made_once_however_often_the_form_is_sent(client, noor, administration):
    url = reverse("relations:new", args=["person"])
    typed = {
        "administration": administration.pk,
        "given_name": "Aafje",
        "family_name": "Brink",
        "name_order": "own",
        "language": "nl",
        "address-postcode": "7551 EC",
        "address-house_number": "14",
        "address-street": "Brinkhof",
        "address-city": "Hengelo",
        "once": "een-sleutel",
    }

    answers = [client.post(url, typed) for _ in range(2)]

    made = Relation.objects.get()
    assert [answer["Location"] for answer in answers] == [made.get_absolute_url()] * 2
    assert made.addresses.get().postcode == "7551EC"


def test_refused_form_keeps_everything_typed(client, noor, administration):
    typed = {"administration": administration.pk, "given_name": "Aafje", "name_order": "own", "phone": "12"}

    answer = client.post(reverse("relations:new", args=["person"]), typed)

    assert (answer.status_code, Relation.objects.count()) == (422, 0)
    assert answer.context["form"]["given_name"].value() == "Aafje"


def test_likely_relations_come_with_why(client, noor, administration):
    known = PersonFactory(administration=administration, given_name="Wubbo", family_name="Oosterhuis")
    PersonFactory(given_name="Wubbo", family_name="Oosterhuis")

    answer = client.get(reverse("relations:likely"), {"given_name": "Wubo", "family_name": "Oosterhuis"})

    assert [item.relation.pk for item in answer.context["found"]] == [known.pk]


@pytest.mark.parametrize(
    ("part", "typed"),
    [
        ("email", {"email": "a@x.example", "sphere": "work"}),
        ("phone", {"number": "030 1234567", "sphere": "work"}),
        ("profile", {"network": "linkedin", "url": "linkedin.com/in/aafje"}),
        ("identifier", {"kind": "kvk", "value": "06012345"}),
        ("account", {"iban": "NL91ABNA0417164300"}),
        ("address", {"kind": "postal", "street": "Postbus", "house_number": "88", "postcode": "7550AB",
                     "city": "Hengelo", "country": "NL", "valid_from": "1-1-26"}),
        ("contact", {"kind": "call", "happened_at": "25-11-2026 10:00", "subject": "jubileum"}),
    ],
)  # fmt: skip
def test_part_is_added(client, noor, administration, part, typed):
    relation = OrganisationFactory(administration=administration)

    answer = client.post(reverse("relations:add-part", args=[relation.number, part]), typed)

    assert (answer.status_code, answer.get("Location")) == (302, relation.get_absolute_url())


def test_employment_is_added_with_the_chosen_person(client, noor, administration):
    organisation = OrganisationFactory(administration=administration)
    person = PersonFactory(administration=administration)
    url = reverse("relations:add-part", args=[organisation.number, "employment"])
    typed = {"function": "directeur", "valid_from": "1-1-27", "address_choice": "work"}

    refused = client.post(url, typed)
    answer = client.post(url, typed | {"other": person.number})

    assert (refused.status_code, answer.status_code) == (422, 302)
    assert list(Employment.objects.values_list("person", "organisation", "function")) == [
        (person.pk, organisation.pk, "directeur")
    ]


def test_role_is_added_and_ended(client, noor, administration):
    relation = OrganisationFactory(administration=administration)
    add = reverse("relations:add-part", args=[relation.number, "role"])
    typed = {"kind": "debtor", "administration": administration.pk, "payment_term_days": 30, "valid_from": "1-1-26"}

    client.post(add, typed)
    role = relation.financial_roles.get()
    end = reverse("relations:end-part", args=[relation.number, "role", role.pk])
    client.post(end, {"on": "1-12-26", "version": role.version})

    role.refresh_from_db()
    assert (str(role.valid_from), str(role.valid_until)) == ("2026-01-01", "2026-12-01")


# ------------------------------------------------------------------------------------------------- ending


def test_what_ends_is_listed_before_it_is_done(client, noor, administration):
    organisation = OrganisationFactory(administration=administration)
    job = EmploymentFactory(organisation=organisation, person__administration=administration)
    role = services.set_financial_role(organisation, administration=administration, kind="debtor", valid_from=LONG_AGO)
    paid = services.set_financial_role(
        organisation, administration=administration, kind="creditor", valid_from=LONG_AGO
    )
    OpenAmount.objects.create(role=role, amount=120, read_at=timezone.now())

    ending = client.get(reverse("relations:end", args=[organisation.number])).context["ending"]
    client.post(
        reverse("relations:end", args=[organisation.number]), {"on": "1-12-26", "version": organisation.version}
    )

    assert [rows for _label, rows in ending.groups] == [
        [f"{job.person}, directeur"],
        [f"{paid}, {administration}"],
    ]
    assert ending.stays == [f"{role}, {administration}"]
    still_going_on = [Employment.objects.get().valid_until, *(r.valid_until for r in (paid, role))]
    for row in (paid, role):
        row.refresh_from_db()
    assert (str(still_going_on[0]), str(paid.valid_until), role.valid_until) == ("2026-12-01", "2026-12-01", None)


# -------------------------------------------------------------------------------------------------- photo


def picture(mode="RGB", size=(1200, 900), form="JPEG"):
    file = BytesIO()
    Image.new(mode, size, "orange").save(file, form)
    return SimpleUploadedFile(f"foto.{form.lower()}", file.getvalue())


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("mode", "form", "stored", "media_type"),
    [
        ("RGB", "JPEG", "JPEG", "image/jpeg"),
        ("RGBA", "PNG", "PNG", "image/png"),
        ("RGB", "WEBP", "JPEG", "image/jpeg"),
    ],
)
def test_photo_is_made_anew_and_small(client, noor, administration, media, mode, form, stored, media_type):
    person = PersonFactory(administration=administration)
    url = reverse("relations:change-photo", args=[person.number])

    answer = client.post(url, {"photo": picture(mode=mode, form=form), "version": person.version})
    shown = client.get(reverse("relations:photo", args=[person.number]))

    kept = Image.open(BytesIO(shown.getvalue()))
    assert (answer.status_code, kept.format, kept.size) == (302, stored, (512, 384))
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == (media_type, "nosniff")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "foto" not in Relation.objects.get(pk=person.pk).photo.name


@pytest.mark.parametrize(
    "upload",
    [
        lambda: SimpleUploadedFile("foto.jpg", b"<script>alert(1)</script>"),
        lambda: SimpleUploadedFile("foto.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        lambda: SimpleUploadedFile("foto.jpg", picture().read()[:200]),
        lambda: picture(mode="1", size=(10_000, 6_000), form="PNG"),
        lambda: SimpleUploadedFile("foto.jpg", b"0" * (10 * 1024 * 1024 + 1)),
    ],
    ids=["script", "svg", "cut off", "too many pixels", "too large"],
)
def test_what_is_no_photo_is_refused(client, noor, administration, media, upload):
    person = PersonFactory(administration=administration)

    answer = client.post(
        reverse("relations:change-photo", args=[person.number]), {"photo": upload(), "version": person.version}
    )

    assert (answer.status_code, Relation.objects.get(pk=person.pk).photo.name, list(media.iterdir())) == (422, "", [])


def test_photo_is_shown_to_who_may_see_the_person_alone(client, noor, administration, media):
    person = PersonFactory()
    services.update_relation(person, version=person.version, photo=re_encoded(picture()))

    assert client.get(reverse("relations:photo", args=[person.number])).status_code == 404


# ---------------------------------------------------------------------------------------------------- use


def test_umbrellas_relation_is_put_to_use_and_taken_out_again(client, administration):
    elsewhere = AdministrationFactory()
    Installation.objects.update_or_create(pk=1, defaults={"mode": "multiple", "umbrella": administration})
    client.force_login(user_in(administration, elsewhere))
    relation = OrganisationFactory(administration=administration)

    client.post(reverse("relations:put-to-use", args=[relation.number]), {"administration": elsewhere.pk})
    use = relation.uses.get()
    shown = client.get(relation.get_absolute_url()).context["uses"]
    client.post(reverse("relations:stop-use", args=[relation.number, use.pk]))

    assert (use.administration, [row.pk for row in shown.rows], shown.offered) == (elsewhere, [use.pk], [])
    assert relation.uses.count() == 0


def test_in_the_mode_single_nothing_is_put_to_use(client, noor, administration):
    relation = OrganisationFactory(administration=administration)

    refused = client.post(
        reverse("relations:put-to-use", args=[relation.number]), {"administration": AdministrationFactory().pk}
    )

    assert (client.get(relation.get_absolute_url()).context["uses"], refused.status_code) == (None, 404)


# ---------------------------------------------------------------------------------------------- addresses


@pytest.fixture
def register_of_addresses():
    """The one address service that is asked; it knows Brinkhof 14, and 16 with the letters A and B."""

    def service(postcode, number, *, timeout_seconds):
        there = {"postcode": "7551EC", "street": "Brinkhof", "city": "Hengelo"}
        known = {14: [""], 16: ["A", "B"]}.get(number, []) if postcode == "7551EC" else []
        return [FoundAddress(number=number, letter=letter, **there) for letter in known]

    others = dict(address_lookup._services)
    address_lookup._services.clear()
    address_lookup.register("book", service, far=False)
    yield
    address_lookup._services.clear()
    address_lookup._services.update(others)


def test_what_the_register_writes_differently_is_taken_over(client, noor, administration, register_of_addresses):
    address = AddressFactory(relation__administration=administration, street="Brinckhof", check_state="corrected")
    url = reverse("relations:check-address", args=[address.relation.number, address.pk])

    shown = client.get(url)
    taken = client.post(url, {"version": address.version})

    address.refresh_from_db()
    assert (shown.context["state"], shown.context["found"].street) == ("other", "Brinkhof")
    assert (taken.status_code, address.street, address.check_state) == (302, "Brinkhof", "valid")


def test_addresses_to_choose_from_are_offered(client, noor, register_of_addresses):
    several = client.get(reverse("relations:address"), {"postcode": "7551 EC", "house_number": "16"}).json()
    one = client.get(reverse("relations:address"), {"postcode": "7551 EC", "house_number": "14"}).json()

    assert (several["state"], [option["label"] for option in several["options"]]) == (
        "ambiguous",
        ["Brinkhof 16a", "Brinkhof 16b"],
    )
    assert (one["state"], one["street"], one["options"]) == ("found", "Brinkhof", [])


def test_address_that_is_typed_anew_is_checked_anew(client, noor, administration):
    address = AddressFactory(relation__administration=administration, check_state="valid")
    url = reverse("relations:change-part", args=[address.relation.number, "address", address.pk])
    typed = {name: value for name, value in client.get(url).context["form"].initial.items() if value is not None}

    client.post(url, typed | {"street": "Dorpsstraat", "version": address.version, "valid_from": "1-1-2020"})

    address.refresh_from_db()
    assert (address.street, address.check_state) == ("Dorpsstraat", "unchecked")


def test_earlier_addresses_stay_within_reach(client, noor, administration):
    relation = OrganisationFactory(administration=administration)
    was = AddressFactory(relation=relation, valid_until=date(2024, 1, 1))
    now = AddressFactory(relation=relation, street="Dorpsstraat", valid_from=date(2024, 1, 1))

    (shown,) = client.get(relation.get_absolute_url()).context["addresses"]

    assert (shown.now, shown.past) == (now, [was])


def test_address_is_ended_on_a_page_that_asks_the_day_alone(client, noor, administration):
    address = AddressFactory(relation__administration=administration)
    url = reverse("relations:end-part", args=[address.relation.number, "address", address.pk])

    asked = list(client.get(url).context["form"].fields)
    client.post(url, {"on": "1-12-26", "version": address.version})

    address.refresh_from_db()
    assert (asked, address.valid_until) == (["on", "reason", "version"], date(2026, 12, 1))


def test_version_that_is_no_number_changes_nothing(client, noor, administration):
    relation = OrganisationFactory(administration=administration)
    part = relation.email_addresses.create(email="a@x.example")
    remove = reverse("relations:remove-part", args=[relation.number, "email", part.pk])

    answers = [client.post(remove, {"version": typed}) for typed in ("x", "²", "9" * 30, "")]

    assert [answer.status_code for answer in answers] == [302] * 4
    assert relation.email_addresses.count() == 1
