"""No road to data passes `visible_to`: walked as users of another administration, and read in the source.

Roads are found, not listed: every page of the admin from its registry, every route from the URL resolver. A new
page is walked from the day it exists.
"""

import ast
import re
from itertools import product
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.test.utils import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from crm.access.models import Grant, Role
from crm.access.rights import Right
from crm.administrations.models import Installation
from crm.core.admin import ScopedAdmin, ScopedInline, ScopedStackedInline
from crm.core.models import Recorded
from crm.relations.models import (
    ContactMoment,
    EmailAddress,
    FinancialNumber,
    FinancialRole,
    Identifier,
    PhoneNumber,
    Relation,
    RelationUse,
    SocialProfile,
    Standing,
)
from tests.factories.relations import (
    LONG_AGO,
    AddressFactory,
    AdministrationFactory,
    BankAccountFactory,
    EmploymentFactory,
    OrganisationFactory,
    PersonFactory,
    RelationshipFactory,
    user_in,
)

ROOT = Path(settings.BASE_DIR)
# shared by every administration by nature, or without rows that belong to one
SHARED = {"Role", "RelationshipType", "Installation"}

# ----------------------------------------------------------------------------------------------- the world


def furnish(administration, mark: str) -> dict[str, int]:
    """One row of everything in an administration, every text of it holding `mark`; model name -> key."""
    person = PersonFactory(administration=administration, given_name=mark, email=f"{mark}@example.nl")
    organisation = OrganisationFactory(administration=administration, legal_name=f"{mark} B.V.")
    address = AddressFactory(relation=person, street=f"{mark}straat", city=f"{mark}dorp")
    account = BankAccountFactory(relation=person, holder=mark)
    employment = EmploymentFactory(person=person, organisation=organisation, function=mark)
    subsidiary = OrganisationFactory(administration=administration, legal_name=f"{mark} Dochter")
    tie = RelationshipFactory(from_relation=organisation, to_relation=subsidiary, remarks=mark)
    number = FinancialNumber.objects.create(relation=person, administration=administration, number=1)
    role = FinancialRole.objects.create(
        relation=person, administration=administration, kind="debtor", number=number, valid_from=LONG_AGO
    )
    standing = Standing.objects.create(
        relation=person, administration=administration, kind="member", valid_from=LONG_AGO
    )
    user = user_in(administration, username=f"{mark}user", first_name=mark, last_name=mark)
    rows = {
        "Administration": administration,
        "Relation": person,
        "Person": person,
        "Organisation": organisation,
        "Address": address,
        "BankAccount": account,
        "Employment": employment,
        "Relationship": tie,
        "FinancialNumber": number,
        "FinancialRole": role,
        "Standing": standing,
        "EmailAddress": EmailAddress.objects.create(relation=person, email=f"x{mark}@example.nl"),
        "PhoneNumber": PhoneNumber.objects.create(relation=person, number="+31302345678", label=mark),
        "Identifier": Identifier.objects.create(relation=organisation, kind="kvk", value="12345678"),
        "SocialProfile": SocialProfile.objects.create(
            relation=person, network="linkedin", url=f"https://linkedin.com/in/{mark}"
        ),
        "ContactMoment": ContactMoment.objects.create(
            relation=person, happened_at="2026-01-05T09:00:00Z", subject=mark, by=user
        ),
        "User": user,
        "Grant": user.grants.get(),
    }
    return {name: row.pk for name, row in rows.items()}


MINE, THEIRS = "Eigenzaam", "Geheimzinnig"
NOWHERE = 987_654


@pytest.fixture
def world(db):
    """Two administrations, each with one of everything: (mine, theirs, keys of mine, keys of theirs)."""
    mine, theirs = AdministrationFactory(name=f"{MINE} vereniging"), AdministrationFactory(name=f"{THEIRS} stichting")
    return mine, theirs, furnish(mine, MINE), furnish(theirs, THEIRS)


def pages() -> list[str]:
    """The admin's pages of models whose rows belong to an administration, by their names in addresses."""
    return sorted(
        f"{model._meta.app_label}_{model._meta.model_name}"
        for model in admin.site._registry
        if model.__name__ not in SHARED and issubclass(model, Recorded) and model._meta.app_label in OWN_WORLD
    )


OWN_WORLD = ("access", "administrations", "relations")
RIGHTS = {
    "everything": tuple(Right.values),
    "relations": (Right.RELATIONS_CHANGE, Right.RELATIONS_DELETE),
    "users": (Right.USERS_MANAGE,),
    "nothing": (),
}


def key_of(page: str, keys: dict[str, int]) -> int:
    by_page = {model.__name__.lower(): model.__name__ for model in admin.site._registry}
    return keys[by_page[page.split("_", 1)[1]]]


