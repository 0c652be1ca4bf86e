"""Debtors and creditors as accounts of Exact Online: what is sent, and what is left alone."""

from dataclasses import replace

import pytest

from integrations.finance.payloads import FinancialParty, PostalAddress
from integrations.finance.simulators.exact_online.entities import ENTITIES
from integrations.hub.errors import PermanentError, TemporaryError
from tests.integrations.contract_cases import call

from .conftest import BAKERY

ACCOUNTS = ENTITIES["crm/Accounts"]


def push(exact, party, external_id=None):
    return exact.connector().push(party, external_id=external_id, key="1")


def there(exact, **fields):
    """An account as the bookkeepers made it themselves."""
    return exact.simulator.store.create(ACCOUNTS, fields)["ID"]


def change_there(exact, external_id, **fields):
    exact.simulator.store.change(ACCOUNTS, external_id, fields)


def last_bodies(exact, method):
    return [entry["request"] for entry in call(f"{exact.simulator.url}/_simulator/log") if entry["method"] == method]


def test_debtor_arrives_whole(exact):
    push(exact, BAKERY)
    account = exact.account()
    sent = {
        name: account[name] for name in account if name not in ("ID", "Created", "Modified", "Timestamp", "_writes")
    }
    assert sent == {
        "Code": "10471",
        "Name": "Bakkerij Jansen BV",
        "Status": "C",
        "IsSupplier": False,
        "IsSales": True,
        "IsPurchase": False,
        "Blocked": False,
        "SearchCode": "CRM-4711",
        "Email": "admin@bakkerij.example",
        "Phone": "030-1234567",
        "AddressLine1": "Marktplein 20",
        "Postcode": "3701 BB",
        "City": "Zeist",
        "Country": "NL",
        "Language": "NL",
        "VATNumber": "NL004495445B01",
        "ChamberOfCommerce": "87654321",
        "PaymentConditionSales": "30",
        "Division": 123456,
    }
    assert exact.bank_accounts() == [("NL91ABNA0417164300", True)]


def test_creditor_is_a_supplier_and_no_debtor(exact):
    party = replace(BAKERY, is_debtor=False, is_creditor=True, creditor_payment_term_days=14)
    push(exact, party)
    account = exact.account()
    assert (account.get("Status"), account["IsSupplier"], account["PaymentConditionPurchase"]) == (None, True, "14")
    assert "PaymentConditionSales" not in account


def test_billing_address_is_the_accounts_address(exact):
    push(exact, replace(BAKERY, billing=PostalAddress(("Postbus 1", "t.a.v. boekhouding"), "3700 AA", "Zeist", "NL")))
    account = exact.account()
    assert (account["AddressLine1"], account["AddressLine2"]) == ("Postbus 1", "t.a.v. boekhouding")


def test_number_left_open_is_given_by_exact_and_found_by_our_reference(exact):
    party = replace(BAKERY, number="")
    first = push(exact, party)
    again = push(exact, party)
    assert (first.vendor_number, again.state, again.external_id) == ("1", "same", first.external_id)


def test_party_without_number_and_reference_is_refused_before_it_can_double(exact):
    with pytest.raises(PermanentError) as error:
        push(exact, FinancialParty(reference="", name="Naamloos", is_debtor=True))
    assert (error.value.code, exact.objects()) == ("number_missing", [])


def test_update_sends_only_what_differs(exact):
    first = push(exact, BAKERY)
    result = push(exact, replace(BAKERY, phone="030-7654321"), first.external_id)
    assert (result.state, last_bodies(exact, "PUT")) == ("updated", ['{"Phone":"030-7654321"}'])


def test_update_leaves_alone_what_only_the_bookkeepers_know(exact):
    first = push(exact, BAKERY)
    change_there(
        exact, first.external_id, Remarks="Belt altijd op maandag", Fax="030-1", Website="https://jansen.example"
    )
    push(exact, replace(BAKERY, phone="030-2"), first.external_id)
    account = exact.account()
    assert (account["Remarks"], account["Fax"], account["Website"]) == (
        "Belt altijd op maandag",
        "030-1",
        "https://jansen.example",
    )


def test_email_emptied_here_is_emptied_there(exact):
    first = push(exact, BAKERY)
    push(exact, replace(BAKERY, email=""), first.external_id)
    assert exact.account()["Email"] is None


def test_email_empty_here_keeps_what_an_account_found_by_its_number_has(exact):
    there(exact, Code="10471", Name="Jansen", Email="oud@bakkerij.example")
    push(exact, replace(BAKERY, email=""))
    assert (exact.account()["Email"], exact.account()["Name"]) == ("oud@bakkerij.example", "Bakkerij Jansen BV")


def test_account_of_the_bookkeepers_is_found_by_its_padded_number_and_gets_our_reference(exact):
    id = there(exact, Code="10471", Name="Jansen")
    result = push(exact, BAKERY)
    assert (result.external_id, result.state, exact.account()["SearchCode"]) == (id, "updated", "CRM-4711")


