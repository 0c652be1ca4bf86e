"""A form sent twice makes one thing; both requests get the same answer."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpResponseRedirect
from django.test import RequestFactory
from django.utils import timezone

from crm.administrations.models import Administration
from crm.core import once
from tests.factories.relations import UserFactory


def request_of(user, content, path="/nieuw/", **headers):
    request = RequestFactory().post(path, content, headers=headers)
    request.user = user
    return request


def create(request):
    """What a view does."""
    if answered := once.earlier_answer(request):
        return answered

    def act():
        row = Administration.objects.create(name=request.POST["name"])
        return HttpResponseRedirect(f"/administrations/{row.pk}/")

    return once.answer(request, act)


@pytest.mark.django_db
def test_once_second_request_gets_the_first_answer():
    user = UserFactory()

    first = create(request_of(user, {"name": "Podia", "once": "k1"}))
    second = create(request_of(user, {"name": "Podia", "once": "k1"}))

    assert (second.status_code, second["Location"]) == (first.status_code, first["Location"])
    assert Administration.objects.count() == 1


@pytest.mark.django_db
def test_once_same_key_with_other_content_is_refused():
    user = UserFactory()
    create(request_of(user, {"name": "Podia", "once": "k1"}))

    other = create(request_of(user, {"name": "Iets anders", "once": "k1"}))

    assert (other.status_code, Administration.objects.count()) == (409, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "name", "key"), [("/elders/", "B", "k1"), ("/nieuw/", "C", "k2"), ("/nieuw/", "D", "")]
)
def test_once_another_page_or_key_or_none_makes_another(path, name, key):
    user = UserFactory()
    create(request_of(user, {"name": "A", "once": "k1"}))

    create(request_of(user, {"name": name, "once": key}, path=path))

    assert Administration.objects.count() == 2


@pytest.mark.django_db
def test_once_key_of_an_api_comes_in_the_header():
    user = UserFactory()

    for _time in range(2):
        create(request_of(user, {"name": "Podia"}, **{"Idempotency-Key": "abc"}))

    assert Administration.objects.count() == 1


@pytest.mark.django_db
def test_once_refused_form_may_use_its_key_again():
    request = request_of(AnonymousUser(), {"name": "Podia", "once": "k1"})

    def refuse():
        Administration.objects.create(name="half")
        raise ValidationError("nee")

    with pytest.raises(ValidationError):
        once.answer(request, refuse)
    create(request_of(AnonymousUser(), {"name": "Podia beter", "once": "k1"}))

    assert list(Administration.objects.values_list("name", flat=True)) == ["Podia beter"]


@pytest.mark.django_db
def test_once_answers_are_kept_for_a_day():
    user = UserFactory()
    create(request_of(user, {"name": "Podia", "once": "k1"}))
    once.Answer.objects.update(made_at=timezone.now() - timedelta(hours=25))

    create(request_of(user, {"name": "Podia 2", "once": "k1"}))

    assert Administration.objects.count() == 2
    once.Answer.objects.update(made_at=timezone.now() - timedelta(hours=25))
    assert (once.forget_old(), once.Answer.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_once_of_two_at_the_same_time_one_makes_and_both_get_its_answer():
    user = UserFactory()
    together = threading.Barrier(2)
    answers = []

    def press():
        request = request_of(user, {"name": "Podia", "once": "k1"})
        together.wait()
        answers.append(create(request)["Location"])
        connection.close()

    presses = [threading.Thread(target=press) for _twice in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()

    assert Administration.objects.count() == 1
    assert len(answers) == 2
    assert len(set(answers)) == 1
