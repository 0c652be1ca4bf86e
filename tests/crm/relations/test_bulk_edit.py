"""Changing many relations at once: what is offered, what is shown, what is done, and what is left alone."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.administrations.models import Installation, Mode
from crm.audit.services import undo_change_set
from crm.core import jobs
from crm.core.models import ChangeSet, Job
from crm.relations import services
from crm.relations.models import (
    BulkEdit,
    Employment,
    FinancialRole,
    OpenAmount,
    Relation,
    RelationUse,
    Standing,
)
from crm.relations.services import bulk_edit
from tests.factories.relations import (
    LONG_AGO,
    AdministrationFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def administration():
    return AdministrationFactory()


@pytest.fixture
def noor(administration, client):
    user = user_in(administration, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def today():
    return timezone.localdate()


def prepared(user, relations, on, **wanted):
    rows = Relation.objects.visible_to(user).filter(pk__in=[one.pk for one in relations])
    return bulk_edit.prepare_bulk_edit(user, rows, wanted, on=on)


def done(edit):
    """Start it and let the worker do it; the job as it ended."""
    job = bulk_edit.start_bulk_edit(edit)
    jobs.run(job.pk)
    return Job.objects.get(pk=job.pk)


def values(relations, *names):
    return list(Relation.objects.filter(pk__in=[one.pk for one in relations]).order_by("pk").values_list(*names))


# ------------------------------------------------------------------------------------------------- the service


def test_bulk_edit_changes_what_was_shown_as_one_change_set(noor, administration, today):
    people = [PersonFactory(administration=administration) for _ in range(3)]
    edit = prepared(noor, people, today, no_mail=True, language="en")

    job = done(edit)

    assert values(people, "no_mail", "language") == [(True, "en")] * 3
    assert (job.state, job.done, job.total, job.result) == ("done", 3, 3, {"changed": 3, "left": []})
    rows = Relation.history.filter(change_set=job.change_set)
    assert sorted(rows.values_list("id", flat=True)) == sorted(one.pk for one in people)
    assert (job.change_set.actor, job.change_set.action) == (noor, "relations.bulk_edit")


def test_bulk_edit_is_undone_as_a_whole(noor, administration, today):
    people = [PersonFactory(administration=administration, block_reason="eerder") for _ in range(3)]
    job = done(prepared(noor, people, today, block_reason="", no_post=True))

    report = undo_change_set(ChangeSet.objects.get(pk=job.change_set_id), noor)

    assert (report.restored, report.conflicts) == (3, [])
    assert values(people, "block_reason", "no_post") == [("eerder", False)] * 3


def test_bulk_edit_leaves_out_what_is_so_already_and_what_cannot_be(noor, administration, today):
    person = PersonFactory(administration=administration)
    theatre = OrganisationFactory(administration=administration, sector="Theater")
    band = OrganisationFactory(administration=administration, sector="Pop")

    edit = prepared(noor, [person, theatre, band], today, sector="Theater")

    assert edit.frozen == [[band.pk, band.version]]
    assert edit.skipped == {"person": [person.pk], "same": [theatre.pk]}


def test_bulk_edit_leaves_out_what_lies_where_one_may_only_look(noor, administration, today):
    elsewhere = AdministrationFactory()
    reader = user_in(elsewhere, rights=())
    for grant in noor.grants.all():
        reader.grants.create(role=grant.role, administration=administration)
    mine, theirs = PersonFactory(administration=administration), PersonFactory(administration=elsewhere)

    edit = prepared(reader, [mine, theirs], today, no_mail=True)

    assert (edit.frozen, edit.skipped) == ([[mine.pk, 1]], {"not yours": [theirs.pk]})


def test_bulk_edit_leaves_out_what_somebody_changed_since_and_offers_it_again(noor, administration, today):
    people = [PersonFactory(administration=administration) for _ in range(3)]
    edit = prepared(noor, people, today, no_mail=True)
    services.update_relation(people[1], version=1, language="en")

    job = done(edit)
    again = bulk_edit.offer_again(BulkEdit.objects.get(pk=edit.pk), on=today)

    assert values(people, "no_mail", "language") == [(True, "nl"), (False, "en"), (True, "nl")]
    assert job.result == {"changed": 2, "left": [[people[1].pk, "changed"]]}
    assert again.frozen == [[people[1].pk, 2]]
    assert done(again).result == {"changed": 1, "left": []}


def test_bulk_edit_leaves_out_what_is_gone_or_no_longer_ones_own_to_change(noor, administration, today):
    gone, closed = PersonFactory(administration=administration), PersonFactory(administration=administration)
    edit = prepared(noor, [gone, closed], today, no_mail=True)
    services.delete_relation(gone, version=1)
    job = bulk_edit.start_bulk_edit(edit)
    noor.grants.get().role.rights.filter(right=Right.RELATIONS_CHANGE).get().delete()

    jobs.run(job.pk)

    job.refresh_from_db()
    assert job.result == {"changed": 0, "left": [[gone.pk, "gone"], [closed.pk, "not yours"]]}
    assert values([closed], "no_mail") == [(False,)]


def test_bulk_edit_goes_on_where_it_was_stopped_in_the_same_change_set(noor, administration, today, settings):
    people = [PersonFactory(administration=administration) for _ in range(bulk_edit.CHUNK + 3)]
    job = bulk_edit.start_bulk_edit(prepared(noor, people, today, no_mail=True))

    jobs.run(job.pk, seconds=0)  # one chunk, then the time is up
    half = Job.objects.get(pk=job.pk)
    jobs.run(job.pk)

    whole = Job.objects.get(pk=job.pk)
    assert (half.state, half.done) == ("waiting", bulk_edit.CHUNK)
    assert (whole.state, whole.result["changed"]) == ("done", len(people))
    assert Relation.history.filter(change_set=whole.change_set).count() == len(people)
    assert half.change_set_id == whole.change_set_id


def test_bulk_edit_is_started_once(noor, administration, today):
    edit = prepared(noor, [PersonFactory(administration=administration)], today, no_mail=True)
    bulk_edit.start_bulk_edit(edit)

    with pytest.raises(bulk_edit.UnableToStart):
        bulk_edit.start_bulk_edit(edit)
    assert Job.objects.count() == 1


def test_bulk_edit_that_would_change_nothing_is_not_started(noor, administration, today):
    edit = prepared(noor, [PersonFactory(administration=administration)], today, no_mail=False)

    with pytest.raises(bulk_edit.UnableToStart):
        bulk_edit.start_bulk_edit(edit)


def test_bulk_end_ends_what_hangs_under_it_as_one_by_one_does(noor, administration, today):
    pairs = []
    for _ in range(2):
        organisation = OrganisationFactory(administration=administration)
        job = EmploymentFactory(organisation=organisation, person__administration=administration)
        EmploymentFactory(
            organisation=organisation, person__administration=administration, valid_from=date(2099, 1, 1)
        )
        services.set_standing(organisation, administration=administration, kind="client", valid_from=LONG_AGO)
        for kind in ("debtor", "creditor"):
            services.set_financial_role(organisation, administration=administration, kind=kind, valid_from=LONG_AGO)
        debtor = organisation.financial_roles.get(kind="debtor")
        OpenAmount.objects.create(role=debtor, amount=12, read_at=timezone.now())
        pairs.append((organisation, job))
    one_by_one, in_bulk = pairs[0][0], pairs[1][0]

    services.end_relation(Relation.objects.get(pk=one_by_one.pk), on=today, version=1, reason="opgeheven")
    done(prepared(noor, [in_bulk], today, ended={"on": today.isoformat(), "reason": "opgeheven"}))

    def under(organisation):
        return [
            sorted(rows.filter(**where).values_list("valid_from", "valid_until"))
            for rows, where in (
                (Employment.objects, {"organisation": organisation}),
                (Standing.objects, {"relation": organisation}),
                (FinancialRole.objects.filter(kind="creditor"), {"relation": organisation}),
            )
        ] + [list(FinancialRole.objects.filter(relation=organisation, kind="debtor").values_list("valid_until"))]

    assert under(in_bulk) == under(one_by_one)
    assert under(in_bulk)[0] == [(LONG_AGO, today)]
    assert values([one_by_one, in_bulk], "ended_on", "end_reason") == [(today, "opgeheven")] * 2


def test_bulk_role_gives_a_number_each_and_passes_over_who_has_it(noor, administration, today):
    theatres = [OrganisationFactory(administration=administration) for _ in range(3)]
    services.set_financial_role(theatres[0], administration=administration, kind="debtor", valid_from=LONG_AGO)
    role = {"kind": "debtor", "administration": administration.pk, "name": administration.name}

    edit = prepared(noor, theatres, today, role=role)
    done(edit)

    held = FinancialRole.objects.filter(kind="debtor").order_by("relation").values_list("relation", "set_by")
    assert edit.skipped == {"same": [theatres[0].pk]}
    assert list(held) == [(theatres[0].pk, None), (theatres[1].pk, noor.pk), (theatres[2].pk, noor.pk)]
    assert FinancialRole.objects.values("number").distinct().count() == 3


def test_bulk_use_and_role_reach_relations_of_the_umbrella(client, today):
    umbrella, branch = AdministrationFactory(), AdministrationFactory()
    Installation.objects.create(pk=1, mode=Mode.MULTIPLE, umbrella=umbrella)
    user = user_in(umbrella, branch)
    theatre = OrganisationFactory(administration=umbrella)
    place = {"administration": branch.pk, "name": branch.name}

    without = prepared(user, [theatre], today, role={"kind": "debtor", **place})
    job = done(prepared(user, [theatre], today, use=place, role={"kind": "debtor", **place}))

    assert without.skipped == {"elsewhere": [theatre.pk]}
    assert job.result == {"changed": 1, "left": []}
    assert RelationUse.objects.filter(administration=branch, relation=theatre).count() == 1
    assert FinancialRole.objects.filter(administration=branch, relation=theatre).count() == 1


def test_bulk_edit_costs_a_chunk_the_same_at_one_and_three_rows(noor, administration, today):
    counts = []
    for rows in (1, 3):
        people = [PersonFactory(administration=administration) for _ in range(rows)]
        job = bulk_edit.start_bulk_edit(prepared(noor, people, today, no_mail=True))
        with CaptureQueriesContext(connection) as counted:
            bulk_edit.bulk_edit_chunk(job)
        counts.append(len(counted))

    assert counts[0] == counts[1]


# ------------------------------------------------------------------------------------------------- the screens


def test_form_goes_to_the_preview_and_from_there_to_the_report(client, noor, administration):
    people = [PersonFactory(administration=administration, family_name=f"Naam{n}") for n in range(3)]
    url = f"{reverse('relations:bulk')}?chosen={people[0].number}&chosen={people[2].number}&kind=person"

    form = client.get(url)
    shown = client.post(url, {"change-no_mail": "on", "no_mail": "yes"}, follow=True)
    edit = BulkEdit.objects.get()
    begun = client.post(reverse("relations:bulk-start", args=[edit.pk]), follow=True)
    jobs.run(Job.objects.get().pk)
    report = client.get(edit.get_absolute_url())

    assert (form.context["count"], [pk for pk, _version in edit.frozen]) == (2, [people[0].pk, people[2].pk])
    assert "Change 2 relations" in shown.content.decode()
    assert begun.context["job"].total == 2
    assert (report.context["changed"], report.context["back"]) == (2, "/relations/?kind=person")
    assert report.context["undo_url"] == reverse("audit:undo", args=[Job.objects.get().change_set_id])


def test_form_over_a_whole_list_freezes_what_the_list_holds(client, noor, administration):
    people = [PersonFactory(administration=administration) for _ in range(60)]
    OrganisationFactory(administration=administration)
    url = f"{reverse('relations:bulk')}?all=yes&kind=person"

    client.post(url, {"change-language": "on", "language": "en"})
    PersonFactory(administration=administration)

    assert sorted(pk for pk, _version in BulkEdit.objects.get().frozen) == [one.pk for one in people]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Tick at least one thing to change."),
        ({"no_mail": "yes"}, "Tick at least one thing to change."),
        ({"change-ended": "on"}, "On which day?"),
        ({"change-ended": "on", "ended": "someday"}, "is no day"),
        ({"change-website": "on", "website": "javascript:x"}, "is no web address"),
        ({"change-role": "on", "role": "debtor"}, "Choose one."),
    ],
)
def test_form_that_is_not_right_comes_back(client, noor, administration, typed, said):
    person = PersonFactory(administration=administration)

    answer = client.post(f"{reverse('relations:bulk')}?chosen={person.number}", typed)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not BulkEdit.objects.exists()


def test_form_offers_what_the_user_may_change_in_all_homes(client, administration):
    person = PersonFactory(administration=administration)
    offered = []
    for rights in ((Right.RELATIONS_CHANGE,), (Right.RELATIONS_CHANGE, Right.FINANCIAL_CHANGE)):
        client.force_login(user_in(administration, rights=rights))
        form = client.get(f"{reverse('relations:bulk')}?chosen={person.number}").context["form"]
        offered.append("role" in [one.key for one in form.changes])

    assert offered == [False, True]


def test_form_says_when_nothing_is_ones_own_to_change(client, administration):
    person = PersonFactory(administration=administration)
    client.force_login(user_in(administration, rights=(), language="en"))

    answer = client.get(f"{reverse('relations:bulk')}?chosen={person.number}")

    assert "None of these are yours to change" in answer.content.decode()


def test_chosen_relations_of_another_administration_are_not_there(client, noor):
    theirs = PersonFactory()

    answer = client.get(f"{reverse('relations:bulk')}?chosen={theirs.number}")

    assert answer.context["count"] == 0


def test_preview_of_somebody_else_is_not_there(client, noor, administration, today):
    edit = prepared(noor, [PersonFactory(administration=administration)], today, no_mail=True)
    client.force_login(user_in(administration))

    answers = [
        client.get(edit.get_absolute_url()),
        client.post(reverse("relations:bulk-start", args=[edit.pk])),
        client.post(reverse("relations:bulk-again", args=[edit.pk])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_form_is_not_opened_on_another_day(client, noor, administration):
    person = PersonFactory(administration=administration)

    answer = client.get(f"/on/2024-05-01{reverse('relations:bulk')}?chosen={person.number}")

    assert answer.status_code == 409


def test_preview_costs_the_same_at_one_and_three_rows(client, noor, administration, today):
    counts = []
    for rows in (1, 3):
        edit = prepared(noor, [PersonFactory(administration=administration) for _ in range(rows)], today, no_mail=True)
        client.get(edit.get_absolute_url())
        with CaptureQueriesContext(connection) as counted:
            client.get(edit.get_absolute_url())
        counts.append(len(counted))

    assert counts[0] == counts[1]
