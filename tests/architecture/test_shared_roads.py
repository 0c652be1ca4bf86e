"""What a relation that several administrations use tells of the other ones, and what classes of fields hide."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import models
from django.urls import reverse
from django.utils import timezone

from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.relations.models import (
    FinancialNumber,
    FinancialRole,
    OpenAmount,
    Relation,
    Relationship,
    RelationUse,
    Standing,
)
from crm.relations.services import make_financial_roles
from integrations.hub.models import Connection, ConnectionStatus
from tests.architecture.roads_world import MINE, NOWHERE, SOUGHT, THEIRS, furnish, roads_with
from tests.factories.relations import LONG_AGO, AdministrationFactory, user_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(db):
    """The umbrella's person is in use at two; the other one knows it as a debtor and member, with money open."""
    umbrella, here, there = (AdministrationFactory(name=name) for name in ("Koepel", "Oost", f"{THEIRS} West"))
    Installation.objects.create(pk=1, mode="multiple", umbrella=umbrella)
    keys = furnish(umbrella, MINE)
    person = Relation.objects.get(pk=keys["Person"])
    for administration in (here, there):
        RelationUse.objects.create(relation=person, administration=administration)
    make_financial_roles([person.pk], administration=there, kind="creditor", valid_from=LONG_AGO)
    role = FinancialRole.objects.get(administration=there)
    models.QuerySet(FinancialNumber).filter(pk=role.number_id).update(number=SOUGHT[THEIRS].books)
    OpenAmount.objects.create(role=role, amount=Decimal("4321.09"), read_at=timezone.now())
    Standing.objects.create(relation=person, administration=there, kind="client", valid_from=LONG_AGO)
    connection = Connection.objects.create(
        administration=there, channel="finance", connector="exact_online", title=f"{THEIRS} boeken"
    )
    ConnectionStatus.objects.get_or_create(connection=connection)
    return umbrella, here, there, person


WHERE = {"umbrella office": 0, "sub-administration": 1}


@pytest.mark.parametrize("who", WHERE)
def test_shared_relation_shows_nothing_of_the_other_administration(shared, client, pdok, who):
    there, person = shared[2], shared[3]
    client.force_login(user_in(shared[WHERE[who]]))
    addresses = [address for what, address in roads_with(None, person.number) if not re.search("pk|/987654/", address)]
    addresses += [f"/relations/?administration={there.pk}&status=all", "/relations/?role=creditor", "/"]
    addresses += [f"/relations/?q={SOUGHT[THEIRS].books}", "/relations/?q=creditor"]
    addresses += [reverse("admin:relations_relation_change", args=[person.pk])]
    addresses += [reverse("admin:relations_relation_history", args=[person.pk])]
    hidden = (THEIRS, str(SOUGHT[THEIRS].books), "4321", "4.321")
    leaking = []
    for address in addresses:
        body = b"".join(client.get(address, follow=True)).decode()
        leaking += [(address, text) for text in hidden if text in body and text not in address]
    assert leaking == []


@pytest.mark.parametrize("who", WHERE)
@pytest.mark.parametrize(
    ("page", "question"),
    [
        ("/relations/", "administration={there}"),
        ("/relations/", "role=creditor"),
        ("/relations/", "q={books}"),
        ("/admin/relations/relation/", "financial_roles__kind__exact=creditor"),
        ("/admin/relations/relation/", "financial_roles__kind__in=creditor"),
        ("/admin/relations/relation/", "financial_roles__isnull=0&financial_roles__administration={there}"),
        ("/admin/relations/relation/", "standings__kind__exact=client"),
        ("/admin/relations/relation/", "uses__administration__id__exact={there}"),
        ("/admin/relations/relation/", "administration__id__exact={there}"),
    ],
)
def test_no_question_tells_what_a_shared_relation_is_elsewhere(shared, client, who, page, question):
    """Asking for the other administration is asking for one that never was; nobody is a creditor of it."""
    there, person = shared[2], shared[3]
    client.force_login(user_in(shared[WHERE[who]]))
    asked = [question.format(there=key, books=SOUGHT[THEIRS].books) for key in (there.pk, NOWHERE)]
    links = (
        reverse("relations:card", args=[person.number]),
        reverse("admin:relations_relation_change", args=[person.pk]),
    )
    shown = []
    for one in asked:
        body = client.get(f"{page}?{one}").content.decode()
        shown.append(any(f'{link}"' in body or f"{link}?" in body for link in links))
    assert shown[0] == shown[1] if "{there}" in question else shown == [False, False]


def test_ending_a_shared_relation_names_no_amount_of_another_administration(shared, client):
    umbrella, _here, _there, person = shared
    client.force_login(user_in(umbrella))
    form = {"on": "25-11-2026", "version": person.version, "reason": ""}
    body = client.post(reverse("relations:end", args=[person.number]), form, follow=True).content.decode()
    assert [text for text in (THEIRS, "4321", "4.321") if text in body] == []
    assert Relation.objects.get(pk=person.pk).ended_on is not None


# -------------------------------------------------------------------------------------------- classes of fields


def test_screens_hide_classes_of_fields_that_one_may_not_read(coupled_world, client, pdok):
    mine, _theirs, my_keys, _their_keys = coupled_world
    tie = models.QuerySet(Relationship).filter(pk=my_keys["Relationship"])
    tie.update(percentage=Decimal("37.91"))
    models.QuerySet(Relation).filter(pk=my_keys["Person"]).update(birth_date=date(1961, 5, 4))
    rights = (Right.RELATIONS_CHANGE, Right.CONNECTIONS_MANAGE, Right.EXPORT, Right.HISTORY_UNDO)
    client.force_login(user_in(mine, rights=rights))
    numbers = dict(Relation.objects.values_list("pk", "number"))
    addresses = [a for owner in ("Person", "Organisation") for _w, a in roads_with(my_keys, numbers[my_keys[owner]])]
    addresses += ["/", "/relations/", f"/relations/?q={SOUGHT[MINE].iban}", "/admin/relations/relation/export/"]
    addresses += [f"/admin/relations/person/{my_keys['Person']}/{page}/" for page in ("change", "history")]
    addresses += [f"/admin/relations/relationship/{my_keys['Relationship']}/{page}/" for page in ("change", "history")]
    hidden = (
        SOUGHT[MINE].iban,
        "NL91 ABNA",
        "04-05-1961",
        "1961-05-04",
        "mei 1961",
        "37,91",
        "37.91",
        f"{MINE}</span> boek",
    )
    leaking = []
    for address in addresses:
        body = b"".join(client.get(address, follow=True)).decode()
        leaking += [(address, text) for text in hidden if text in body and text not in address]
    assert leaking == []
    found = client.get(f"/relations/?q={SOUGHT[MINE].iban}").context["page"]
    assert found.rows == []
