"""New relations: a person with an employer, an employee who exists already, a pasted signature, and rubbish."""

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.core.change_set import ChangeSet
from crm.relations.models import Employment, Relation
from tests.factories.relations import AdministrationFactory, OrganisationFactory, PersonFactory, user_in

pytestmark = pytest.mark.django_db

SIGNATURE = """Met vriendelijke groet,
Sanne 't Hart
Productieleider
Straatfestival Deventer B.V.
Havenkade 31b, 7411 AB Deventer
T 0570 61 23 45
sanne@straatfestival.example
www.straatfestival.example
KvK 12345678, IBAN NL91 ABNA 0417 1643 00
Denk aan het milieu.
"""


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(client, administration):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def theater(administration):
    return OrganisationFactory(administration=administration, legal_name="Theater Zaallicht")


def new_person(client, administration, **typed):
    typed = {"administration": administration.pk, "name_order": "own", "language": "nl"} | typed
    return client.post(reverse("relations:new", args=["person"]), typed)


def made_relations():
    return list(Relation.objects.order_by("pk").values_list("kind", "display_name"))


# ------------------------------------------------------------------------------------- with an employer


def test_new_person_at_an_organisation_is_one_change_set(client, noor, administration, theater):
    sets = ChangeSet.objects.count()

    answer = new_person(
        client,
        administration,
        family_name="Quaedvlieg",
        employer=theater.number,
        **{"work-function": "programmeur", "work-email": "y@zaallicht.example", "work-valid_from": "1-9-2026"},
    )

    employment = Employment.objects.get()
    assert answer.status_code == 302
    assert (employment.person.family_name, employment.organisation_id, employment.function) == (
        "Quaedvlieg",
        theater.pk,
        "programmeur",
    )
    assert (str(employment.valid_from), employment.email) == ("2026-09-01", "y@zaallicht.example")
    assert ChangeSet.objects.count() == sets + 1


def test_new_person_at_a_new_organisation_makes_both(client, noor, administration):
    sets = ChangeSet.objects.count()

    answer = new_person(
        client,
        administration,
        given_name="Sanne",
        employer_text="Straatfestival",
        **{
            "work-new_organisation": "on",
            "work-address_of": "organisation",
            "address-street": "Havenkade",
            "address-house_number": "31",
            "address-city": "Deventer",
            "numbers-kvk": "12345678",
            "numbers-iban": "NL91 ABNA 0417 1643 00",
            "numbers-website": "www.straatfestival.example",
        },
    )

    employment = Employment.objects.get()
    organisation = employment.organisation
    assert answer.status_code == 302
    assert (organisation.legal_name, organisation.website) == ("Straatfestival", "https://www.straatfestival.example")
    assert [address.city for address in organisation.addresses.all()] == ["Deventer"]
    assert [str(number) for number in organisation.identifiers.all()] == ["KvK number 12345678"]
    assert [account.iban for account in organisation.bank_accounts.all()] == ["NL91ABNA0417164300"]
    assert employment.person.addresses.count() == 0
    assert ChangeSet.objects.count() == sets + 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"employer_text": "Onbekend"}, "say that it is a new one"),
        ({"work-new_organisation": "on"}, "Give the new organisation a name"),
        ({"work-function": "directeur"}, "Where does this person work?"),
        ({"employer": "999999999"}, "Choose an organisation from the list"),
        ({"work-valid_from": "gisteren of zo", "employer_text": "X", "work-new_organisation": "on"}, "is no day"),
        ({"numbers-kvk": "1", "employer_text": "X", "work-new_organisation": "on"}, "is not a valid number"),
        ({"numbers-iban": "NL00", "employer_text": "X", "work-new_organisation": "on"}, "is no IBAN"),
        ({"work-phone": "12", "employer_text": "X", "work-new_organisation": "on"}, "is no phone number"),
    ],
)
def test_new_person_with_a_doubtful_employer_is_asked_and_nothing_is_made(client, noor, administration, typed, said):
    answer = new_person(client, administration, family_name="Quaedvlieg", **typed)

    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert made_relations() == []


