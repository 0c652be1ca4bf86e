"""Five hundred relations changed at once by mistake, and put back with one button."""

from django.urls import reverse

from crm.administrations.models import Administration
from crm.core import bulk, jobs
from crm.core.models import Job
from crm.relations import services
from crm.relations.models import Relation
from crm.relations.views.bulk import SHOWN

HOW_MANY = 500


def choirs():
    """Five hundred choirs in the administration Noor works in."""
    home = Administration.objects.order_by("pk").first()
    made = [
        Relation(administration=home, kind="organisation", legal_name=f"Koor {n:03}", sector="Koorzang")
        for n in range(HOW_MANY)
    ]
    return bulk.create(made)


def test_bulk_edit_of_five_hundred_is_undone(page, office, sign_in, axe):
    # given: the list, narrowed to a sector with five hundred choirs, of which one page is shown
    made = choirs()
    sign_in(page, "noor")
    page.goto(office + reverse("relations:list"))
    page.click("[popovertarget=list-filters]")
    page.locator("#list-filters summary", has_text="Sector").click()
    page.fill("#filter-sector", "koorzang")
    page.press("#filter-sector", "Enter")
    page.wait_for_url("**sector=koorzang*")
    assert page.locator("#list tr[data-row]").count() == 50
    assert axe(page) == []

    # when: she takes all of the list, not only what she sees, and changes the language of them
    page.check("#list tbody tr:nth-child(3) .pick input")
    page.click("#list-bulk [data-list=all]")
    assert page.locator("#list-bulk [data-count]").inner_text() == str(HOW_MANY)
    page.locator("#list-bulk button.button").first.click()
    page.wait_for_url("**/relations/bulk/**")
    page.select_option("select[name=language]", "en")
    assert page.is_checked("[name=change-language]")
    page.click(".form-actions .primary")
    page.wait_for_url("**/relations/bulk/*/")

    # then: the preview shows old and new, and how many; nothing is changed yet
    assert page.locator("tbody tr").count() == SHOWN
    assert page.locator("tbody tr").first.locator("ins").count() == 1
    assert str(HOW_MANY) in page.locator("aside .primary").inner_text()
    assert Relation.objects.filter(sector="Koorzang", language="en").count() == 0
    assert axe(page) == []

    # when: she lets it be done and leaves, and a colleague changes one of them before the worker gets there
    page.click("aside .primary")
    page.locator("#bulk-job progress").wait_for()
    report = page.url
    page.goto(f"{office}/")
    services.update_relation(Relation.objects.get(pk=made[7].pk), version=1, block_reason="eerst bellen")
    jobs.run(Job.objects.get().pk)

    # then: all but that one are changed, and it is named and offered again
    page.goto(report)
    assert str(HOW_MANY - 1) in page.locator("#bulk-report-title").inner_text()
    page.locator(".bulk-left summary").click()
    assert page.locator(".bulk-left li").all_inner_texts() == ["Koor 007"]
    assert Relation.objects.filter(sector="Koorzang", language="en").count() == HOW_MANY - 1
    assert axe(page) == []

    # when: it was a mistake, and she undoes it
    page.locator(".bulk-report form[action*='undo'] button").click()
    page.wait_for_url("**/audit/change-sets/**")

    # then: every choir is as it was, the colleague's word included
    assert Relation.objects.filter(sector="Koorzang", language="nl").count() == HOW_MANY
    assert Relation.objects.get(pk=made[7].pk).block_reason == "eerst bellen"


def test_bulk_edit_watched_to_its_end_shows_its_report(page, office, sign_in):
    # given: a preview of what would happen to three choirs
    numbers = [row.number for row in choirs()[:3]]
    sign_in(page, "noor")
    page.goto(f"{office}{reverse('relations:bulk')}?{'&'.join(f'chosen={number}' for number in numbers)}")
    page.check("[name=change-no_post]")
    page.click(".form-actions .primary")
    page.wait_for_url("**/relations/bulk/*/")

    # when: she lets it be done and stays
    page.click("aside .primary")
    page.locator("#bulk-job progress").wait_for()
    jobs.run(Job.objects.get().pk)

    # then: the report comes by itself
    page.locator("#bulk-report-title").wait_for()
    assert Relation.objects.filter(number__in=numbers, no_post=True).count() == 3


def test_bulk_edit_on_a_phone_says_that_it_is_for_a_wider_screen(page, office, sign_in):
    # given: a phone
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, "noor")

    # when: she opens the list, and the address of a bulk edit that she was sent
    page.goto(office + reverse("relations:list"))
    boxes = page.locator("#list .pick input:visible").count()
    page.goto(f"{office}{reverse('relations:bulk')}?all=yes")

    # then: there is nothing to tick, and the page says why
    assert boxes == 0
    assert page.locator(".wide-only-note").is_visible()
    assert not page.locator(".bulk-form").is_visible()
