"""Somebody new: who is there already shows while one types, and the address service fills in the street."""

from playwright.sync_api import expect

from crm.relations.models import Relation


def test_office_sees_who_is_there_already(page, office, sign_in):
    # given: Noor is about to enter somebody who is known
    sign_in(page, "noor")
    page.goto(f"{office}/relations/new/person/")

    # when: she types the name
    page.fill("[name=given_name]", "Aafje")
    page.fill("[name=prefix]", "van den")
    with page.expect_response("**/likely/?*family_name=Brink*"):  # the list may still be about what she typed before
        page.locator("[name=family_name]").press_sequentially("Brink")

    # then: the card that exists is one click away, beside the form with what she typed
    with page.expect_popup() as opened:
        page.locator("#likely a", has_text="Aafje van den Brink").first.click()
    card = opened.value
    card.wait_for_url("**/relations/1*/")
    assert card.locator("h1").inner_text() == "Aafje van den Brink"
    card.close()
    assert page.locator("[name=family_name]").input_value() == "Brink"


def test_office_adds_a_person_with_the_address_filled_in(page, office, pdok, sign_in):
    # given: Noor, and somebody nobody knows yet
    sign_in(page, "noor")
    page.goto(f"{office}/relations/new/person/")
    page.fill("[name=given_name]", "Yfke")
    page.fill("[name=family_name]", "Quaedvlieg")

    # when: she gives postcode and house number
    page.fill("[name$=postcode]", "7553 LN")
    page.fill("[name$=house_number]", "9")
    page.press("[name$=house_number]", "Tab")
    expect(page.locator("[name$=street]")).to_have_value("Weverspad")
    page.locator("main form button.primary").first.click()
    page.wait_for_url("**/relations/1*/")

    # then: the address is hers, and the search finds her with a slip
    added = Relation.objects.get(family_name="Quaedvlieg")
    address = added.addresses.get()
    assert str(address) == "Weverspad 9, 7553 LN Hengelo"
    page.fill("#global-search", "Kwaedvlieg")
    page.press("#global-search", "Enter")
    page.get_by_role("link", name="Yfke Quaedvlieg").first.wait_for()


def test_office_types_on_when_the_address_service_is_down(page, office, pdok, sign_in, console_messages):
    # given: an address service that does not answer
    sign_in(page, "noor")
    page.goto(f"{office}/relations/new/person/")

    # when: Noor types everything herself
    with pdok.failing("down"):
        page.fill("[name=family_name]", "Quaedvlieg")
        page.fill("[name$=postcode]", "7553 LN")
        page.fill("[name$=house_number]", "9")
        page.press("[name$=house_number]", "Tab")
        page.fill("[name$=street]", "Weverspad")
        page.fill("[name$=city]", "Hengelo")
        page.locator("main form button.primary").first.click()
        page.wait_for_url("**/relations/1*/")

    # then: nothing was lost
    address = Relation.objects.get(family_name="Quaedvlieg").addresses.get()
    assert str(address) == "Weverspad 9, 7553 LN Hengelo"
    console_messages.clear()