def test_organisation_of_another_administration_cannot_be_an_employer(client, noor, administration):
    theirs = OrganisationFactory()

    answer = new_person(client, administration, family_name="Quaedvlieg", employer=theirs.number)

    assert (answer.status_code, Employment.objects.count()) == (422, 0)


def test_new_organisation_gets_its_numbers(client, noor, administration):
    url = reverse("relations:new", args=["organisation"])
    typed = {"administration": administration.pk, "language": "nl", "legal_name": "Zaallicht B.V."}

    client.post(url, typed | {"numbers-kvk": "12345678", "numbers-iban": "NL91ABNA0417164300"})

    organisation = Relation.objects.get()
    assert [number.value for number in organisation.identifiers.all()] == ["12345678"]
    assert [account.main for account in organisation.bank_accounts.all()] == [True]


def test_who_may_not_change_the_books_sets_no_iban(client, administration):
    client.force_login(user_in(administration, rights=[Right.RELATIONS_CHANGE], language="en"))
    url = reverse("relations:new", args=["organisation"])
    typed = {"administration": administration.pk, "language": "nl", "legal_name": "Zaallicht B.V."}

    client.post(url, typed | {"numbers-iban": "NL91ABNA0417164300"})

    assert Relation.objects.get().bank_accounts.count() == 0


# ------------------------------------------------------------------------------------------- an employee


def test_employee_who_exists_already_is_offered_and_picked(client, noor, administration, theater):
    aafje = PersonFactory(administration=administration, family_name="Brink", email="aafje@brink.example")
    url = reverse("relations:add-employment", args=[theater.number])
    typed = {"given_name": "Aafje", "family_name": "Brink", "function": "directeur", "valid_from": "1-1-2026"}

    offered = client.get(reverse("relations:likely"), typed | {"pick": "person"}).content.decode()
    chosen = client.post(url, typed | {"pick": aafje.number})
    saved = client.post(url, {"other": aafje.number, "function": "directeur", "valid_from": "1-1-2026",
                              "address_choice": "work"})  # fmt: skip

    assert f'name="pick" value="{aafje.number}"' in offered
    assert (chosen.status_code, chosen.context["picked"], chosen.context["form"]["function"].value()) == (
        200,
        aafje,
        "directeur",
    )
    assert (saved.status_code, [e.person_id for e in theater.staff.all()] if hasattr(theater, "staff") else
            [e.person_id for e in Employment.objects.all()]) == (302, [aafje.pk])  # fmt: skip
    assert Relation.objects.filter(kind="person").count() == 1


def test_likely_to_pick_offers_persons_alone(client, noor, administration):
    OrganisationFactory(administration=administration, legal_name="Brink Bouw", email="info@brink.example")
    person = PersonFactory(administration=administration, family_name="Brink", email="info@brink.example")

    answer = client.get(reverse("relations:likely"), {"email": "info@brink.example", "pick": "person"})

    assert [item.relation.pk for item in answer.context["found"]] == [person.pk]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"address-postcode": "7551 EC", "address-house_number": "14"}, "same address"),
        ({"work-email": "info@zaallicht.example"}, "same e-mail"),
        ({"work-phone": "074 243 45 67"}, "same phone"),
        ({"numbers-kvk": "12345678"}, "same number of a register"),
    ],
)
def test_likely_reads_every_part_of_the_form(client, noor, administration, typed, why):
    from crm.relations.models import Address, Identifier

    theater = OrganisationFactory(administration=administration, email="info@zaallicht.example", phone="0742434567")
    Address.objects.create(
        relation=theater,
        street="Brinkhof",
        house_number=14,
        postcode="7551EC",
        city="Hengelo",
        valid_from="2020-01-01",
    )
    Identifier.objects.create(relation=theater, kind="kvk", value="12345678")

    found = client.get(reverse("relations:likely"), typed).context["found"]

    assert [(item.relation.pk, item.why) for item in found] == [(theater.pk, (why,))]


