"""A debtor has a new bank account: found, changed in place, seen in the log and found by the new number."""

from django.urls import reverse

from crm.relations.models import BankAccount

OLD, NEW = "NL13 TEST 0123 4567 89", "NL20 INGB 0001 2345 67"


def test_office_changes_an_iban_and_finds_it_again(page, office, sign_in, axe, console_messages):
    # given: Noor, who remembers the theatre's name about right
    sign_in(page, "noor")
    page.keyboard.press("/")
    page.keyboard.type("teater de brinck")
    page.locator("#global-search-list [role=option]", has_text="Theater De Brink").first.click()
    page.wait_for_url("**/relations/10019/")
    assert page.locator("#fact-iban").inner_text().count(OLD) == 1

    # when: she types another number over it, first one with a slip
    page.locator("#fact-iban").hover()
    page.locator("#fact-iban .fact-edit").click()
    field = page.locator("#fact-iban [name=iban]")
    field.fill("NL20 INGB 0001 2345 76")
    field.press("Enter")
    page.locator("#fact-iban [aria-invalid=true]").wait_for()
    console_messages.clear()  # the browser notes the answer 422
    page.locator("#fact-iban [name=iban]").fill(NEW)
    page.locator("#fact-iban [name=iban]").press("Enter")

    # then: it stands on the card, in the log with the old one, and the search knows it
    page.get_by_text(NEW).first.wait_for()
    main = BankAccount.objects.filter(relation__number=10019).order_by("-main").values_list("iban", "main")
    assert main[0] == ("NL20INGB0001234567", True)
    assert axe(page) == []
    page.goto(office + reverse("audit:relation", args=[10019]))
    assert page.get_by_text(NEW).count() + page.get_by_text("NL20INGB0001234567").count() > 0
    assert page.get_by_text("Noor Hofstra").count() > 0
    page.fill("#global-search", NEW)
    page.press("#global-search", "Enter")
    page.wait_for_url("**/search/?q=**")
    assert page.locator("#kind-relations [data-row] .found-title").all_inner_texts() == ["Theater De Brink"]
