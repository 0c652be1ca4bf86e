"""Two people change the same fact: the second sees both values and chooses; nothing is overwritten in silence."""

from crm.relations.models import Relation


def change(page, value):
    page.locator("#fact-website").hover()
    page.locator("#fact-website .fact-edit").click()
    page.locator("#fact-website [name=website]").fill(value)


def test_second_of_two_sees_both_values_and_chooses(page, browser, office, sign_in, console_messages):
    # given: Noor and Bram both have the card open, and both are typing
    elsewhere = browser.new_context(viewport={"width": 1440, "height": 1000})
    noor, bram = sign_in(page, "noor"), sign_in(elsewhere.new_page(), "bram")
    for person in (noor, bram):
        person.goto(f"{office}/relations/10019/")
    change(noor, "https://noor.example")
    change(bram, "https://bram.example")

    # when: Bram saves first, and Noor after him
    bram.press("#fact-website [name=website]", "Enter")
    bram.locator("#fact-website .fact-value", has_text="bram.example").wait_for()
    noor.press("#fact-website [name=website]", "Enter")
    noor.locator(".conflict").wait_for()

    # then: nothing of hers was written; she sees both, keeps her own, and the history has the two
    theatre = Relation.objects.get(number=10019)
    assert theatre.website == "https://bram.example"
    assert "Bram Wouda" in noor.locator(".conflict").inner_text()
    noor.locator("input[name=website-choice][value=yours]").check()
    noor.locator(".conflict button.primary").click()
    noor.get_by_text("noor.example").first.wait_for()
    theatre.refresh_from_db()
    assert theatre.website == "https://noor.example"
    written = theatre.history.order_by("-history_id").values_list("website", "history_user__username")[:2]
    assert list(written) == [("https://noor.example", "noor"), ("https://bram.example", "bram")]
    console_messages.clear()  # the browser notes the answer 409