def test_new_employee_is_made_with_the_employment_in_one_change_set(client, noor, theater):
    sets = ChangeSet.objects.count()
    url = reverse("relations:add-employment", args=[theater.number])
    page = client.get(url).context
    home = page["names"]["administration"].value()

    answer = client.post(
        url,
        {"administration": home, "given_name": "Yfke", "family_name": "Quaedvlieg", "function": "programmeur",
         "valid_from": "1-1-2026", "address_choice": "work"},
    )  # fmt: skip

    employment = Employment.objects.get()
    assert answer.status_code == 302
    assert (str(employment.person), employment.organisation_id) == ("Yfke Quaedvlieg", theater.pk)
    assert ChangeSet.objects.count() == sets + 1


def test_employee_without_a_name_is_asked_for(client, noor, theater):
    url = reverse("relations:add-employment", args=[theater.number])

    nobody = client.post(url, {"valid_from": "1-1-2026"})
    stranger = client.post(url, {"valid_from": "1-1-2026", "other_text": "Aafje"})

    assert [answer.status_code for answer in (nobody, stranger)] == [422, 422]
    assert "Choose a person, or give the name of a new one." in nobody.content.decode()
    assert 'href="#id_other"' in stranger.content.decode()
    assert Employment.objects.count() == 0


def test_employment_of_a_person_still_asks_for_the_organisation(client, noor, administration, theater):
    person = PersonFactory(administration=administration)
    url = reverse("relations:add-part", args=[person.number, "employment"])

    client.post(url, {"other": theater.number, "valid_from": "1-1-2026", "address_choice": "work"})

    assert [(e.person_id, e.organisation_id) for e in Employment.objects.all()] == [(person.pk, theater.pk)]


# --------------------------------------------------------------------------------------------- a signature


def split(client, text):
    return client.post(reverse("relations:paste"), {"text": text})


def pieces_of(answer, **changed):
    """What the page of the pieces posts when nothing is changed but `changed`: field of a piece → value."""
    formset = answer.context["pieces"]
    posted = {"take": "1", "kind": answer.context["kind"]["kind"].value()}
    posted |= {f"piece-{name}": value for name, value in formset.management_form.initial.items()}
    for form in formset:
        for name in ("source", "field", "value"):
            posted[form.add_prefix(name)] = form[name].value()
    return posted | changed


def test_pasted_signature_shows_each_piece_with_its_field_and_what_is_left(client, noor):
    answer = split(client, SIGNATURE)

    shown = {form["field"].value(): form["value"].value() for form in answer.context["taken"]}
    assert (shown["prefix"], shown["family_name"], shown["postcode"]) == ("'t", "Hart", "7411 AB")
    assert [form["value"].value() for form in answer.context["untaken"]] == ["Denk aan het milieu."]
    assert made_relations() == []


def test_pasted_signature_is_taken_over_into_the_form_and_saved_when_that_is_sent(client, noor):
    page = client.post(reverse("relations:paste"), pieces_of(split(client, SIGNATURE)))
    assert (page.status_code, made_relations()) == (200, [])
    forms = [(page.context["form"], ""), (page.context["address"], "address-"), (page.context["work"], "work-"),
             (page.context["numbers"], "numbers-")]  # fmt: skip
    typed = {f"{prefix}{name}": form[name].value() for form, prefix in forms for name in form.fields}
    typed = {name: value for name, value in typed.items() if value not in (None, False, "")}

    client.post(reverse("relations:new", args=["person"]), typed | {"employer_text": page.context["employer_text"]})

    employment = Employment.objects.get()
    organisation = employment.organisation
    assert (str(employment.person), str(organisation)) == ("Sanne 't Hart", "Straatfestival Deventer B.V.")
    assert (employment.function, employment.email, employment.phone) == (
        "Productieleider",
        "sanne@straatfestival.example",
        "+31570612345",
    )
    assert str(organisation.addresses.get()) == "Havenkade 31b, 7411 AB Deventer"
    assert organisation.bank_accounts.get().iban == "NL91ABNA0417164300"


def test_pasted_organisation_that_exists_is_chosen(client, noor, administration):
    known = OrganisationFactory(administration=administration, legal_name="Straatfestival Deventer B.V.")

    page = client.post(reverse("relations:paste"), pieces_of(split(client, SIGNATURE)))

    assert (page.context["picked"] if "picked" in page.context else page.context["employer_value"]) == known.number
    assert page.context["work"]["new_organisation"].value() in (False, None)


