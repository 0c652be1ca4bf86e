"""A household moves: one act for everybody at the address, looked at before it is done, and undone in one go."""

from datetime import date

from playwright.sync_api import expect

from crm.core.change_set import ChangeSet
from crm.relations.models import Address


def lives_at(number, on):
    return str(Address.objects.on(on).get(relation__number=number, kind="visiting"))


def test_office_moves_a_household_and_takes_it_back(page, office, pdok, sign_in, axe):
    # given: Aafje and Geert live at Weverspad 7
    sign_in(page, "noor")
    page.goto(f"{office}/relations/10482/")
    day, old = date(2027, 2, 1), lives_at(10482, date(2027, 1, 1))
    acts = ChangeSet.objects.count()

    # when: Noor lets them move on the first of February; postcode and number fill in the rest
    page.locator("#address-visiting").hover()
    page.locator("#address-visiting summary", has=page.locator("svg")).last.click()
    page.locator("#address-visiting a[href$='/move/']").click()
    names = page.locator(".who-moves label").all_inner_texts()
    assert "Geert van den Brink" in names
    page.fill("[name=postcode]", "7551 EC")
    page.fill("[name=house_number]", "16")
    page.press("[name=house_number]", "Tab")
    expect(page.locator("[name=street]")).to_have_value("Brinkhof")
    page.fill("[name=valid_from]", "1-2-2027")
    assert axe(page) == []
    page.locator("main form button.primary").click()

    # then: she sees what would happen, of everybody, and nothing has happened
    page.locator("[name=confirm]").wait_for()
    assert page.locator(".moving > li").count() == len(names)
    assert axe(page) == []
    assert (lives_at(10482, day), ChangeSet.objects.count()) == (old, acts)

    # when: she does it
    page.locator("[name=confirm]").click()
    page.wait_for_url("**/relations/10482/")

    # then: both live there from that day on, in one act
    assert [lives_at(number, day) for number in (10482, 10488)] == ["Brinkhof 16, 7551 EC Hengelo"] * 2
    assert lives_at(10488, date(2027, 1, 31)) == old
    assert ChangeSet.objects.count() == acts + 1

    # and undone in one go
    page.locator(".toast button, .toast a").first.click()
    page.wait_for_load_state()
    assert [lives_at(number, day) for number in (10482, 10488)] == [old] * 2
