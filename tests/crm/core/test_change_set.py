from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from django.db import connection, transaction

from crm.administrations.models import Administration
from crm.core.change_set import ChangeSet, Door, change_set, current_change_set_id
from tests.factories.relations import AdministrationFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def sets_of(administration):
    return list(administration.history.order_by("history_id").values_list("change_set_id", flat=True))


def test_change_set_holds_everything_written_inside():
    with change_set(actor=None, door=Door.SCREEN, action="two at once", reason="because"):
        one, other = AdministrationFactory(), AdministrationFactory()

    only = ChangeSet.objects.get()
    assert (only.door, only.action, only.reason) == ("screen", "two at once", "because")
    assert sets_of(one) + sets_of(other) == [only.pk, only.pk]


def test_change_set_without_a_write_leaves_no_row():
    with change_set(action="nothing"):
        Administration.objects.count()

    assert ChangeSet.objects.count() == 0


def test_save_outside_every_change_set_gets_one_of_its_own():
    first, second = AdministrationFactory(), AdministrationFactory()

    assert len({*sets_of(first), *sets_of(second)}) == 2


@transaction.atomic
def make_and_crash():
    AdministrationFactory()
    raise RuntimeError


def test_inner_change_set_joins_the_outer_and_names_it():
    with change_set(door=Door.SCREEN):
        with change_set(action="inner", reason="why"):
            AdministrationFactory()
        AdministrationFactory()

    assert list(ChangeSet.objects.values_list("door", "action", "reason")) == [("screen", "inner", "why")]


def test_change_set_is_made_again_after_the_transaction_rolled_back():
    with change_set(action="again"):
        with pytest.raises(RuntimeError):
            make_and_crash()
        kept = AdministrationFactory()

    assert sets_of(kept) == [ChangeSet.objects.get().pk]


def test_change_set_is_made_again_after_a_savepoint_rolled_back():
    with change_set(action="again"), transaction.atomic():
        with pytest.raises(RuntimeError):
            make_and_crash()
        kept = AdministrationFactory()

    assert sets_of(kept) == [ChangeSet.objects.get().pk]


def test_change_set_made_in_a_savepoint_that_was_kept_is_not_made_twice():
    with change_set(action="once"), transaction.atomic():
        with transaction.atomic():
            AdministrationFactory()
        AdministrationFactory()

    assert ChangeSet.objects.count() == 1


def test_change_set_lasts_over_several_transactions():
    with change_set(action="a job"):
        first = AdministrationFactory()
        second = AdministrationFactory()

    assert sets_of(first) == sets_of(second)


def test_actor_is_read_at_the_first_write():
    user = UserFactory()
    signed_in = []

    with change_set(actor=lambda: signed_in[0], door=Door.API) as opened:
        signed_in.append(user)
        written = AdministrationFactory()

    assert ChangeSet.objects.get(pk=opened.pk).actor == user
    assert written.history.get().history_user == user


def test_new_thread_has_no_change_set_unless_it_gets_the_context():
    def seen():
        try:
            return current_change_set_id()
        finally:
            connection.close()

    with change_set(action="outer") as opened, ThreadPoolExecutor(1) as pool:
        AdministrationFactory()
        assert pool.submit(seen).result() is None
        assert pool.submit(copy_context().run, seen).result() == opened.pk


def test_resumed_change_set_goes_on_with_the_same_row():
    with change_set(action="chunks") as opened:
        first = AdministrationFactory()
    with change_set(resume=opened.pk):
        second = AdministrationFactory()

    assert sets_of(first) == sets_of(second) == [opened.pk]
