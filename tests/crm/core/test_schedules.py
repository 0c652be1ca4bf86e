"""The queue's table of periodic tasks follows what the slices register."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django_q.models import Schedule

from crm.core import schedules

NOW = datetime(2026, 11, 25, 13, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


def ours():
    return set(Schedule.objects.filter(name__startswith="schakel ").values_list("func", flat=True))


@pytest.mark.django_db
def test_schedules_are_there_after_migrating_and_equal_what_is_registered():
    assert ours() == {periodic.path for periodic in schedules.registered()}
    assert schedules.ensure_schedules(now=NOW) == []


@pytest.mark.django_db
def test_schedules_one_that_is_gone_or_differs_is_put_right():
    Schedule.objects.create(name="schakel crm.gone.task", func="crm.gone.task", schedule_type=Schedule.DAILY)
    Schedule.objects.create(name="of somebody else", func="math.copysign", schedule_type=Schedule.DAILY)
    first = schedules.registered()[0].path
    Schedule.objects.filter(func=first).update(repeats=3)

    touched = schedules.ensure_schedules(now=NOW)

    assert touched == sorted({"crm.gone.task", first})
    assert ours() == {periodic.path for periodic in schedules.registered()}
    assert Schedule.objects.filter(func="math.copysign").count() == 1


@pytest.mark.parametrize(("at", "day"), [(time(0, 10), 26), (time(14, 0), 25), (time(13, 0), 26)])
def test_schedules_a_daily_task_runs_at_its_next_local_time(at, day):
    due = schedules.Periodic("crm.some.task", at=at).next_run(NOW)

    assert due == datetime(2026, 11, day, at.hour, at.minute, tzinfo=ZoneInfo("Europe/Amsterdam"))


def test_schedules_every_path_can_be_imported():
    from django.utils.module_loading import import_string

    assert [callable(import_string(periodic.path)) for periodic in schedules.registered()] == [True] * len(
        schedules.registered()
    )


def test_schedules_the_same_task_at_another_time_is_refused():
    path = schedules.registered()[0].path

    with pytest.raises(ValueError, match="scheduled twice"):
        schedules.every(minutes=999)(path)