def test_piece_may_be_put_in_another_field_or_left_out(client, noor):
    answer = split(client, "Jan de Vries\nZakelijk leider\nDe Linde")
    index = {form["field"].value(): form.prefix for form in answer.context["pieces"]}
    changed = {f"{index['function']}-field": "", f"{index['family_name']}-value": "Fries"}

    page = client.post(reverse("relations:paste"), pieces_of(answer, **changed))

    assert page.context["form"]["family_name"].value() == "Fries"
    assert page.context["work"]["function"].value() is None


def test_two_pieces_for_one_field_are_refused(client, noor):
    answer = split(client, "Jan de Vries\njan@devries.example")
    index = {form["field"].value(): form.prefix for form in answer.context["pieces"]}

    page = client.post(reverse("relations:paste"), pieces_of(answer, **{f"{index['email']}-field": "family_name"}))

    assert (page.status_code, "Another line fills this field already." in page.content.decode()) == (422, True)


# ------------------------------------------------------------------------------------------------- rubbish

RUBBISH = ["\x00", "-1", "9" * 30, "²", "٣", "<b>", "'; DROP TABLE", "x" * 5000, "\U0001f600", "1.5", "null"]
RUBBISH += ["../..", "31-02-2026", "NL91"]


def names_in(answer):
    """Every field of every form on a page, hidden ones too."""
    import re

    return sorted(set(re.findall(r'name="([^"]+)"', answer.content.decode())) - {"csrfmiddlewaretoken", "viewport"})


def roads(person, organisation, address):
    parts = ["address", "email", "phone", "profile", "identifier", "account", "tie", "role", "standing", "contact"]
    return [
        reverse("relations:new", args=["person"]),
        reverse("relations:new", args=["organisation"]),
        reverse("relations:paste"),
        reverse("relations:edit", args=[person.number]),
        reverse("relations:end", args=[person.number]),
        reverse("relations:deceased", args=[person.number]),
        reverse("relations:delete", args=[person.number]),
        reverse("relations:iban", args=[person.number]),
        reverse("relations:add-employment", args=[organisation.number]),
        reverse("relations:add-employment", args=[person.number]),
        reverse("relations:check-address", args=[person.number, address.pk]),
        *(reverse("relations:add-part", args=[person.number, part]) for part in parts),
    ]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_in_any_field_is_answered_in_words(client, noor, administration, rubbish):
    from tests.factories.relations import AddressFactory

    person, organisation = PersonFactory(administration=administration), OrganisationFactory(
        administration=administration
    )  # fmt: skip
    address = AddressFactory(relation=person, country="BE")
    broken = []
    for road in roads(person, organisation, address):
        names = names_in(client.get(road))
        answer = client.post(road, dict.fromkeys(names, rubbish) | {"piece-TOTAL_FORMS": rubbish})
        if answer.status_code >= 500 or answer.status_code == 302:
            broken.append((road, answer.status_code))
    for extra in ({"take": "1", "piece-TOTAL_FORMS": rubbish, "kind": rubbish}, {"pick": rubbish}):
        for road in (reverse("relations:paste"), reverse("relations:new", args=["person"])):
            if client.post(road, extra).status_code >= 500:
                broken.append((road, extra))
    assert broken == []


def test_rubbish_in_one_field_of_a_good_form_is_never_an_error(client, noor, administration):
    url = reverse("relations:new", args=["person"])
    names = [name for name in names_in(client.get(url)) if name not in ("text", "once")]
    good = {"administration": administration.pk, "name_order": "own", "language": "nl", "family_name": "Brink"}

    found = {
        name: client.post(url, good | {name: rubbish}).status_code
        for name, rubbish in zip(names, RUBBISH * len(names), strict=False)
    }

    assert {name: status for name, status in found.items() if status not in (302, 422)} == {}


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_in_a_question_is_answered(client, noor, rubbish):
    names = ("postcode", "house_number", "house_letter", "q", "kind", "pick", "family_name", "other")
    asked = dict.fromkeys(names, rubbish)
    answers = [client.get(reverse(f"relations:{name}"), asked) for name in ("address", "likely", "pick", "list")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]
