"""Somebody deleted a relation by mistake: read in the log, and brought back with all that went with it."""

from django.urls import reverse

from crm.access.models import User
from crm.core.change_set import change_set
from crm.relations.models import Address, Relation
from crm.relations.services import delete_relation, obstacles_to_deletion


def test_office_brings_back_a_deleted_relation(page, office, sign_in, axe):
    # given: Bram deleted a relation, with its addresses and all
    relation = next(
        relation
        for relation in Relation.objects.filter(addresses__isnull=False).distinct().order_by("-number")
        if not obstacles_to_deletion(relation)
    )
    number, name = relation.number, relation.display_name
    addresses = Address.objects.filter(relation=relation).count()
    with change_set(actor=User.objects.get(username="bram"), door="screen", reason="dubbel, dacht ik"):
        delete_relation(relation, version=relation.version)
    assert not Relation.objects.filter(number=number).exists()

    # when: Noor looks among what was deleted, reads who did it, and restores it
    sign_in(page, "noor")
    page.goto(office + reverse("audit:log"))
    page.locator(".audit-only").click()
    page.wait_for_url("**kind=-*")
    row = page.locator(".audit-log tbody").first
    assert "Bram Wouda" in row.inner_text()
    assert name in row.inner_text()
    assert axe(page) == []
    row.locator(".button").click()
    page.wait_for_url("**/audit/deleted/**")
    assert page.locator("h1").inner_text() == name
    assert axe(page) == []
    page.fill("#reason", "was geen dubbele")
    page.locator("main form button.primary").click()

    # then: the card is there under its own number, with what hung under it, and the log says why
    page.wait_for_url(f"**/relations/{number}/")
    assert name in page.locator("h1").inner_text()
    assert Address.objects.filter(relation__number=number).count() == addresses > 0
    page.goto(office + reverse("audit:relation", args=[number]))
    assert "was geen dubbele" in page.locator(".audit-rows").inner_text()
