from datetime import date

import pytest
from django.db.models import QuerySet

from crm.attention.models import AttentionItem
from crm.core.maintenance import analyze
from crm.relations.models import Address, Word
from crm.relations.nightly import check_dates, overlapping, tidy_search
from tests.factories.relations import LONG_AGO, AddressFactory, PersonFactory

pytestmark = pytest.mark.django_db
SAME = ("relation_id", "kind")


def slip_in(address, **values):
    """A row that came past the guards: a hand in the database."""
    copy = {f.attname: getattr(address, f.attname) for f in Address._meta.concrete_fields if not f.primary_key}
    QuerySet(Address).bulk_create([Address(**copy | values)])


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ((LONG_AGO, None), (date(2025, 1, 1), None), 1),
        ((LONG_AGO, date(2025, 1, 1)), (date(2025, 1, 1), None), 0),
        ((LONG_AGO, date(2025, 1, 2)), (date(2025, 1, 1), date(2026, 1, 1)), 1),
        ((date(2025, 1, 1), None), (LONG_AGO, date(2025, 1, 1)), 0),
        ((date(2025, 1, 1), None), (LONG_AGO, date(2025, 1, 2)), 1),
    ],
)
def test_overlap_is_found_half_open(first, second, found):
    address = AddressFactory(valid_from=first[0], valid_until=first[1])
    slip_in(address, valid_from=second[0], valid_until=second[1])
    analyze()

    assert overlapping(Address, SAME).count() == found


def test_overlap_asks_a_person_once():
    address = AddressFactory()
    slip_in(address, valid_from=date(2025, 1, 1))

    assert [check_dates(), check_dates()] == [1, 1]

    item = AttentionItem.objects.get()
    assert (item.kind, item.administration_id) == ("relations.overlap", address.relation.administration_id)


def test_word_that_nobody_has_any_more_is_dropped():
    person = PersonFactory(family_name="Zonderling")
    person.family_name = "Gewoon"
    person.save()

    tidy_search()

    assert not Word.objects.filter(text="zonderling").exists()
