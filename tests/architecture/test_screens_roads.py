"""The authorisation matrix over every screen: what lies in another administration is not there, by any road.

Routes come from the URL resolver, with the keys of somebody else's records, of none, and of one's own; a route whose
keys this file does not know fails.
"""

import re
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils import timezone

from crm.access.models import Grant
from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.relations.models import (
    Employment,
    FinancialNumber,
    FinancialRole,
    OpenAmount,
    Relation,
    Relationship,
    RelationUse,
    Standing,
)
from crm.relations.services import make_financial_roles
from crm.relations.views.card import FACTS
from crm.relations.views.parts import PARTS
from integrations.hub.models import Connection, ConnectionStatus
from tests.architecture.roads_world import MINE, NOWHERE, SOUGHT, THEIRS, furnish, routes
from tests.factories.relations import LONG_AGO, AdministrationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

ACTORS = {
    "office": tuple(Right.values),
    "books": (Right.RELATIONS_CHANGE, Right.FINANCIAL_VIEW, Right.FINANCIAL_CHANGE, Right.HISTORY_UNDO),
    "couplings": (Right.CONNECTIONS_MANAGE,),
    "read-only": (),
    "user manager": (Right.USERS_MANAGE,),
}

# whose key `pk` is, per route
PK = {
    "desk:administration": "Administration",
    "desk:handle": "AttentionItem",
    "desk:postpone": "AttentionItem",
    "core:job": "Job",
    "core:job-stop": "Job",
    "core:job-resume": "Job",
    "audit:change_set": "ChangeSet",
    "audit:undo": "ChangeSet",
    "relations:stop-use": "RelationUse",
    "relations:check-address": "Address",
    "relations:main-contact": "Employment",
    "hub:delivery": "Delivery",
    "hub:retry": "Delivery",
}
# of these a key says nothing of a record
WITHOUT_RECORD = {"relations:new", "hub:add", "access:choose_password"}
# goes to where one came from, whatever the key
ALWAYS_BACK = {"desk:administration"}


def screens() -> list[tuple[str, list[str]]]:
    """(name, arguments) of every route of our own screens that names a record."""
    found = {}
    for path, name, _view in routes():
        arguments = re.findall(r"<(?:\w+:)?(\w+)>", path)
        if arguments and ":" in name and not name.startswith("admin:") and name not in WITHOUT_RECORD:
            found[name] = arguments
    return sorted(found.items())


def roads_with(keys: dict[str, int] | None, number: int) -> list[tuple[str, str]]:
    """(what, address) of every screen with the keys of these records; None: with keys that nobody has."""
    found = []
    for name, arguments in screens():
        for part, fact in product(
            PARTS if "part" in arguments else (None,), FACTS if "name" in arguments else (None,)
        ):
            values = {"number": number, "part": part, "name": fact}
            owner = PARTS[part].model.__name__ if part else PK.get(name)
            if owner is None and name.startswith("hub:"):
                owner = "Connection"
            values["pk"] = keys.get(owner, NOWHERE) if keys else NOWHERE
            values["run_pk"] = keys["Run"] if keys else NOWHERE
            known = {argument: values[argument] for argument in arguments}
            found.append((f"{name} {part or fact or ''}", reverse(name, kwargs=known)))
    return found


def said(response) -> str:
    """The body as far as it may differ from another's: without the keys of the address and the tokens of forms."""
    body = getattr(response, "content", b"").decode()
    body = re.sub(r"[A-Za-z0-9]{64}|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", "", body)
    return re.sub(r"\d+", "", body)


def rows_of(administration) -> dict[str, list]:
    """Every row that hangs under the administration's relations or lies in it, with its version."""
    found = {}
    for model in apps.get_models():
        names = {f.name for f in model._meta.concrete_fields}
        if "version" in names and {"administration", "relation"} & names:
            found[model.__name__] = sorted(model._base_manager.values_list("pk", "version"))
    return found


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("number", ["theirs", "mine"])
def test_record_of_another_administration_answers_as_one_that_never_was(coupled_world, client, actor, number):
    mine, theirs, my_keys, their_keys = coupled_world
    client.force_login(user_in(mine, rights=ACTORS[actor]))
    before = rows_of(theirs)
    numbers = dict(Relation.objects.values_list("pk", "number"))
    shown = numbers[their_keys["Person"] if number == "theirs" else my_keys["Person"]]
    none = NOWHERE if number == "theirs" else shown
    differing = []
    for (what, address), (_same, nowhere) in zip(roads_with(their_keys, shown), roads_with(None, none), strict=True):
        if address == nowhere:
            continue  # names nothing but one's own relation
        for method in ("get", "post"):
            answers = [
                getattr(client, method)(one, {"version": 1} if method == "post" else {}) for one in (address, nowhere)
            ]
            codes = [answer.status_code for answer in answers]
            if codes not in ([404, 404], [405, 405]) and what.split()[0] not in ALWAYS_BACK:
                differing.append((what, method, codes))
            elif said(answers[0]) != said(answers[1]):
                differing.append((what, method, "body"))
    assert differing == []
    assert rows_of(theirs) == before


