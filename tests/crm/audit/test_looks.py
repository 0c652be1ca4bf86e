"""Who opened which card: noted without a query, written in batches, read by who may, forgotten by age."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.audit.models import Look
from crm.audit.opening import opening_of
from crm.audit.services import flush, looking, note_look
from crm.audit.tasks import forget_old_looks
from tests.factories.relations import AdministrationFactory, OrganisationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_buffer():
    """What earlier tests opened is not of this one."""
    looking.forget_noted()
    yield
    looking.forget_noted()


@pytest.fixture
def administration():
    return AdministrationFactory()


def told():
    return list(Look.objects.order_by("pk").values_list("user__username", "door", "model", "record"))


def test_opening_a_card_is_noted_and_written_with_the_batch(client, administration, django_assert_num_queries):
    organisation = OrganisationFactory(administration=administration)
    user = user_in(administration, username="noor")
    client.force_login(user)

    client.get(organisation.get_absolute_url())
    before = told()
    with django_assert_num_queries(5):  # a savepoint and its end, the users, the records, the rows
        written = flush()

    assert (before, written) == ([], 1)
    assert told() == [("noor", "screen", "relations.Relation", organisation.pk)]


def test_noting_a_look_asks_the_database_nothing(administration, django_assert_num_queries):
    user, opening = user_in(administration), opening_of("relations:card")

    with django_assert_num_queries(0):
        noted = [note_look(user, opening, 10_019, door="screen") for _time in range(3)]

    assert noted == [True, False, False]


def test_card_that_one_may_not_see_is_not_opened(client, administration):
    client.force_login(user_in(administration))

    client.get(OrganisationFactory().get_absolute_url())
    client.post(OrganisationFactory(administration=administration).get_absolute_url())

    assert (flush(), told()) == (0, [])


def test_looking_again_after_a_while_is_another_look(administration):
    organisation = OrganisationFactory(administration=administration)
    user, opening = user_in(administration), opening_of("relations:card")
    now = timezone.now()

    for seconds in (0, 30, 90):
        note_look(user, opening, organisation.number, door="screen", at=now + timedelta(seconds=seconds))

    assert flush() == 2


def test_looks_are_kept_as_long_as_the_settings_say(administration):
    organisation = OrganisationFactory(administration=administration)
    user, opening = user_in(administration), opening_of("relations:card")
    now = timezone.now()
    note_look(user, opening, organisation.number, door="screen", at=now - timedelta(days=401))
    note_look(user, opening, organisation.number, door="screen", at=now - timedelta(days=399))
    flush()

    assert forget_old_looks() == 1
    assert Look.objects.count() == 1


def test_looks_page_is_of_oneself_and_of_all_for_who_manages_users(client, administration):
    organisation = OrganisationFactory(administration=administration)
    noor = user_in(administration, username="noor")
    clerk = user_in(administration, username="lezer", rights=[Right.RELATIONS_CHANGE])
    for user in (noor, clerk):
        client.force_login(user)
        client.get(organisation.get_absolute_url())
    flush()
    address = reverse("audit:looks", args=[organisation.number])

    def names(user):
        client.force_login(user)
        answer = client.get(address)
        return [look.user.username for look in answer.context["page"].looks] if answer.status_code == 200 else 404

    assert (names(noor), names(clerk)) == (["lezer", "noor"], ["lezer"])
    assert names(user_in(AdministrationFactory())) == 404


def test_look_neither_changes_nor_goes_but_by_its_age(administration):
    organisation = OrganisationFactory(administration=administration)
    note_look(user_in(administration), opening_of("relations:card"), organisation.number, door="api")
    flush()
    look = Look.objects.get()

    for write in (look.save, look.delete, Look.objects.all().delete, lambda: Look.objects.update(door="shell")):
        with pytest.raises(TypeError):
            write()