def test_search_code_of_the_bookkeepers_stays(exact):
    there(exact, Code="10471", Name="Jansen", SearchCode="JANSEN")
    push(exact, BAKERY)
    assert exact.account()["SearchCode"] == "JANSEN"


@pytest.mark.parametrize(
    "taken_by",
    [
        {"Name": "Slagerij De Wit"},
        {"Name": "Slagerij De Wit", "SearchCode": "WIT", "Postcode": "1000 AA"},
        {"Name": "Bakkerij Jansen BV", "SearchCode": "CRM-1"},
        {"Name": "Bakkerij Jansen BV", "ChamberOfCommerce": "11111111"},
    ],
)
def test_number_of_somebody_else_is_refused_and_nothing_is_overwritten(exact, taken_by):
    there(exact, Code="10471", **taken_by)
    before = exact.account()
    with pytest.raises(PermanentError) as error:
        push(exact, BAKERY)
    assert (error.value.code, error.value.vendor_words) == ("number_taken", f"10471 {taken_by['Name']}")
    assert exact.account() == before


@pytest.mark.parametrize(
    "known_as",
    [
        {"Name": "Fam. Jansen"},
        {"Name": "BAKKERIJ JÁNSEN"},
        {"Name": "Brood & Co", "ChamberOfCommerce": "87654321"},
        {"Name": "Brood & Co", "VATNumber": "NL004495445B01"},
        {"Name": "Brood & Co", "Email": "Admin@Bakkerij.example"},
        {"Name": "Brood & Co", "Postcode": "3701bb"},
        {"Name": "Brood & Co", "SearchCode": "CRM-4711"},
    ],
)
def test_account_with_our_number_is_taken_over_when_something_says_it_is_the_same(exact, known_as):
    id = there(exact, Code="10471", **known_as)
    assert push(exact, BAKERY).external_id == id


def test_two_accounts_with_our_reference_are_for_a_person_to_sort_out(exact):
    there(exact, Code="1", Name="Een", SearchCode="CRM-4711")
    there(exact, Code="2", Name="Twee", SearchCode="CRM-4711")
    with pytest.raises(PermanentError) as error:
        push(exact, BAKERY)
    assert (error.value.code, error.value.vendor_words) == ("found_more_than_one", "1, 2")


def test_other_number_there_is_reported_and_not_changed(exact):
    first = push(exact, BAKERY)
    result = push(exact, replace(BAKERY, number="20000"), first.external_id)
    assert (result.notes, result.vendor_number, exact.account()["Code"]) == (("other_number_there",), "10471", "10471")


def test_account_removed_there_is_made_again_and_reported(exact):
    first = push(exact, BAKERY)
    exact.simulator.store.delete(ACCOUNTS, first.external_id)
    again = push(exact, BAKERY, first.external_id)
    assert (again.state, again.notes) == ("created", ("was_gone_there_made_again",))


def test_supplier_added_to_a_customer_stays_a_customer(exact):
    first = push(exact, BAKERY)
    push(exact, replace(BAKERY, is_creditor=True), first.external_id)
    assert (exact.account()["Status"], exact.account()["IsSupplier"]) == ("C", True)


def test_customer_added_to_a_supplier_stays_a_supplier(exact):
    first = push(exact, replace(BAKERY, is_debtor=False, is_creditor=True))
    push(exact, BAKERY, first.external_id)
    assert (exact.account()["Status"], exact.account()["IsSupplier"]) == ("C", True)


def test_prospect_of_the_bookkeepers_is_left_a_prospect_by_a_creditor(exact):
    there(exact, Code="10471", Name="Jansen", Status="P")
    push(exact, replace(BAKERY, is_debtor=False, is_creditor=True))
    assert (exact.account()["Status"], exact.account()["IsSupplier"]) == ("P", True)


@pytest.mark.parametrize(
    "ended",
    [
        replace(BAKERY, is_debtor=False, debtor_ended=True, is_creditor=True),
        replace(BAKERY, is_creditor=False, creditor_ended=True),
        replace(BAKERY, is_debtor=False, debtor_ended=True, creditor_ended=True),
    ],
)
def test_role_that_ended_changes_nothing_there_and_says_so(exact, ended):
    first = push(exact, replace(BAKERY, is_creditor=True))
    before = exact.account()
    result = push(exact, ended, first.external_id)
    assert (result.state, result.notes) == ("same", ("role_ended_nothing_changed",))
    assert exact.account() == before


def test_withdraw_changes_nothing_and_calls_nobody(exact):
    first = push(exact, BAKERY)
    before = exact.records()
    result = exact.connector().withdraw(first.external_id, key="2")
    assert (result.state, result.notes, exact.records()) == ("nothing", ("role_ended_nothing_changed",), before)


