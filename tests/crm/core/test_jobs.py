"""Long work: chunks that are there or not, whatever is killed; one change set; stop, resume, give up."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.administrations.models import Administration
from crm.core import jobs
from crm.core.crash_points import Crash, armed
from crm.core.jobs import Chunk, Job, JobState, UnableToRun
from tests.factories.relations import UserFactory

pytestmark = pytest.mark.django_db

CRASH_POINTS = ["job claimed", "job chunk worked", "job chunk marked", "job chunk committed"]


@jobs.job_kind("test.make", label="Administraties maken")
def make(job):
    """One administration a chunk, `params["count"]` of them; "stop at" asks to stop while at work."""
    number = job.mark.get("made", 0) + 1
    Administration.objects.create(name=f"Administratie {number} van {job.pk}")
    if number == job.params.get("stop at"):
        jobs.stop(job)
    if number == job.params.get("refuse at"):
        raise UnableToRun("Deze rij kan niet.")
    if number == job.params.get("break at"):
        raise KeyError("een naam van een mens")
    return Chunk(done=1, mark={"made": number}, more=number < job.params["count"], result={"last": number})


def started(**params):
    user = UserFactory()
    return jobs.start("test.make", params={"count": 3} | params, actor=user, total=3, reason="proef")


def made(job):
    return Administration.objects.filter(name__endswith=f"van {job.pk}").count()


def lease_expires(job):
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_job_writes_all_its_chunks_in_one_change_set_of_its_actor():
    job = started()

    assert jobs.run(job.pk) == JobState.DONE

    job.refresh_from_db()
    history = Administration.history.filter(name__endswith=f"van {job.pk}")
    assert (job.state, job.done, job.total, job.result, job.tries, job.lease) == ("done", 3, 3, {"last": 3}, 0, "")
    assert set(history.values_list("change_set_id", "history_user_id")) == {(job.change_set_id, job.actor_id)}
    assert (job.change_set.action, job.change_set.door, job.change_set.reason) == ("test.make", "job", "proef")


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_job_that_crashes_anywhere_is_done_once_in_the_end(point):
    job = started()
    with armed(point), pytest.raises(Crash):
        jobs.run(job.pk)
    assert jobs.run(job.pk) is None  # its lease still runs
    lease_expires(job)

    jobs.resume_abandoned()
    assert jobs.run(job.pk) == JobState.DONE

    job.refresh_from_db()
    assert (job.done, made(job)) == (3, 3)
    assert Administration.history.filter(name__endswith=f"van {job.pk}").values("change_set").distinct().count() == 1


def test_job_that_kills_its_worker_is_given_up():
    job = started()
    for _try in range(jobs.MAX_TRIES):
        with armed("job chunk worked"), pytest.raises(Crash):
            jobs.run(job.pk)
        lease_expires(job)

    assert jobs.run(job.pk) is None

    job.refresh_from_db()
    assert (job.state, made(job), job.is_over) == ("failed", 0, True)


def test_job_stops_after_the_chunk_it_is_at_and_goes_on_from_there():
    job = started(**{"stop at": 2})

    assert jobs.run(job.pk) == JobState.STOPPED
    assert made(job) == 2
    assert jobs.resume(job)
    assert jobs.run(job.pk) == JobState.DONE

    assert made(job) == 3


def test_job_that_waits_is_stopped_at_once():
    job = started()

    jobs.stop(job)

    assert jobs.run(job.pk) is None
    assert (Job.objects.get(pk=job.pk).state, made(job)) == ("stopped", 0)


def test_job_that_is_refused_says_why():
    job = started(**{"refuse at": 2})

    assert jobs.run(job.pk) == JobState.FAILED

    job.refresh_from_db()
    assert (job.message, job.done, made(job)) == ("Deze rij kan niet.", 1, 1)


def test_job_that_breaks_gives_a_code_and_no_data():
    job = started(**{"break at": 2})

    assert jobs.run(job.pk) == JobState.FAILED

    job.refresh_from_db()
    assert "naam van een mens" not in job.message
    assert (job.done, made(job)) == (1, 1)


def test_job_hands_over_when_its_time_is_up():
    job = started()

    states = [jobs.run(job.pk, seconds=0) for _run in range(3)]

    assert states == [JobState.WAITING, JobState.WAITING, JobState.DONE]


def test_job_of_which_the_lease_went_to_another_worker_is_rolled_back():
    job = started()

    @jobs.job_kind("test.stolen", label="Gestolen")
    def stolen(job):
        Administration.objects.create(name=f"Gestolen van {job.pk}")
        Job.objects.filter(pk=job.pk).update(lease="another worker")
        return Chunk(more=False)

    Job.objects.filter(pk=job.pk).update(kind="test.stolen")

    assert jobs.run(job.pk) is None
    assert made(job) == 0


def test_job_that_nobody_woke_is_found_by_the_sweep():
    job = started()
    assert jobs.resume_abandoned() == 0
    Job.objects.filter(pk=job.pk).update(woken_at=timezone.now() - timedelta(minutes=2))

    assert [jobs.resume_abandoned(), jobs.resume_abandoned()] == [1, 0]


def test_job_tells_who_listens_when_it_ends():
    heard = []
    jobs.when_over(heard.append)
    job = started()

    jobs.run(job.pk)
    jobs._listeners.remove(heard.append)

    assert [one.pk for one in heard] == [job.pk]


def test_job_page_is_for_its_actor_alone(client):
    job = started()
    other, superuser = UserFactory(), UserFactory(is_superuser=True)
    statuses = []
    for user in (job.actor, other, superuser):
        client.force_login(user)
        statuses.append(client.get(reverse("core:job", args=[job.pk])).status_code)
        statuses.append(client.post(reverse("core:job-stop", args=[job.pk])).status_code)

    assert statuses == [200, 302, 404, 404, 200, 302]


def test_job_page_asks_again_until_it_is_over(client):
    job = started()
    client.force_login(job.actor)
    address = reverse("core:job", args=[job.pk])

    busy = client.get(address, headers={"HX-Request": "true"})
    jobs.run(job.pk)
    over = client.get(address, headers={"HX-Request": "true"})
    as_json = client.get(address, headers={"Accept": "application/json"}).json()

    assert (busy.status_code, over.status_code) == (200, 286)
    assert b"every 1s" in busy.content
    assert b"every 1s" not in over.content
    assert (as_json["state"], as_json["done"], as_json["result"]) == ("done", 3, {"last": 3})
