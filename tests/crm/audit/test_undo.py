"""What belonged together is undone as one; what changed since stays and is shown."""

import re

import pytest
from django.urls import reverse

from crm.access.rights import Right
from crm.audit import services
from crm.audit.queries import log_of_change_set
from crm.audit.services import Conflict, UnableToUndo, preview, restore, undo_change_set
from crm.core import bulk, jobs
from crm.core.change_set import change_set
from crm.core.models import ChangeSet
from crm.relations import services as services_of_relations
from crm.relations.models import Address, BankAccount, Organisation, Relation
from tests.factories.relations import (
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    OrganisationFactory,
    UserFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def user(administration):
    return user_in(administration)


def last_set():
    return ChangeSet.objects.order_by("-pk").first()


def renamed(organisation, name, actor=None):
    with change_set(actor=actor, action="rename"):
        organisation.legal_name = name
        organisation.save()
    return last_set()


def test_undo_gives_old_values_back_in_a_change_set_that_names_the_old_one(administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Oud")
    act = renamed(organisation, "Nieuw", user)

    report = undo_change_set(act, user, reason="vergissing")

    organisation.refresh_from_db()
    undone = last_set()
    assert (organisation.legal_name, organisation.version) == ("Oud", 3)
    assert (undone.reverts, undone.actor, undone.reason, undone.action) == (act, user, "vergissing", "audit.undo")
    assert (report.changed, report.conflicts) == ([(Relation, organisation.pk)], [])


def test_undo_keeps_what_changed_since_unless_it_is_named(administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Oud", email="oud@podium.example")
    with change_set(actor=user):
        organisation.legal_name, organisation.email = "Nieuw", "nieuw@podium.example"
        organisation.save()
    act = last_set()
    renamed(organisation, "Nieuwer")
    conflict = Conflict(Relation, organisation.pk, "legal_name", "changed")

    assert preview(act, user).conflicts == [conflict]
    assert undo_change_set(act, user).conflicts == [conflict]
    organisation.refresh_from_db()
    assert (organisation.legal_name, organisation.email) == ("Nieuwer", "oud@podium.example")

    assert undo_change_set(act, user, overrides={conflict.as_override()}).conflicts == []
    organisation.refresh_from_db()
    assert organisation.legal_name == "Oud"


def test_undo_deletes_what_was_made_with_what_hangs_under_it(administration, user):
    with change_set(actor=user):
        organisation = OrganisationFactory(administration=administration)
        AddressFactory(relation=organisation)

    report = undo_change_set(last_set(), user)

    assert report.conflicts == []
    assert (len(report.removed), Relation.objects.count(), Address.objects.count()) == (2, 0, 0)
    assert Relation.history.filter(history_type="-").count() == 1


def test_undo_keeps_what_was_made_when_something_newer_uses_it(administration, user):
    with change_set(actor=user):
        organisation = OrganisationFactory(administration=administration)
    act = last_set()
    AddressFactory(relation=organisation)

    report = undo_change_set(act, user)

    assert report.conflicts == [Conflict(Relation, organisation.pk, "", "used")]
    assert Relation.objects.count() == 1


def test_undo_brings_back_what_was_deleted_under_the_same_key(administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Terug")
    address = AddressFactory(relation=organisation)
    number = organisation.number
    with change_set(actor=user):
        organisation.delete()

    report = undo_change_set(last_set(), user)

    again = Organisation.objects.get(pk=address.relation_id)
    assert report.conflicts == []
    assert (again.number, again.legal_name, again.version) == (number, "Terug", 2)
    assert Address.objects.get().pk == address.pk


def test_undo_of_an_undo_is_where_one_was(administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Oud")
    undo_change_set(renamed(organisation, "Nieuw", user), user)

    undo_change_set(last_set(), user)

    organisation.refresh_from_db()
    assert organisation.legal_name == "Nieuw"


def test_undo_twice_changes_nothing_the_second_time(administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Oud")
    act = renamed(organisation, "Nieuw", user)
    undo_change_set(act, user)

    report = undo_change_set(act, user)

    assert (report.restored, report.conflicts) == (0, [])


def test_undo_of_a_bulk_change_takes_no_query_per_row(administration, user, django_assert_max_num_queries):
    rows = [OrganisationFactory(administration=administration, sector="oud") for _n in range(12)]
    with change_set(actor=user):
        bulk.set_values(Relation.objects.filter(pk__in=[row.pk for row in rows]), sector="nieuw")
    act = last_set()

    with django_assert_max_num_queries(90):
        report = undo_change_set(act, user)

    assert len(report.changed) == 12
    assert set(Relation.objects.values_list("sector", flat=True)) == {"oud"}


def test_undo_needs_the_right_and_stays_inside_ones_administrations(administration, user):
    elsewhere = AdministrationFactory()
    mine = OrganisationFactory(administration=administration, sector="oud")
    theirs = OrganisationFactory(administration=elsewhere, sector="oud")
    with change_set():
        bulk.set_values(Relation.objects.filter(pk__in=[mine.pk, theirs.pk]), sector="nieuw")
    act = last_set()

    with pytest.raises(UnableToUndo):
        undo_change_set(act, user_in(administration, rights=[Right.RELATIONS_CHANGE]))
    report = undo_change_set(act, user)

    assert report.changed == [(Relation, mine.pk)]
    assert report.conflicts == []
    assert dict(Relation.objects.values_list("pk", "sector")) == {mine.pk: "oud", theirs.pk: "nieuw"}


def test_undo_of_values_that_one_may_not_change_leaves_them(administration):
    account = BankAccountFactory(relation=OrganisationFactory(administration=administration), holder="Oud")
    clerk = user_in(administration, rights=[Right.HISTORY_UNDO, Right.RELATIONS_CHANGE, Right.FINANCIAL_VIEW])
    with change_set():
        account.holder = "Nieuw"
        account.save()

    report = undo_change_set(last_set(), clerk)

    assert [one.why for one in report.conflicts] == ["not allowed"]
    assert BankAccount.objects.get().holder == "Nieuw"


def test_undo_what_a_guard_refuses_stays_and_says_why(administration, user):
    organisation = OrganisationFactory(administration=administration)
    address = AddressFactory(relation=organisation)
    with change_set(actor=user):
        address.delete()
    act = last_set()
    AddressFactory(relation=organisation, street="Nieuwe weg")

    report = undo_change_set(act, user)

    assert [(one.model, one.why, bool(one.said)) for one in report.conflicts] == [(Address, "refused", True)]
    assert Address.objects.count() == 1


def test_restore_brings_back_one_record_with_its_parts(administration, user):
    first, second = (OrganisationFactory(administration=administration) for _n in range(2))
    address = AddressFactory(relation=first)
    key, address_key = first.pk, address.pk
    with change_set(actor=user):
        first.delete()
        second.delete()

    report = restore(Relation, key, user)

    assert (set(report.returned), report.conflicts) == ({(Relation, key), (Address, address_key)}, [])
    with pytest.raises(UnableToUndo):
        restore(Relation, key, user)


def test_undo_of_more_than_fits_at_once_is_a_job(administration, user):
    """The chunks of the job, over an act that changes, makes and deletes; the limit itself is an argument of scale."""
    changed = [OrganisationFactory(administration=administration, sector="oud") for _n in range(3)]
    gone = OrganisationFactory(administration=administration)
    gone_key = gone.pk
    with change_set(actor=user):
        bulk.set_values(Relation.objects.filter(pk__in=[row.pk for row in changed]), sector="nieuw")
        made = OrganisationFactory(administration=administration)
        AddressFactory(relation=made)
        gone.delete()
    act = last_set()
    job = jobs.start(
        services.JOB_KIND, params={"change_set": act.pk, "overrides": []}, actor=user, total=6, reverts=act
    )

    assert jobs.run(job.pk) == "done"

    job.refresh_from_db()
    assert job.result == {"changed": 3, "removed": 2, "returned": 1, "conflicts": 0}
    assert set(Relation.objects.values_list("pk", flat=True)) == {gone_key, *(row.pk for row in changed)}
    assert job.change_set.reverts == act


def test_undo_page_tells_what_will_happen_and_does_it(client, administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Oud")
    act = renamed(organisation, "Nieuw", user)
    client.force_login(user)

    page = client.get(reverse("audit:change_set", args=[act.pk]))
    answer = client.post(reverse("audit:undo", args=[act.pk]), {"reason": "vergissing"})

    organisation.refresh_from_db()
    assert (page.status_code, page.context["report"].restored) == (200, 1)
    assert (answer.status_code, organisation.legal_name) == (302, "Oud")


def test_undo_page_is_not_there_for_who_sees_nothing_of_it(client, administration):
    act = renamed(OrganisationFactory(administration=administration), "Nieuw")
    client.force_login(user_in(AdministrationFactory()))

    statuses = [
        client.get(reverse("audit:change_set", args=[act.pk])).status_code,
        client.post(reverse("audit:undo", args=[act.pk])).status_code,
    ]

    assert statuses == [404, 404]
    assert log_of_change_set(act, UserFactory()).entries == []


def test_undo_of_a_new_iban_gives_the_former_account_back():
    relation = OrganisationFactory()
    services_of_relations.set_iban(relation, iban="NL91ABNA0417164300")
    services_of_relations.set_iban(relation, iban="NL20INGB0001234567")
    changed = ChangeSet.objects.filter(action="iban.change").latest("pk")

    report = undo_change_set(changed, user_in(relation.administration))

    assert (report.conflicts, list(BankAccount.objects.values_list("iban", "main"))) == (
        [],
        [("NL91ABNA0417164300", True)],
    )


def test_undo_swaps_two_accounts_back():
    relation = OrganisationFactory()
    for iban in ("NL91ABNA0417164300", "NL20INGB0001234567", "NL91ABNA0417164300"):
        services_of_relations.set_iban(relation, iban=iban)
    changed = ChangeSet.objects.filter(action="iban.change").latest("pk")

    report = undo_change_set(changed, user_in(relation.administration))

    assert (report.conflicts, list(BankAccount.objects.order_by("pk").values_list("iban", "main"))) == (
        [],
        [("NL91ABNA0417164300", False), ("NL20INGB0001234567", True)],
    )


# ------------------------------------------------------------------------------------- hidden rows, and choices


def mixed_act(mine, theirs):
    with change_set():
        bulk.set_values(Relation.objects.filter(pk__in=[mine.pk, theirs.pk]), sector="nieuw")
    return last_set()


def test_undo_page_of_a_mixed_act_is_the_same_as_without_what_one_may_not_see(client, administration, user):
    mine, theirs = OrganisationFactory(administration=administration, sector="oud"), OrganisationFactory(sector="oud")
    act = mixed_act(mine, theirs)
    client.force_login(user)
    page = reverse("audit:change_set", args=[act.pk])

    def shown():
        body = re.sub(r"[A-Za-z0-9]{64}", "", client.get(page).content.decode())
        return re.sub(r"\d\d:\d\d", "", body)

    mixed = shown()
    Relation.history.filter(id=theirs.pk, change_set=act).delete()

    assert mixed == shown()
    assert "nieuw" in mixed


def test_undo_of_what_was_made_stays_quiet_about_what_uses_it_unseen(administration):
    """A part that one may not see hangs under what has to go: it stays, and the report does not say why."""
    clerk = user_in(administration, rights=[Right.HISTORY_UNDO, Right.RELATIONS_CHANGE])
    with change_set():
        organisation = OrganisationFactory(administration=administration)
    act = last_set()
    BankAccountFactory(relation=organisation)

    (conflict,) = undo_change_set(act, clerk).conflicts

    assert (conflict.pk, conflict.why) == (organisation.pk, "hidden use")
    assert Relation.objects.filter(pk=organisation.pk).exists()


def conflicting(administration, user):
    """An act whose two fields somebody changed since; gives the act and the record."""
    organisation = OrganisationFactory(administration=administration, legal_name="Oud", sector="dans")
    with change_set(actor=user):
        organisation.legal_name, organisation.sector = "Nieuw", "toneel"
        organisation.save()
    act = last_set()
    with change_set(actor=user_in(administration, first_name="Bram", last_name="Wouda")):
        organisation.legal_name, organisation.sector = "Nieuwer", "muziek"
        organisation.save()
    return act, organisation


def test_undo_page_shows_a_conflict_with_what_it_was_what_it_is_and_who_made_it_so(client, administration, user):
    act, organisation = conflicting(administration, user)
    client.force_login(user)

    rows = client.get(reverse("audit:change_set", args=[act.pk])).context["rows"]

    told = {
        row["key"].rpartition(":")[2]: (row["was"], row["made"], row["now"], row["who"], row["version"])
        for row in rows
    }
    organisation.refresh_from_db()
    assert told["legal_name"] == ("Oud", "Nieuw", "Nieuwer", "Bram Wouda", organisation.version)
    assert told["sector"] == ("dans", "toneel", "muziek", "Bram Wouda", organisation.version)


def test_undo_writes_nothing_until_every_conflict_is_chosen(client, administration, user):
    act, organisation = conflicting(administration, user)
    client.force_login(user)
    address = reverse("audit:undo", args=[act.pk])
    name = {column: f"choice-{Relation._meta.label}:{organisation.pk}:{column}" for column in ("legal_name", "sector")}
    version = Relation.objects.get(pk=organisation.pk).version

    half = client.post(address, {name["sector"]: f"old@{version}"})
    stale = client.post(address, {name["sector"]: "old@1", name["legal_name"]: "now@1"})
    unwritten = Relation.objects.get(pk=organisation.pk)
    chosen = client.post(address, {name["sector"]: f"old@{version}", name["legal_name"]: f"now@{version}"})

    organisation.refresh_from_db()
    assert (half.status_code, stale.status_code, chosen.status_code) == (422, 422, 302)
    assert (unwritten.version, unwritten.sector) == (version, "muziek")
    assert (organisation.sector, organisation.legal_name) == ("dans", "Nieuwer")


def test_restore_page_tells_what_comes_back_and_does_it(client, administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Terug")
    AddressFactory(relation=organisation)
    key, number = organisation.pk, organisation.number
    with change_set(actor=user):
        organisation.delete()
    client.force_login(user)
    address = reverse("audit:deleted", args=["relations.Relation", key])

    by_number = client.get(reverse("audit:relation", args=[number]))
    page = client.get(address)
    answer = client.post(reverse("audit:restore", args=["relations.Relation", key]), {"reason": "per ongeluk"})

    assert (by_number.status_code, by_number["Location"]) == (302, address)
    assert [number for _what, number in page.context["returning"]] == [1, 1]
    assert (answer.status_code, answer["Location"]) == (302, f"/relations/{number}/")
    assert Organisation.objects.get(pk=key).legal_name == "Terug"
    assert (last_set().action, last_set().reason) == ("audit.restore", "per ongeluk")
    assert client.get(address).status_code == 404


def test_restore_is_not_there_for_who_may_not_see_or_undo(client, administration):
    organisation = OrganisationFactory(administration=administration)
    key = organisation.pk
    with change_set():
        organisation.delete()
    page = reverse("audit:deleted", args=["relations.Relation", key])
    do = reverse("audit:restore", args=["relations.Relation", key])
    client.force_login(user_in(AdministrationFactory()))
    elsewhere = [client.get(page).status_code, client.post(do).status_code]
    client.force_login(user_in(administration, rights=[]))
    reading = client.get(page)
    client.post(do)

    assert elsewhere == [404, 404]
    assert (reading.status_code, b"<form method" in reading.content) == (200, False)
    assert not Relation.objects.filter(pk=key).exists()
