"""A subsidiary hangs under the wrong parent: that tie ends, the right one begins, and each day has its own tree."""

from crm.relations.models import Relationship


def tree_of(page):
    """The lines of the group around the card, as (depth, name), without the dates."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".tree-body > .tree:not(.loose) .tree-node")].map((line) => {
          let depth = -1;
          for (let place = line; !place.matches(".tree-body"); place = place.parentElement)
            if (place.tagName === "UL") depth += 1;
          return [depth, (line.querySelector("a, strong") || line).textContent.trim()];
        })"""
    )


def test_office_hangs_a_subsidiary_under_its_right_parent(page, office, sign_in, axe):
    # given: De Brink Horeca stands under the theatre, and is in truth the fund's
    sign_in(page, "noor")
    page.goto(f"{office}/relations/10088/")
    assert tree_of(page)[:2] == [[0, "Stichting Podiumfonds Twente"], [1, "Theater De Brink"]]

    # when: Noor ends that tie on the first of June, and adds the right one from that day on
    line = page.locator(".tree-node", has=page.get_by_role("link", name="Theater De Brink", exact=True))
    line.locator("summary").click()
    line.locator("a[href$='/end/']").click()
    page.fill("main [name=on]", "1-6-2026")
    page.locator("main form button.primary").click()
    page.wait_for_url("**/relations/10088/")
    page.locator("#ties > .panel-head a").click()
    page.locator("[name=other_text]").press_sequentially("Podiumfonds Tw")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.select_option("[name=tie]", label="is dochter van …")
    page.fill("[name=percentage]", "100")
    page.fill("[name=valid_from]", "1-6-2026")
    page.locator("main form button.primary").click()
    page.wait_for_url("**/relations/10088/")

    # then: today the card hangs under the fund, until the day before under the theatre, in both with the dates
    today = tree_of(page)
    assert today[:2] == [[0, "Stichting Podiumfonds Twente"], [1, "De Brink Horeca B.V."]]
    assert "100" in page.locator(".tree-node", has_text="Stichting Podiumfonds Twente").first.inner_text()
    assert axe(page) == []
    ties = Relationship.objects.filter(to_relation__number=10088).order_by("valid_from")
    assert [(tie.from_relation.number, str(tie.valid_from), str(tie.valid_until)) for tie in ties] == [
        (10019, "2018-03-12", "2026-06-01"),
        (10071, "2026-06-01", "None"),
    ]
    page.goto(f"{office}/on/2026-05-31/relations/10088/")
    assert [0, "Stichting Podiumfonds Twente"] in tree_of(page)
    assert [2, "De Brink Horeca B.V."] in tree_of(page)
    assert page.locator(".tree-node summary").count() == 0
    assert axe(page) == []
