"""A new employee who turns out to be known already: offered while one types, chosen, and no second card is made."""

from playwright.sync_api import expect

from crm.relations.models import Employment, Relation

SIGNATURE = """Met vriendelijke groet,

Aafje van den Brink
Zakelijk leider
Schouwburg De Nieuwe Linde
Marktplein 5, 7551 DA Hengelo
T 074 243 45 67
aafje@nieuwelinde.example
"""


def test_office_adds_an_employee_who_exists_already(page, office, sign_in):
    # given: Noor is about to enter Aafje as an employee of a theatre, not knowing that she has a card
    aafje = Relation.objects.get(number=10482)
    theater = Relation.objects.organisations().exclude(staff__person=aafje).first()
    persons = Relation.objects.persons().count()
    sign_in(page, "noor")
    page.goto(f"{office}/relations/{theater.number}/employment/new/")

    # when: she types the name and the function, and chooses the card that is offered
    page.fill("[name=given_name]", aafje.given_name)
    page.fill("[name=prefix]", aafje.prefix)
    page.fill("[name=function]", "gastprogrammeur")
    with page.expect_response(f"**/likely/?*family_name={aafje.family_name}*"):
        page.locator("[name=family_name]").press_sequentially(aafje.family_name)
    choose = page.locator(f"button[name=pick][value='{aafje.number}']")
    offered = page.locator("#likely li").filter(has=choose)
    expect(offered).to_contain_text("naam")
    offered.locator("button").click()

    # then: she is chosen, and what was typed of the work is still there
    expect(page.locator(".picked")).to_contain_text(aafje.display_name)
    expect(page.locator("[name=function]")).to_have_value("gastprogrammeur")
    page.locator("main form button.primary").first.click()
    page.wait_for_url(f"**/relations/{theater.number}/")
    employment = Employment.objects.get(person=aafje, organisation=theater)
    assert employment.function == "gastprogrammeur"
    assert Relation.objects.persons().count() == persons


def test_office_fills_a_new_person_in_from_a_signature(page, office, pdok, sign_in):
    # given: an e-mail with a signature
    sign_in(page, "noor")
    page.goto(f"{office}/relations/new/organisation/")
    relations = Relation.objects.count()

    # when: Noor pastes it, looks at the pieces and takes them over
    page.locator("details.paste > summary").click()
    page.fill("details.paste textarea", SIGNATURE)
    page.locator("details.paste button").click()
    page.locator(".piece-list").first.wait_for()
    expect(page.locator("[name$=-value]").first).to_have_value("Aafje")
    page.locator("button[name=take]").click()

    # then: everything stands in the form, and nothing is saved until she does
    expect(page.locator("[name=family_name]")).to_have_value("Brink")
    expect(page.locator("[name=work-function]")).to_have_value("Zakelijk leider")
    expect(page.locator("[name=address-city]")).to_have_value("Hengelo")
    assert Relation.objects.count() == relations
    tick = page.locator("[name=work-new_organisation]")
    tick.check()
    page.locator("#relation-form button.primary").click()
    page.wait_for_url("**/relations/1*/")
    employment = Employment.objects.get(organisation__legal_name="Schouwburg De Nieuwe Linde")
    assert (str(employment.person), employment.function) == ("Aafje van den Brink", "Zakelijk leider")
    assert str(employment.organisation.addresses.get()) == "Marktplein 5, 7551 DA Hengelo"


def test_office_finds_its_way_with_the_keyboard_through_a_new_employee(page, office, sign_in):
    # given: the page of a new employee
    theater = Relation.objects.organisations().order_by("pk").first()
    sign_in(page, "noor")
    page.goto(f"{office}/relations/{theater.number}/employment/new/")

    # when: Noor presses Enter in a field
    page.fill("[name=family_name]", "Quaedvlieg")
    page.press("[name=family_name]", "Enter")

    # then: it saves, and does not choose somebody by accident
    page.wait_for_url(f"**/relations/{theater.number}/")
    assert Employment.objects.get(person__family_name="Quaedvlieg").organisation_id == theater.pk
