import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save

from crm.core import guards
from crm.core.change_set import ChangeSet
from crm.core.models import ChangedMeanwhile
from crm.relations.models import Address, Organisation, Person, Relation
from tests.factories.relations import AddressFactory, AdministrationFactory, OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(record):
    return list(
        type(record).history.filter(id=record.pk).order_by("history_id").values_list("history_type", flat=True)
    )


def test_save_and_delete_through_a_proxy_write_history():
    person = PersonFactory(given_name="Aafje")
    key = person.pk
    person.given_name = "Jet"
    person.save()
    person.delete()

    assert list(Person.history.filter(id=key).order_by("history_id").values_list("history_type", "given_name")) == [
        ("+", "Aafje"),
        ("~", "Jet"),
        ("-", "Jet"),
    ]


def test_save_that_changes_nothing_writes_nothing():
    person = Person.objects.get(pk=PersonFactory(phone="06 12345678").pk)
    person.phone = "06-1234 5678"
    person.save()

    assert (person.version, kinds(person)) == (1, ["+"])


def test_save_raises_the_version_and_writes_only_what_changed(django_assert_num_queries):
    person = Person.objects.get(pk=PersonFactory().pk)
    person.notes = "nieuw"

    # begin, update, change set, history, one INSERT by the hub for the topic that watches relations, commit
    with django_assert_num_queries(6):
        person.save()

    assert (person.version, Person.objects.get(pk=person.pk).notes) == (2, "nieuw")


def test_save_over_a_newer_version_is_refused():
    mine, theirs = (Person.objects.get(pk=pk) for pk in [PersonFactory().pk] * 2)
    theirs.notes = "van hen"
    theirs.save()
    mine.notes = "van mij"

    with pytest.raises(ChangedMeanwhile) as refusal:
        mine.save()

    assert (refusal.value.pk, refusal.value.expected, mine.version) == (mine.pk, 1, 1)
    assert Person.objects.get(pk=mine.pk).notes == "van hen"


def test_lock_refuses_another_version_than_the_one_shown():
    person = PersonFactory()

    with transaction.atomic(), pytest.raises(ChangedMeanwhile):
        Relation.objects.lock(person, 7)


def test_crash_in_a_receiver_takes_row_history_and_change_set_back():
    def crash(sender, **kwargs):
        raise RuntimeError("crash in a receiver")

    organisation = OrganisationFactory()
    post_save.connect(crash, sender=Address)
    try:
        with pytest.raises(RuntimeError):
            AddressFactory(relation=organisation)
    finally:
        post_save.disconnect(crash, sender=Address)

    assert (Address.objects.count(), Address.history.count()) == (0, 0)
    assert set(ChangeSet.objects.values_list("pk", flat=True)) == set(
        Relation.history.values_list("change_set_id", flat=True)
    ) | set(organisation.administration.history.values_list("change_set_id", flat=True))


def test_deferred_columns_keep_a_pending_change_a_change():
    person = Person.objects.only("pk", "version", "notes").get(pk=PersonFactory(phone="0612345678").pk)
    person.notes = "nieuw"
    assert person.phone == "+31612345678"

    person.save()

    assert Person.objects.get(pk=person.pk).notes == "nieuw"
    assert Person.history.filter(id=person.pk).first().phone == "+31612345678"


def test_bulk_writes_beside_the_door_are_refused():
    refused = [
        lambda: Relation.objects.update(notes="x"),
        lambda: Relation.objects.bulk_create([]),
        lambda: Relation.objects.bulk_update([], ["notes"]),
    ]

    for write in refused:
        with pytest.raises(TypeError, match=r"crm\.core\.bulk"):
            write()


def test_delete_takes_what_hangs_under_it_with_history():
    address = AddressFactory()
    relation, key = address.relation, address.pk

    relation.delete()

    assert list(Address.history.filter(id=key).values_list("history_type", flat=True)) == ["-", "+"]


def test_guard_refuses_below_every_door():
    def no_hengelo(changes):
        if any(change.after and change.after.get("city") == "Hengelo" for change in changes):
            raise ValidationError("niet in Hengelo")

    guards.guard(Address)(no_hengelo)
    try:
        with pytest.raises(ValidationError):
            AddressFactory(city="Hengelo")
        kept = AddressFactory(city="Enschede")
        kept.city = "Hengelo"
        with pytest.raises(ValidationError):
            kept.save()
    finally:
        guards._guards[Address].remove(no_hengelo)

    assert list(Address.objects.values_list("city", flat=True)) == ["Enschede"]


def test_numbers_are_given_out_once_and_given_ones_are_never_met():
    first, given, after = OrganisationFactory(), OrganisationFactory(number=20000), OrganisationFactory()

    assert (given.number, after.number) == (20000, 20001)
    assert first.number < given.number
    with pytest.raises(IntegrityError):
        OrganisationFactory(number=20000)


def test_display_name_is_computed_by_the_database():
    administration = AdministrationFactory()
    Person.objects.create(
        administration=administration,
        given_name="Sanne",
        prefix="van den",
        family_name="Brink",
        partner_family_name="Oosterhuis",
        name_order="own_partner",
    )
    Organisation.objects.create(administration=administration, legal_name="Élan B.V.")

    assert list(Relation.objects.sorted().values_list("display_name", "sort_key")) == [
        ("Sanne van den Brink-Oosterhuis", "brink-oosterhuis sanne"),
        ("Élan B.V.", "elan b.v."),
    ]