def questions() -> list[str]:
    """Every kind of key by which somebody finds a relation, of the other administration."""
    sought = SOUGHT[THEIRS]
    texts = [sought.email, sought.phone, sought.iban, sought.kvk, str(sought.books), THEIRS[:-2]]
    return [f"?q={text.replace('+', '%2B')}" for text in texts]


@pytest.mark.parametrize("actor", ACTORS)
def test_no_screen_of_ones_own_names_another_administration(coupled_world, client, pdok, actor):
    mine, _theirs, my_keys, their_keys = coupled_world
    client.force_login(user_in(mine, rights=ACTORS[actor]))
    numbers = dict(Relation.objects.values_list("pk", "number"))
    lists = ["/", "/help/", "/connections/", "/relations/", f"/relations/?administration={_theirs.pk}", "/health/"]
    lists += ["/relations/?role=debtor", "/relations/?status=all", "/relations/new/person/"]
    lists += [f"{road}{q}" for road, q in product(("/relations/", "/relations/pick/", "/search/"), questions())]
    sought = SOUGHT[THEIRS]
    typed = {"given_name": THEIRS, "email": sought.email, "mobile": sought.phone, "postcode": "7551EC"}
    lists.append("/relations/likely/?" + "&".join(f"{k}={v.replace('+', '%2B')}" for k, v in typed.items()))
    for owner in ("Person", "Organisation"):
        lists += [address for _what, address in roads_with(my_keys, numbers[my_keys[owner]])]
    answered, leaking = 0, []
    repeated = re.compile(re.escape(THEIRS[:-2]) + r"(?!ig)")
    hidden = [THEIRS, sought.iban, "NL20 INGB", str(numbers[their_keys["Person"]]), sought.email, sought.phone]
    for address in lists:
        answer = client.get(address, follow=True)
        answered += answer.status_code == 200
        body = repeated.sub("", b"".join(answer).decode())
        asked = address.replace("%2B", "+")
        leaking += [(address, text) for text in hidden if text in body and text not in asked and _names(body, text)]
    assert leaking == []
    assert answered > 30


def _names(body: str, text: str) -> bool:
    """A number counts as a whole one only: a form's token may hold any digits."""
    return not text.isdigit() or bool(re.search(rf"(?<![\w]){text}(?![\w])", body))


@pytest.mark.parametrize("question", questions())
def test_search_finds_nothing_of_another_administration(coupled_world, client, question):
    mine, theirs, _my_keys, their_keys = coupled_world
    client.force_login(user_in(mine))
    page = client.get(f"/relations/{question}").context["page"]
    client.force_login(user_in(theirs))
    there = client.get(f"/relations/{question}").context["page"]
    theirs_found = {row.relation.pk for row in there.rows}
    assert {row.relation.pk for row in page.rows} & theirs_found == set()
    assert theirs_found & {their_keys["Person"], their_keys["Organisation"]}, question


def test_counts_are_the_same_with_and_without_another_administration(client):
    mine = AdministrationFactory()
    furnish(mine, MINE)
    user = user_in(mine, language="en")
    client.force_login(user)
    before = [client.get("/").context[name] for name in ("figures", "coming_count", "week")]
    counted = client.get("/relations/").context["page"].count
    furnish(AdministrationFactory(), THEIRS)
    after = [client.get("/").context[name] for name in ("figures", "coming_count", "week")]
    assert (after, client.get("/relations/").context["page"].count) == (before, counted)


