"""The pages of users: inviting tells nothing of users whom one does not see."""

import pytest
from django.urls import reverse

from crm.access.models import Grant, Role, User
from tests.factories.relations import AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


def invite(client, administration, **values):
    form = {"first_name": "Aafje", "last_name": "Hofstra", "language": "nl", "administration": administration.pk}
    return client.post(reverse("admin:access_user_add"), form | {"role": Role.objects.first().pk} | values)


@pytest.mark.parametrize("values", [{"email": "jan@west.example"}, {"email": "nieuw@oost.example", "username": "jan"}])
def test_inviting_does_not_say_that_somebody_elsewhere_exists(client, values):
    here = AdministrationFactory()
    client.force_login(user_in(here, language="en"))
    user_in(AdministrationFactory(), username="jan", email="jan@west.example")

    answer = invite(client, here, **values)

    said = " ".join(str(one) for one in answer.context["errors"])
    assert ("cannot be used" in said or "kan niet worden gebruikt" in said, "already" in said, "bestaat" in said) == (
        True,
        False,
        False,
    )
    assert User.objects.count() == 2


def test_filter_does_not_tell_where_else_a_colleague_works(client):
    here, elsewhere = AdministrationFactory(), AdministrationFactory()
    client.force_login(user_in(here))
    colleague = user_in(here, username="jan")
    Grant.objects.create(user=colleague, administration=elsewhere, role=Role.objects.first())

    asked = [
        client.get(reverse("admin:access_user_changelist"), {"grants__administration__id__exact": key})
        for key in (elsewhere.pk, 987_654)
    ]

    shown = [sorted(row.pk for row in page.context["cl"].result_list) for page in asked]
    assert shown[0] == shown[1]