def as_compared(response, pk) -> str:
    """The body as far as it may differ from another's: the address asked for and the tokens of forms left out."""
    body = response.content.decode().replace(f"/{pk}/", "/")
    return re.sub(r"[A-Za-z0-9]{64}", "", body)


# ------------------------------------------------------------------------------------------ the admin's roads


@pytest.mark.parametrize("role", RIGHTS)
def test_a_record_of_another_administration_answers_as_one_that_never_was(world, client, role):
    mine, _theirs, _mine_keys, their_keys = world
    client.force_login(user_in(mine, rights=RIGHTS[role]))
    differing = []
    for page, view in product(pages(), ("change", "history", "delete")):
        pk = key_of(page, their_keys)
        answers = [client.get(reverse(f"admin:{page}_{view}", args=[key])) for key in (pk, NOWHERE)]
        if [a.status_code for a in answers] not in ([404, 404], [403, 403]):
            differing.append((page, view, [a.status_code for a in answers]))
        elif as_compared(answers[0], pk) != as_compared(answers[1], NOWHERE):
            differing.append((page, view, "body"))
    assert differing == []


@pytest.mark.parametrize("role", RIGHTS)
def test_no_list_search_or_export_of_the_admin_names_another_administration(world, client, role):
    mine, _theirs, _mine_keys, _their_keys = world
    client.force_login(user_in(mine, rights=RIGHTS[role]))
    leaking = []
    part = THEIRS[:-2]  # a page repeats what was asked, which must not look like an answer
    for page, question in product(pages(), ("", "?q=" + part, "?q=" + MINE)):
        answer = client.get(reverse(f"admin:{page}_changelist") + question)
        if THEIRS.lower() in answer.content.decode().lower():
            leaking.append((page, question))
        elif answer.status_code == 200 and question.endswith(part) and answer.context["cl"].result_count:
            leaking.append((page, question, answer.context["cl"].result_count))
    for page in [name for name in pages() if f"{name}_export" in names_of_routes()]:
        answer = client.get(reverse(f"admin:{page}_export"))
        if answer.status_code == 200 and THEIRS in b"".join(answer.streaming_content).decode():
            leaking.append((page, "export"))
    assert leaking == []


def test_lists_show_what_is_ones_own(world, client):
    """The walk above proves nothing on pages that show nothing at all."""
    mine, _theirs, mine_keys, _their_keys = world
    client.force_login(user_in(mine))
    empty = [
        page
        for page in pages()
        if key_of(page, mine_keys)
        not in [row.pk for row in client.get(reverse(f"admin:{page}_changelist")).context["cl"].result_list]
    ]
    closed = [
        (page, view)
        for page, view in product(pages(), ("change", "history"))
        if client.get(reverse(f"admin:{page}_{view}", args=[key_of(page, mine_keys)])).status_code != 200
    ]
    assert (empty, closed) == ([], [])


def test_autocomplete_offers_no_record_of_another_administration(world, client):
    mine, _theirs, _mine_keys, _their_keys = world
    client.force_login(user_in(mine))
    asked, offered = 0, []
    for model, page in admin.site._registry.items():
        for name in {*page.autocomplete_fields, *(n for i in page.inlines for n in i.autocomplete_fields)}:
            owners = [model, *(i.model for i in page.inlines)]
            owner = next(o for o in owners if name in {f.name for f in o._meta.get_fields()})
            where = {"app_label": owner._meta.app_label, "model_name": owner._meta.model_name, "field_name": name}
            for term in ("", THEIRS):
                answer = client.get(reverse("admin:autocomplete"), {**where, "term": term})
                asked += 1
                if answer.status_code == 200 and THEIRS in answer.content.decode():
                    offered.append((owner.__name__, name))
    assert (asked > 0, offered) == (True, [])


