"""Who changed the account of the theatre last March? Found in the mutation log by period and kind of data."""

from datetime import date, datetime

from django.urls import reverse
from django.utils import timezone

from crm.access.models import User
from crm.core.change_set import change_set
from crm.core.models import ChangeSet
from crm.relations.models import BankAccount, Relation
from crm.relations.services import set_iban

BEFORE, AFTER = "NL13 TEST 0123 4567 89", "NL20 INGB 0001 2345 67"


def changed_in_march(day: date) -> ChangeSet:
    """Bram changes the account; the act and what it wrote lie on that day."""
    with change_set(actor=User.objects.get(username="bram"), door="screen", reason="brief van de bank") as opened:
        set_iban(Relation.objects.get(number=10019), iban=AFTER.replace(" ", ""))
    moment = timezone.make_aware(datetime.combine(day, datetime.min.time().replace(hour=10)))
    ChangeSet.objects.filter(pk=opened.pk).update(opened_at=moment)
    BankAccount.history.model.objects.filter(change_set_id=opened.pk).update(history_date=moment)
    return ChangeSet.objects.get(pk=opened.pk)


def test_office_reads_who_changed_an_iban_last_march(page, office, sign_in, axe):
    # given: it was Bram, on the 17th
    today = timezone.localdate()
    year = today.year if today.month > 3 else today.year - 1
    act = changed_in_march(date(year, 3, 17))

    # when: Noor opens the log, asks for March, and for bank accounts
    sign_in(page, "noor")
    page.locator(f"nav a[href='{reverse('audit:log')}']").first.click()
    page.wait_for_url("**/audit/")
    page.fill("#log-since", f"1-3-{year}")
    page.fill("#log-until", f"31-3-{year}")
    page.press("#log-until", "Enter")
    page.wait_for_url("**since=1-3-*")
    page.locator("[popovertarget=log-filters]").click()
    page.locator("#log-filters [name=model]").select_option("relations.BankAccount")
    page.locator("#log-filters button.primary").click()
    page.wait_for_url("**model=relations.BankAccount*")

    # then: one act, with who, through which door, why, and both numbers
    assert page.locator(".audit-log tbody").count() == 1
    said = page.locator(".audit-log tbody").inner_text()
    for text in ("Bram Wouda", "brief van de bank", "Theater De Brink", BEFORE, AFTER):
        assert text in said, text
    assert axe(page) == []
    page.locator(".audit-act").click()
    page.wait_for_url(f"**{reverse('audit:change_set', args=[act.pk])}")
    assert page.get_by_text(AFTER).count() > 0