def foreign_keys(mine: dict, theirs: dict, numbers: dict, there) -> list[tuple[str, str, dict, str]]:
    """(what, address, rest of the form, field with the key) of every form that takes a key; their key, or none."""
    person, organisation = numbers[mine["Person"]], numbers[mine["Organisation"]]
    part = {"number": person}
    day = {"valid_from": "01-01-2024"}
    return [
        (
            "employment",
            reverse("relations:add-part", kwargs=part | {"part": "employment"}),
            day,
            "other",
            numbers[theirs["Organisation"]],
        ),
        (
            "tie",
            reverse("relations:add-part", kwargs={"number": organisation, "part": "tie"}),
            day,
            "other",
            numbers[theirs["Organisation"]],
        ),
        (
            "standing",
            reverse("relations:add-part", kwargs=part | {"part": "standing"}),
            day | {"kind": "client"},
            "administration",
            there.pk,
        ),
        (
            "role",
            reverse("relations:add-part", kwargs=part | {"part": "role"}),
            day | {"kind": "creditor"},
            "administration",
            there.pk,
        ),
        (
            "account of a role",
            reverse("relations:change-part", kwargs=part | {"part": "role", "pk": mine["FinancialRole"]}),
            day | {"version": 1},
            "bank_account",
            theirs["BankAccount"],
        ),
        (
            "address of a role",
            reverse("relations:change-part", kwargs=part | {"part": "role", "pk": mine["FinancialRole"]}),
            day | {"version": 1},
            "billing_address",
            theirs["Address"],
        ),
        (
            "main contact",
            reverse("relations:main-contact", kwargs=part | {"pk": mine["Employment"]}),
            {"version": 1},
            "other",
            numbers[theirs["Person"]],
        ),
        (
            "home",
            reverse("relations:new", kwargs={"kind": "person"}),
            {"family_name": "Elders", "name_order": "own", "language": "nl"},
            "administration",
            there.pk,
        ),
        ("use", reverse("relations:put-to-use", kwargs=part), {}, "administration", there.pk),
        (
            "connection",
            reverse("hub:add", args=["finance", "exact_online"]),
            {"title": "Boeken"},
            "administration",
            there.pk,
        ),
    ]


def test_key_of_another_administration_is_refused_as_one_that_never_was(coupled_world, client):
    mine, theirs, my_keys, their_keys = coupled_world
    client.force_login(user_in(mine))
    numbers = dict(Relation.objects.values_list("pk", "number"))
    before = {
        model.__name__: model._base_manager.count()
        for model in (Relation, Employment, FinancialRole, Standing, Connection, RelationUse)
    }
    differing = []
    for what, address, form, name, key in foreign_keys(my_keys, their_keys, numbers, theirs):
        answers = [client.post(address, form | {name: value}) for value in (key, NOWHERE)]
        codes = [answer.status_code for answer in answers]
        if codes not in ([422, 422], [404, 404]) or said(answers[0]) != said(answers[1]):
            differing.append((what, codes))
    assert differing == []
    assert {
        model.__name__: model._base_manager.count()
        for model in (Relation, Employment, FinancialRole, Standing, Connection, RelationUse)
    } == before
    assert not Grant.objects.filter(administration=theirs).exclude(user=their_keys["User"]).exists()


@pytest.mark.parametrize("who", ["nobody", "deactivated"])
def test_who_is_not_let_in_sees_no_screen(coupled_world, client, who):
    _mine, theirs, _my_keys, their_keys = coupled_world
    if who == "deactivated":
        user = user_in(theirs)
        client.force_login(user)
        user.is_active = False
        user.save()
    number = Relation.objects.get(pk=their_keys["Person"]).number
    roads = [address for _what, address in roads_with(their_keys, number)]
    let_in = [
        (address, answer.status_code)
        for address in roads
        if (answer := client.get(address)).status_code not in (302, 405)
        or "/accounts/login/" not in answer.get("location", "/accounts/login/")
    ]
    assert let_in == []


def test_superuser_sees_what_lies_in_any_administration(coupled_world, client):
    _mine, _theirs, _my_keys, their_keys = coupled_world
    client.force_login(UserFactory(is_superuser=True))
    number = Relation.objects.get(pk=their_keys["Person"]).number
    addresses = [reverse("relations:card", args=[number]), reverse("audit:relation", args=[number])]
    addresses += [
        reverse("hub:monitor", args=[their_keys["Connection"]]),
        reverse("hub:delivery", args=[their_keys["Delivery"]]),
    ]
    assert [client.get(address).status_code for address in addresses] == [200] * 4


# ------------------------------------------------------------------------------------------ in the mode multiple


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
    hidden = (SOUGHT[MINE].iban, "NL91 ABNA", "1961", "37,91", "37.91", f"{MINE}</span> boek")
    leaking = []
    for address in addresses:
        body = b"".join(client.get(address, follow=True)).decode()
        leaking += [(address, text) for text in hidden if text in body and text not in address]
    assert leaking == []
    found = client.get(f"/relations/?q={SOUGHT[MINE].iban}").context["page"]
    assert found.rows == []
