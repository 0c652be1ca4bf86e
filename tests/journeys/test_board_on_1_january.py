"""The board as it will be on 1 January: who is chair then, without a button that changes anything."""

from datetime import date

from django.utils import timezone


def test_office_looks_at_the_board_of_1_january(page, office, sign_in, axe):
    # given: Marit van den Berg chairs the friends of the theatre until New Year, Ruben de Graaf from then on
    new_year = date(timezone.localdate().year + 1, 1, 1)
    sign_in(page, "noor")
    page.goto(f"{office}/relations/12402/")
    people = page.locator("#employments .rows > li")
    assert people.filter(has_text="Marit van den Berg").get_attribute("data-shape") == "now"
    assert people.filter(has_text="Ruben de Graaf").get_attribute("data-shape") == "future"

    # when: Noor chooses that day in the header
    page.locator(".top details", has=page.locator("#asof-date")).locator("summary").click()
    page.fill("#asof-date", f"1-1-{new_year.year}")
    page.press("#asof-date", "Enter")
    page.wait_for_url(f"**/on/{new_year}/relations/12402/")

    # then: the card is that of that day, says so, and offers nothing that changes it
    assert page.title().startswith(f"[01-01-{new_year.year}]")
    assert page.locator(".asof-band").is_visible()
    assert people.filter(has_text="Ruben de Graaf").get_attribute("data-shape") == "now"
    assert people.filter(has_text="Marit van den Berg").count() == 0
    assert "Ruben de Graaf" in page.locator("#since").inner_text()
    assert page.locator("a[href*='/edit/'], .fact-edit, .chip-add, .menu-new").count() == 0
    assert axe(page) == []

    # and the links keep the day, until she goes back to today
    people.locator("a", has_text="Ruben de Graaf").click()
    page.wait_for_url(f"**/on/{new_year}/relations/11015/")
    page.locator(".asof-band a.primary").click()
    page.wait_for_url(f"{office}/relations/11015/")
    assert page.locator(".asof-band").count() == 0