def test_a_foreign_key_of_another_administration_cannot_be_posted(world, client):
    mine, theirs, mine_keys, their_keys = world
    client.force_login(user_in(mine))
    new = {"kind": "visiting", "street": "Langestraat", "country": "NL", "valid_from": "2026-01-01"}
    answers = [
        client.post(reverse("admin:relations_address_add"), {**new, "relation": their_keys["Relation"]}),
        client.post(
            reverse("admin:relations_relation_add"),
            {
                "administration": theirs.pk,
                "kind": "person",
                "family_name": "Elders",
                "name_order": "own",
                "language": "nl",
            },
        ),
        client.post(
            reverse("admin:access_grant_add"),
            {"user": mine_keys["User"], "administration": theirs.pk, "role": Role.objects.first().pk},
        ),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(answer.context["errors"] for answer in answers)
    assert Relation.objects.filter(family_name="Elders").count() == 0
    assert Grant.objects.filter(user=mine_keys["User"], administration=theirs).count() == 0


def test_actions_leave_records_of_another_administration_alone(world, client):
    mine, _theirs, _mine_keys, their_keys = world
    client.force_login(user_in(mine))
    for page, action in product(pages(), ("delete_selected", "deactivate", "reset", "make_debtor")):
        pk = key_of(page, their_keys)
        before = model_of(page)._default_manager.filter(pk=pk).values().get()
        data = {"action": action, "_selected_action": [pk], "post": "yes"}
        client.post(reverse(f"admin:{page}_changelist"), data)
        assert model_of(page)._default_manager.filter(pk=pk).values().get() == before, (page, action)


def test_a_relation_put_to_use_shows_nothing_of_the_other_administration(world, client):
    """In the mode multiple a relation is in several administrations; what lies in another stays there."""
    mine, theirs, _mine_keys, their_keys = world
    person = Relation.objects.get(pk=their_keys["Relation"])
    umbrella = AdministrationFactory()
    Installation.objects.create(pk=1, mode="multiple", umbrella=umbrella)
    RelationUse.objects.create(administration=mine, relation=person)
    client.force_login(user_in(mine))
    page = client.get(reverse("admin:relations_relation_change", args=[person.pk]))
    assert page.status_code == 200
    shown = {
        row.pk
        for formset in page.context["inline_admin_formsets"]
        for row in formset.formset.queryset
        if getattr(row, "administration_id", None) == theirs.pk
    }
    assert shown == set()


def model_of(page: str) -> type:
    app, name = page.split("_", 1)
    return apps.get_model(app, name)


def test_every_page_of_the_admin_is_scoped():
    unscoped = [page for page in admin.site._registry.values() if not isinstance(page, ScopedAdmin)]
    unscoped += [
        inline
        for page in admin.site._registry.values()
        for inline in page.inlines
        if not issubclass(inline, ScopedInline | ScopedStackedInline)
    ]
    assert unscoped == []


def test_the_admin_takes_no_pages_of_libraries():
    foreign = [m for m in admin.site._registry if not m.__module__.startswith(("crm.", "integrations.", "portal."))]
    assert foreign == []


# ---------------------------------------------------------------------------------------------- the routes


def routes(patterns=None, prefix="", namespace=""):
    """(path, name with namespace, view) of every route there is."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern), inner)
        elif isinstance(pattern, URLPattern):
            name = ":".join(filter(None, (namespace, pattern.name)))
            yield prefix + str(pattern.pattern), name, pattern.callback


def names_of_routes() -> set[str]:
    return {name.removeprefix("admin:") for _path, name, _view in routes()}


# what answers without log-in, and why; anything else that does fails
OPEN = {
    "account_login": "the door itself",
    "account_logout": "leaves nobody behind",
    "account_inactive": "says that an account is closed",
    "account_signup": "says that sign-up is closed",
    "account_reset_password": "mails a link",
    "account_reset_password_done": "",
    "account_reset_password_from_key": "needs the key from the mail",
    "account_reset_password_from_key_done": "",
    "account_email_verification_sent": "",
    "account_confirm_email": "needs the key from the mail",
    "account_confirm_login_code": "needs the code from the mail",
    "mfa_authenticate": "the second step of the door",
    "mfa_trust": "the second step of the door",
    "admin:login": "goes to the door",
    "access:choose_password": "needs the token from the mail",
}


def test_every_route_asks_for_log_in_or_is_on_the_list():
    asked = [
        (path, name)
        for path, name, view in routes()
        if not getattr(view, "login_required", True) and name not in OPEN and name not in settings.PUBLIC_ROUTES
    ]
    assert asked == []


@pytest.mark.django_db
def test_every_route_without_arguments_turns_strangers_away(client):
    let_in = []
    for path, name, _view in routes():
        if "<" in path or "(" in path or "^" in path or name in OPEN or name in settings.PUBLIC_ROUTES:
            continue
        answer = client.get("/" + path)
        if answer.status_code not in (302, 401, 403, 404, 405):
            let_in.append((path, answer.status_code))
    assert let_in == []


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.architecture.open_routes")
def test_the_guard_of_routes_sees_one_that_is_open():
    assert [path for path, _name, view in routes() if not getattr(view, "login_required", True)] == ["oops/"]


# ------------------------------------------------------------------------------------------ in the source

ENTRANCES = ("views", "admin", "forms", "serializers", "api", "exports", "feeds", "tasks", "panels", "criteria")
SCOPING = {"visible_to", "editable_by", "none"}
DECIDED = {"administration_ids", "visible_to", "editable_by"}


def scoped_models() -> set[str]:
    """Names of the models whose rows not everybody sees."""
    return {model.__name__ for model in apps.get_models() if hasattr(model._default_manager.all(), "visible_to")}


def raw_reads(source: str, models: set[str]) -> list[tuple[int, str]]:
    """Lines where a scoped model is read without `visible_to` in the same chain or in its filter.

    A chain is `Model.objects.a(…).b(…)`. A filter on `administration_ids(user, …)` or on another scoped queryset is
    scoped too; so is `lock`, which takes a record that was looked up already.
    """
    tree = ast.parse(source)
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    found = []
    for node in ast.walk(tree):
        is_manager = (
            isinstance(node, ast.Attribute)
            and node.attr in ("objects", "_default_manager", "history")
            and isinstance(node.value, ast.Name)
            and node.value.id in models
        )
        if not is_manager:
            continue
        top, methods = node, []
        while isinstance(parents.get(top), ast.Attribute | ast.Call) and not _is_argument(top, parents[top]):
            top = parents[top]
            if isinstance(top, ast.Attribute):
                methods.append(top.attr)
        said = {n.attr for n in ast.walk(top) if isinstance(n, ast.Attribute)}
        said |= {n.id for n in ast.walk(top) if isinstance(n, ast.Name)}
        scoped = SCOPING & set(methods) or said & DECIDED or "lock" in methods or _inside_scoped(top, parents)
        if not scoped:
            found.append((node.lineno, f"{node.value.id}.{node.attr}.{'.'.join(methods)}"))
    return found


def _inside_scoped(node, parents) -> bool:
    """An argument of `….visible_to(user).filter(…)`, or of a function that looks things up: `visible_part(…)`."""
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.Call):
            inner = list(ast.walk(node.func))
            if any(isinstance(n, ast.Attribute) and n.attr in SCOPING for n in inner):
                return True
            if any(isinstance(n, ast.Name) and n.id.startswith("visible_") for n in inner):
                return True
    return False


def _is_argument(node, parent) -> bool:
    return isinstance(parent, ast.Call) and parent.func is not node


def entrances() -> list[Path]:
    found = []
    for package in ("crm", "integrations", "portal"):
        for path in (ROOT / package).rglob("*.py"):
            parts = {*path.relative_to(ROOT).with_suffix("").parts}
            if parts & set(ENTRANCES) and "migrations" not in parts and "simulators" not in parts:
                found.append(path)
    return sorted(found)


# file -> reads that need no `visible_to`
EXCUSED: dict[str, set[str]] = {
    # out of homes that the view has looked up through editable_by
    "crm/relations/forms.py": {"Administration.objects.filter"},
    # out of the user's own administrations with the right to read that kind of data
    "integrations/hub/panels.py": {"Connection.objects.filter", "Connection.objects.filter.select_related"},
    # a worker, for nobody
    "integrations/hub/tasks.py": {"Connection.objects.filter.first"},
    # out of `administration_ids(user, …)`, one line above
    "integrations/hub/views/setting_up.py": {"Administration.objects.filter.order_by"},
}


def test_entrances_read_through_visible_to():
    models = scoped_models()
    raw = {
        f"{path.relative_to(ROOT)}:{line} {chain}"
        for path in entrances()
        for line, chain in raw_reads(path.read_text(), models)
        if chain not in EXCUSED.get(str(path.relative_to(ROOT)), set())
    }
    assert sorted(raw) == []


@pytest.mark.parametrize(
    ("source", "fires"),
    [
        ("rows = Relation.objects.all()", True),
        ("row = Relation.objects.get(pk=pk)", True),
        ("row = get_object_or_404(Relation.objects.select_related('x'), pk=pk)", True),
        ("row = get_object_or_404(Relation.objects.visible_to(user), pk=pk)", False),
        ("rows = Relation.objects.filter(x=1).visible_to(user).order_by('x')", False),
        ("rows = Relation.objects.filter(administration_id__in=administration_ids(user))", False),
        ("rows = Relation.history.filter(id=pk)", True),
        ("rows = Relation.objects.none()", False),
        ("row = visible_part(request, Relation.objects.select_related('x'), pk)", False),
        ("rows = Relation.objects.visible_to(user).filter(pk__in=Relation.objects.filter(x=1))", False),
        ("rows = Other.objects.filter(pk__in=Relation.objects.filter(x=1))", True),
    ],
)
def test_the_guard_of_reads_fires(source, fires):
    assert bool(raw_reads(source, {"Relation"})) is fires


def test_every_scoped_model_has_a_rule_for_staff():
    from crm.access.rules import ScopedQuerySet, has_rule

    without = [
        model.__name__
        for model in apps.get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet) and not has_rule(model)
    ]
    assert without == []


def test_nobody_sees_anything_without_a_grant(world):
    stranger = user_in(rights=())
    seen = {
        model.__name__: model._default_manager.visible_to(stranger).count()
        for model in apps.get_models()
        if hasattr(model._default_manager.all(), "visible_to") and model.__name__ not in SHARED
    }
    assert {name: count for name, count in seen.items() if count} == {"User": 1}
