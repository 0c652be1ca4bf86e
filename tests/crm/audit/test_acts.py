"""The mutation log of everybody: by act, narrowed, paged, and only of what one may see."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from crm.access.models import Grant, SignInProvider, User
from crm.access.rights import Right
from crm.audit.queries import Asked, acts
from crm.audit.queries.statements import Asking, rule_of
from crm.audit.services import undo_change_set
from crm.core import bulk
from crm.core.change_set import change_set
from crm.core.models import ChangeSet
from crm.relations.models import BankAccount, Relation
from tests.factories.relations import (
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    OrganisationFactory,
    PersonFactory,
    UserFactory,
    user_in,
)

pytestmark = pytest.mark.django_db

# rights, the acts, what they wrote, which is visible; the rows with those before them, where they lie, names
PAGE_QUERIES = 7


@pytest.fixture
def administration():
    return AdministrationFactory(name="Podia")


@pytest.fixture
def user(administration):
    return user_in(administration)


def renamed(organisation, name, **said):
    with change_set(**said) as opened:
        organisation.legal_name = name
        organisation.save()
    return ChangeSet.objects.get(pk=opened.pk)


def moved_to(act, moment):
    """Let an act, and the rows it wrote, lie at another moment."""
    ChangeSet.objects.filter(pk=act.pk).update(opened_at=moment)
    for model in (Relation, BankAccount):
        model.history.model.objects.filter(change_set=act).update(history_date=moment)


def at(day, hour=12):
    return timezone.make_aware(datetime(2026, *day, hour))  # noqa: DTZ001


def keys(page):
    return [act.change_set.pk for act in page.acts]


def test_log_has_an_act_per_line_with_what_it_was_and_became(administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Oud")
    act = renamed(organisation, "Nieuw", actor=user, door="screen", reason="fusie")

    first = acts(user, Asked()).acts[0]

    assert (first.change_set, first.who, first.kinds, first.subject) == (act, "Noor Hofstra", {"~": 1}, "Nieuw")
    assert ("legal_name", "Oud", "Nieuw") in [(c.name, c.old, c.new) for c in first.entries[0].changes]


def test_log_shows_a_few_rows_of_a_large_act_and_counts_the_rest(administration, user):
    with change_set(actor=user):
        for _number in range(60):
            OrganisationFactory(administration=administration)

    (act,) = [one for one in acts(user, Asked()).acts if len(one.kinds) == 1 and one.rows == 60]

    assert (len(act.entries), act.left, act.kinds, act.more) == (4, 56, {"+": 60}, False)


def test_log_tells_nothing_of_rows_one_may_not_see(administration, user):
    mine = OrganisationFactory(administration=administration, sector="oud")
    others = [OrganisationFactory(sector="oud", legal_name="Geheim") for _number in range(60)]
    with change_set():
        bulk.set_values(Relation.objects.filter(pk__in=[mine.pk, *(one.pk for one in others)]), sector="nieuw")
    with change_set():
        bulk.set_values(Relation.objects.filter(pk__in=[one.pk for one in others]), sector="nieuwer")

    page = acts(user, Asked())

    assert (page.acts[0].kinds, page.acts[0].left, page.acts[0].more) == ({"~": 1}, 0, False)
    assert "Geheim" not in repr(page)
    assert page.older == ""
    assert len([act for act in page.acts if act.kinds.get("~")]) == 1


def test_log_pages_follow_each_other_both_ways(administration, user):
    organisation = OrganisationFactory(administration=administration)
    for number in range(7):
        renamed(organisation, f"Naam {number}")
        renamed(OrganisationFactory(), f"Elders {number}")
    whole = keys(acts(user, Asked()))

    first = acts(user, Asked(), limit=3)
    second = acts(user, Asked(), before=first.older, limit=3)
    third = acts(user, Asked(), before=second.older, limit=3)
    back = acts(user, Asked(), after=third.newer, limit=3)

    assert keys(first) + keys(second) + keys(third) == whole[:9]
    assert (first.newer, keys(back)) == ("", keys(second))
    assert keys(acts(user, Asked(), before="onzin", limit=3)) == keys(first)


def test_log_is_narrowed_by_period_user_door_kind_and_kind_of_data(administration, user):
    bram = user_in(administration, first_name="Bram", last_name="Wouda")
    organisation = OrganisationFactory(administration=administration)
    march = renamed(organisation, "Maart", actor=bram, door="import")
    moved_to(march, at((3, 14)))
    with change_set(actor=user, door="screen") as opened:
        account = BankAccountFactory(relation=organisation)
    made = ChangeSet.objects.get(pk=opened.pk)
    with change_set(actor=user) as opened:
        account.delete()
    gone = ChangeSet.objects.get(pk=opened.pk)

    def found(**asked):
        return keys(acts(user, Asked(**asked)))

    assert found(since=date(2026, 3, 1), until=date(2026, 3, 31)) == [march.pk]
    assert found(until=date(2026, 3, 13)) == []
    assert found(user=bram.pk) == [march.pk]
    assert found(door="import") == [march.pk]
    assert found(kind="-") == [gone.pk]
    assert found(model=BankAccount) == [gone.pk, made.pk]
    assert found(model=BankAccount, kind="+", since=date(2026, 3, 1)) == [made.pk]
    assert found(model=BankAccount, door="import") == []


def test_log_of_one_relation_has_what_hangs_under_it_also_when_it_is_gone(administration, user):
    organisation = OrganisationFactory(administration=administration)
    with change_set() as opened:
        AddressFactory(relation=organisation)
    renamed(OrganisationFactory(administration=administration), "Ander")
    pk = organisation.pk
    with change_set() as gone:
        organisation.delete()

    found = acts(user, Asked(record=(Relation, pk)))

    assert keys(found)[:2] == [gone.pk, opened.pk]
    assert len(found.acts) == 3


def test_log_filters_find_nothing_of_a_class_one_may_not_read(administration):
    clerk = user_in(administration, rights=[Right.RELATIONS_CHANGE])
    BankAccountFactory(relation=OrganisationFactory(administration=administration))

    assert acts(clerk, Asked(model=BankAccount)).acts == []


def test_log_of_values_one_may_not_read_tells_that_they_changed(administration):
    clerk = user_in(administration, rights=[Right.RELATIONS_CHANGE])
    person = PersonFactory(administration=administration, birth_date=date(1980, 5, 1))
    with change_set():
        person.birth_date = date(1981, 6, 2)
        person.save()

    (change,) = acts(clerk, Asked()).acts[0].entries[0].changes

    assert (change.name, change.hidden, change.old, change.new) == ("birth_date", True, "", "")


def test_log_calls_an_act_undone_only_when_what_one_sees_of_it_was(administration, user):
    mine = OrganisationFactory(administration=administration, sector="oud")
    theirs = OrganisationFactory(sector="oud")
    with change_set():
        bulk.set_values(Relation.objects.filter(pk__in=[mine.pk, theirs.pk]), sector="nieuw")
    act = ChangeSet.objects.order_by("-pk").first()

    undo_change_set(act, user_in(theirs.administration))
    before = [one.undone for one in acts(user, Asked()).acts if one.change_set == act]
    undo_change_set(act, user)
    after = [one.undone for one in acts(user, Asked()).acts if one.change_set == act]

    assert (before, after) == ([False], [True])


@pytest.mark.parametrize("rows", [1, 3])
def test_log_takes_the_same_queries_for_one_and_three_acts(administration, user, rows, django_assert_num_queries):
    organisation = OrganisationFactory(administration=administration)
    for act in ChangeSet.objects.all():
        moved_to(act, at((1, 1)))
    for number in range(rows):
        renamed(organisation, f"Naam {number}", actor=user)

    with django_assert_num_queries(PAGE_QUERIES):
        page = acts(user, Asked(since=date(2026, 2, 1)))

    assert len(page.acts) == rows


def test_log_looks_so_far_back_and_says_where_it_stopped(administration, user):
    """Nothing that is visible among thousands of acts: the page says so instead of reading on."""
    long_ago = renamed(OrganisationFactory(administration=administration), "Ver terug")
    ChangeSet.objects.bulk_create(ChangeSet(door="shell") for _number in range(3_200))

    page = acts(user, Asked())
    further = acts(user, Asked(), before=page.older)

    assert (page.acts, page.looked_until is not None) == ([], True)
    assert (further.acts[0].change_set, further.looked_until) == (long_ago, None)


def test_log_follows_rights_that_are_given_and_taken(administration, user):
    """What is visible is compiled once per user and rights; it may not outlive them."""
    other = AdministrationFactory()
    user_in(administration, other)  # somebody else who manages users there
    OrganisationFactory(administration=administration)
    OrganisationFactory(administration=other)

    def seen():
        return len(acts(User.objects.get(pk=user.pk), Asked(model=Relation)).acts)

    found = [seen()]
    grant = Grant.objects.create(user=user, administration=other, role=user.grants.first().role)
    found.append(seen())
    grant.delete()
    found.append(seen())
    User.objects.get(pk=user.pk).grants.first().delete()
    found.append(seen())

    assert found == [1, 2, 1, 0]


def test_rule_that_asks_more_than_rights_is_asked_again(administration, user):
    """How people sign in is for who sets everywhere: a new administration takes it away, and no right of the user."""
    before = rule_of(SignInProvider, Asking(User.objects.get(pk=user.pk)))
    AdministrationFactory()
    after = rule_of(SignInProvider, Asking(User.objects.get(pk=user.pk)))

    assert (before is None, after is None) == (False, True)


# ------------------------------------------------------------------------------------------------ the screen


def test_log_screen_narrows_by_its_address_and_keeps_what_is_no_day(client, administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Theater De Brink")
    renamed(organisation, "Theater aan de Brink", actor=user, door="screen")
    client.force_login(user)
    address = reverse("audit:log")

    plain = client.get(address)
    narrowed = client.get(address, {"relation": organisation.number, "kind": "~", "since": "1-1-2026"})
    wrong = client.get(address, {"since": "gisteren of zo"})
    nobody = client.get(address, {"relation": "99999999"})

    assert len(plain.context["page"].acts) > 1
    assert [act.subject for act in narrowed.context["page"].acts] == ["Theater aan de Brink"]
    assert next(chip["value"] for chip in narrowed.context["chips"]) == "Theater aan de Brink"
    assert b"gisteren of zo" in wrong.content
    assert nobody.context["page"] is None


def test_log_screen_offers_only_users_and_data_that_one_may_know_of(client, administration):
    user_in(AdministrationFactory(), first_name="Geheim", last_name="Elders")
    clerk = user_in(administration, rights=[Right.RELATIONS_CHANGE])
    client.force_login(clerk)

    form = client.get(reverse("audit:log")).context["form"]

    assert [label for _key, label in form.fields["user"].choices][1:] == ["Noor Hofstra"]
    assert "relations.BankAccount" not in dict(form.fields["model"].choices)


def test_log_on_another_day_ends_there_and_undoes_nothing(client, administration, user):
    organisation = OrganisationFactory(administration=administration, legal_name="Eerst")
    for act in ChangeSet.objects.all():
        moved_to(act, at((3, 1)))
    renamed(organisation, "Later")
    client.force_login(user)

    page = client.get("/on/2026-05-01/audit/")
    log = client.get(f"/on/2026-05-01/audit/relation/{organisation.number}/")

    assert {act.change_set.opened_at.date() for act in page.context["page"].acts} == {date(2026, 3, 1)}
    assert (page.context["may_undo"], log.context["may_undo"]) == (False, False)
    assert [entry.kind for entry in log.context["page"].entries] == ["+"]


def test_log_screen_speaks_the_language_of_the_user(client, administration):
    english = user_in(administration, language="en")
    organisation = OrganisationFactory(administration=administration)
    with change_set():
        organisation.ended_on = date(2026, 12, 31)
        organisation.save()
    client.force_login(english)
    with translation.override("en"):
        body = client.get(reverse("audit:log")).content.decode()

    assert "31-12-2026" in body
    assert "Mutation log" in body


def test_superuser_sees_the_acts_of_everybody(administration):
    OrganisationFactory(administration=administration)
    OrganisationFactory()

    page = acts(UserFactory(is_superuser=True), Asked(model=Relation, since=timezone.localdate() - timedelta(1)))

    assert len(page.acts) == 2