def test_party_without_a_role_is_not_made(exact):
    with pytest.raises(PermanentError) as error:
        push(exact, replace(BAKERY, is_debtor=False, debtor_ended=True))
    assert (error.value.code, exact.objects()) == ("no_role", [])


@pytest.mark.parametrize(("blocked", "is_blocked"), [(None, True), (True, True), (False, False)])
def test_block_of_the_bookkeepers_ends_only_when_we_say_so(exact, blocked, is_blocked):
    first = push(exact, BAKERY)
    change_there(exact, first.external_id, Blocked=True)
    push(exact, replace(BAKERY, blocked=blocked), first.external_id)
    assert exact.account()["Blocked"] is is_blocked


def test_blanks_around_a_value_do_not_make_it_differ_for_ever(exact):
    party = replace(BAKERY, name=" Bakkerij Jansen BV ", phone="030-1234567 ")
    first = push(exact, party)
    assert push(exact, party, first.external_id).state == "same"


def test_new_iban_is_the_new_main_bank_account_and_the_old_one_stays(exact):
    first = push(exact, BAKERY)
    result = push(exact, replace(BAKERY, iban="NL20INGB0001234567"), first.external_id)
    assert (result.state, exact.bank_accounts()) == (
        "updated",
        [("NL91ABNA0417164300", False), ("NL20INGB0001234567", True)],
    )


def test_iban_that_comes_back_is_main_again_without_a_second_one(exact):
    first = push(exact, BAKERY)
    push(exact, replace(BAKERY, iban="NL20INGB0001234567"), first.external_id)
    push(exact, BAKERY, first.external_id)
    assert exact.bank_accounts() == [("NL91ABNA0417164300", True), ("NL20INGB0001234567", False)]


def test_iban_that_went_away_here_stays_there(exact):
    first = push(exact, BAKERY)
    result = push(exact, replace(BAKERY, iban=""), first.external_id)
    assert (result.state, exact.bank_accounts()) == ("same", [("NL91ABNA0417164300", True)])


def test_bank_account_after_a_lost_answer_is_there_once(exact):
    exact.spoil("lost_after_write", path="crm/BankAccounts")
    with pytest.raises(Exception, match="connection_lost"):
        push(exact, BAKERY)
    push(exact, BAKERY)
    assert (exact.bank_accounts(), exact.doubles()) == ([("NL91ABNA0417164300", True)], [])


def test_record_that_somebody_made_just_before_is_found_and_updated(exact):
    exact.spoil("duplicate")
    result = push(exact, BAKERY)
    account = exact.account()
    assert (result.state, result.external_id, exact.doubles()) == ("updated", account["ID"], [])
    assert account["Remarks"] == "Al gemaakt door een collega"


def test_already_there_but_not_to_be_found_is_tried_again_later(exact):
    exact.spoil("refuse_field", words="Reeds aanwezig: Code  10471")
    with pytest.raises(TemporaryError) as error:
        push(exact, BAKERY)
    assert (error.value.code, error.value.vendor_words) == ("already_there", "Reeds aanwezig: Code  10471")


@pytest.mark.parametrize("words", ["Er is een fout opgetreden", "Timeout expired", "Deadlock victim"])
def test_technical_trouble_that_arrives_as_500_is_temporary(exact, words):
    exact.spoil("refuse_field", words=words)
    with pytest.raises(TemporaryError) as error:
        push(exact, BAKERY)
    assert error.value.code == "vendor_down"


def test_refused_vat_number_comes_with_exacts_own_words(exact):
    with pytest.raises(PermanentError) as error:
        push(exact, replace(BAKERY, vat_number="BE0428759497"))
    assert error.value.vendor_words == "Ongeldig: Btw-nummer. Het btw-nummer hoort niet bij het land"


def test_payment_term_that_exact_does_not_know_is_reported_and_left_out(exact):
    result = push(exact, replace(BAKERY, debtor_payment_term_days=21))
    assert (result.notes, exact.account().get("PaymentConditionSales")) == (("payment_term_unknown_there",), None)


def test_quote_in_our_reference_stays_inside_the_filter(exact):
    party = replace(BAKERY, reference="CRM-O'Brien' or Name ne '")
    there(exact, Code="77", Name="Een ander")
    result = push(exact, party)
    assert (result.state, exact.connector().find(party)) == ("created", result.external_id)


def test_stored_id_that_is_no_guid_is_never_sent(exact):
    with pytest.raises(ValueError, match="not a guid"):
        push(exact, BAKERY, "x' or ID ne guid'")


def test_existence_is_never_asked_by_guid(exact):
    first = push(exact, BAKERY)
    push(exact, BAKERY, first.external_id)
    gets = [entry for entry in call(f"{exact.simulator.url}/_simulator/log") if entry["method"] == "GET"]
    assert [entry["target"] for entry in gets if "(guid" in entry["target"].split("?")[0]] == []
