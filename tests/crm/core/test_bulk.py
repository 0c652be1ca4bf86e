from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from crm.core import bulk
from crm.core.change_set import ChangeSet, change_set
from crm.core.signals import rows_changed
from crm.relations.models import Address, Organisation, Relation
from tests.factories.relations import LONG_AGO, AddressFactory, AdministrationFactory, OrganisationFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told():
    events = []

    def listen(sender, ids, event, fields, moment, **kwargs):
        events.append((sender.__name__, event, moment, len(ids), sorted(fields)))

    rows_changed.connect(listen)
    yield events
    rows_changed.disconnect(listen)


@pytest.fixture(params=[1, 3])
def organisations(request):
    administration = AdministrationFactory()
    return [OrganisationFactory(administration=administration) for _ in range(request.param)]


def all_of(rows):
    return Relation.objects.filter(pk__in=[row.pk for row in rows])


def test_bulk_create_writes_rows_history_and_tells(told):
    administration = AdministrationFactory()

    made = bulk.create([Organisation(administration=administration, legal_name=f"Élan {n}") for n in range(3)])

    first = made[0].number
    assert list(all_of(made).sorted().values_list("number", "sort_key", "version")) == [
        (first, "elan 0", 1),
        (first + 1, "elan 1", 1),
        (first + 2, "elan 2", 1),
    ]
    assert Relation.history.filter(id__in=[row.pk for row in made], history_type="+").count() == 3
    assert told == [("Relation", "created", "after", 3, [])]


def test_bulk_update_writes_only_what_differs(organisations, told):
    written = bulk.set_values(all_of(organisations), sector="toneel")
    again = bulk.set_values(all_of(organisations), sector="toneel")

    ids = [row.pk for row in organisations]
    assert (written.changed, again.changed) == (ids, [])
    assert set(all_of(organisations).values_list("sector", "version")) == {("toneel", 2)}
    assert Relation.history.filter(id__in=ids, history_type="~", sector="toneel").count() == len(ids)
    assert told == [("Relation", "updated", "after", len(ids), ["sector"])]


def test_bulk_update_takes_a_flat_number_of_statements(organisations, django_assert_num_queries):
    rows = all_of(organisations)

    # begin, ids, make and fill the value table, changed, old values for the guards, update, change set, history,
    # one INSERT by the hub for the topic that watches relations, drop, commit; PostgreSQL locks the rows too
    with change_set(action="warm"), django_assert_num_queries(12 + (connection.vendor == "postgresql")):
        bulk.set_values(rows, sector="toneel")


def test_bulk_update_fills_computed_columns(organisations):
    bulk.update(Relation, {row.pk: {"trade_name": f"Ümlaut {row.pk}"} for row in organisations})

    assert list(all_of(organisations).order_by("pk").values_list("sort_key", flat=True)) == [
        f"umlaut {row.pk}" for row in organisations
    ]


def test_bulk_update_leaves_rows_of_another_version_alone_and_names_them():
    seen, changed_since = OrganisationFactory(), OrganisationFactory()
    changed_since.sector = "film"
    changed_since.save()

    written = bulk.update(
        Relation,
        {seen.pk: {"sector": "toneel"}, changed_since.pk: {"sector": "toneel"}},
        expected_versions={seen.pk: 1, changed_since.pk: 1},
    )

    assert (written.changed, written.conflicts) == ([seen.pk], [changed_since.pk])
    assert Relation.objects.get(pk=changed_since.pk).sector == "film"


def test_bulk_update_of_a_key_tells_before_and_after(told):
    address, other = AddressFactory(), OrganisationFactory()
    told.clear()

    bulk.set_values(Address.objects.filter(pk=address.pk), relation=other)

    assert told == [
        ("Address", "updated", "before", 1, ["relation_id"]),
        ("Address", "updated", "after", 1, ["relation_id"]),
    ]


def test_bulk_delete_keeps_history_and_tells_before_and_after(told):
    address = AddressFactory()
    told.clear()

    assert bulk.delete(Address.objects.filter(pk=address.pk)) == 1

    assert list(Address.history.filter(id=address.pk).values_list("history_type", flat=True)) == ["-", "+"]
    assert [(event, moment) for _model, event, moment, _rows, _fields in told] == [
        ("deleted", "before"),
        ("deleted", "after"),
    ]


def test_bulk_writes_are_one_change_set(organisations):
    with change_set(action="one act"):
        bulk.set_values(all_of(organisations), sector="toneel")
        bulk.set_values(all_of(organisations), sector="film")

    changed = Relation.history.filter(id__in=[row.pk for row in organisations], history_type="~")
    assert set(changed.values_list("change_set_id", flat=True)) == {ChangeSet.objects.get(action="one act").pk}


def test_bulk_refuses_more_than_a_chunk():
    with pytest.raises(bulk.TooManyRows):
        bulk.update(Relation, {n: {"sector": ""} for n in range(bulk.CHUNK + 1)})


def test_bulk_write_that_the_database_refuses_leaves_nothing():
    one, other = OrganisationFactory(), OrganisationFactory()
    before = Relation.history.count()

    with pytest.raises(IntegrityError):
        bulk.set_values(Relation.objects.filter(pk__in=[one.pk, other.pk]), number=5)

    assert Relation.history.count() == before


def test_guards_hold_in_bulk():
    relation = AddressFactory(valid_from=LONG_AGO).relation

    with pytest.raises(ValidationError):
        bulk.create([Address(relation=relation, kind="visiting", valid_from=date(2025, 1, 1), city="Hengelo")])

    assert relation.addresses.count() == 1
