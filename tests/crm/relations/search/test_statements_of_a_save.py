"""How many statements one save takes, with its change set, history, outbox and what it is found by."""

import pytest

from tests.factories.relations import AddressFactory, BankAccountFactory, PersonFactory


@pytest.fixture
def person(administration):
    return PersonFactory(administration=administration)


def test_save_of_what_is_not_searched_takes_four_statements(person, django_assert_num_queries):
    person.block_reason = "Betaalt niet"

    with django_assert_num_queries(4):  # row, change set, history, outbox
        person.save()


def test_save_of_a_holder_of_an_account_takes_four_statements(person, django_assert_num_queries):
    account = BankAccountFactory(relation=person)
    account.holder = "De erven"

    with django_assert_num_queries(4):
        account.save()


def test_save_of_a_house_number_takes_nine_statements(person, django_assert_num_queries):
    address = AddressFactory(relation=person)
    address.house_number = 99

    # the four; what the rows say and what the index holds; the key out and in; who shares this private address
    with django_assert_num_queries(9):
        address.save()
