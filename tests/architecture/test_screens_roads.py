"""The authorisation matrix over every screen: what lies in another administration is not there, by any road.

Routes come from the URL resolver, with the keys of somebody else's records, of none, and of one's own; a route whose
keys this file does not know fails.
"""

import re
from itertools import product

import pytest
from django.apps import apps
from django.urls import reverse

from crm.access.models import Grant
from crm.access.rights import Right
from crm.relations.models import (
    Employment,
    FinancialRole,
    Relation,
    RelationUse,
    Standing,
)
from integrations.hub.models import Connection
from tests.architecture.roads_world import ALWAYS_BACK, MINE, NOWHERE, SOUGHT, THEIRS, furnish, roads_with
from tests.factories.relations import AdministrationFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

ACTORS = {
    "office": tuple(Right.values),
    "books": (Right.RELATIONS_CHANGE, Right.FINANCIAL_VIEW, Right.FINANCIAL_CHANGE, Right.HISTORY_UNDO),
    "couplings": (Right.CONNECTIONS_MANAGE,),
    "read-only": (),
    "user manager": (Right.USERS_MANAGE,),
}


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
    lists += ["/audit/", "/audit/?kind=-", "/audit/?kind=%2B", "/audit/?model=relations.BankAccount&kind=%2B"]
    lists += ["/settings/", "/settings/users/", "/settings/users/invite/", "/settings/roles/", "/settings/sight/"]
    lists += ["/settings/administrations/", "/settings/mode/", "/settings/logs/", "/settings/relationship-types/"]
    lists += ["/attention/", "/attention/?state=postponed", "/arrange/", "/relations-over-time/", "/preferences/"]
    lists += [f"/settings/sight/{my_keys['User']}/?number={Relation.objects.get(pk=their_keys['Person']).number}"]
    kinds = ("relations", "addresses", "bank-accounts", "employments", "relationships", "financial-roles")
    lists += [f"/api/v1/{kind}/" for kind in (*kinds, "identifiers", "administrations")]
    lists += [f"/api/v1/relations/?administration={_theirs.pk}", f"/api/v1/addresses/?relation={their_keys['Person']}"]
    lists += ["/api/v1/relations/?expand=addresses,bank_accounts,employments,financial_roles,identifiers"]
    lists += ["/api/v1/employments/?expand=person,organisation", "/settings/api-tokens/"]
    lists += ["/relations/?role=debtor", "/relations/?status=all", "/relations/new/person/"]
    lists += ["/settings/exports/", "/export/relations/?of=", "/export/relations/?of=&what=debtors"]
    lists.append(f"/export/relations/?chosen={numbers[their_keys['Person']]}")
    searches = ("/relations/", "/relations/pick/", "/search/", "/search/suggest/")
    lists += [f"{road}{q}" for road, q in product(searches, questions())]
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
    theirs_found = {row.pk for row in there.rows}
    assert {row.pk for row in page.rows} & theirs_found == set()
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
        if (answer := client.get(address)).status_code not in ((401,) if address.startswith("/api/") else (302, 405))
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
